import {
  parseTime,
  type AuthorityCheck,
  type EvidenceCheck,
  type EvidenceFact,
  type EvidenceResult,
  type Outcome,
  type RequirementResult,
  type SubjectEvidence,
  type TrustRoot,
} from "#model";
import type { TrustQuestion } from "./question.ts";
import { whyFallen } from "./revoked.ts";

/** One subject of one rule: what every requirement is judged from. */
export interface Asked {
  readonly question: TrustQuestion;
  readonly evidence: SubjectEvidence;
}

/** Evidence that is of the kind that is asked, and that a listed authority signed (or that need not be signed). */
export interface Candidate {
  readonly fact: EvidenceFact;
  /** Undefined for evidence that nobody need sign. */
  readonly check: AuthorityCheck | undefined;
  /** Why it satisfies nothing, although it verifies: revoked, or proved by a root that is too old. */
  readonly fallen: string | undefined;
}

/** What a requirement looks for. */
export interface Wanted {
  readonly what: string;
  readonly authorities: readonly string[];
  readonly unsigned: boolean;
  readonly accepts: (fact: EvidenceFact) => boolean;
}

export interface Sorted {
  readonly candidates: readonly Candidate[];
  /** Everything else that was found, and why it does not count. */
  readonly others: readonly EvidenceResult[];
  /** Some check could not be made. */
  readonly unknown: boolean;
  /** What could not be read, a sentence each. */
  readonly unread: readonly string[];
  /** A listed authority's evidence was there and did not verify; foreign evidence never counts as that. */
  readonly attempted: boolean;
}

/** One requirement, judged for one subject. */
export interface Finding {
  readonly result: RequirementResult;
  readonly used: readonly EvidenceFact[];
  /** Something that a listed authority made was looked at. */
  readonly attempted: boolean;
  readonly exceptions: readonly string[];
}

/** Sorts the evidence of a subject into what may count and what does not, with the reason for each. */
export function sortEvidence({ question, evidence }: Asked, wanted: Wanted): Sorted {
  const candidates: Candidate[] = [];
  const others: EvidenceResult[] = [];
  let unknown = evidence.faults.length > 0;
  let attempted = false;
  for (const fact of evidence.facts) {
    if (!wanted.accepts(fact)) {
      others.push(told(fact, "predicate", { expected: wanted.what, found: describe(fact) }));
      continue;
    }
    const checks = fact.checks.filter(({ authority }) => wanted.authorities.includes(authority));
    const passed = checks.filter(({ outcome }) => outcome === "pass");
    for (const check of passed) candidates.push(candidateOf(question, fact, check));
    if (passed.length > 0) continue;
    if (wanted.unsigned && isBound(fact)) {
      candidates.push(candidateOf(question, fact, undefined));
      continue;
    }
    unknown ||= checks.some(({ outcome }) => outcome === "unknown");
    attempted ||= checks.some(({ check, outcome }) => outcome === "fail" && check !== "identity");
    others.push(...whyNot(fact, checks, wanted));
  }
  const unread = [...new Set(evidence.faults.map(({ message }) => message))];
  return { candidates, others, unknown, unread, attempted };
}

function candidateOf(
  question: TrustQuestion,
  fact: EvidenceFact,
  check: AuthorityCheck | undefined,
): Candidate {
  const fallen = whyFallen(question, fact, check) ?? whyStale(question, check);
  return { fact, check, fallen };
}

/** A root that is too old, and whose policy says that it then proves nothing (`onStale: fail`). */
function whyStale(
  { policy, now }: TrustQuestion,
  check: AuthorityCheck | undefined,
): string | undefined {
  const identity = policy?.authorities.get(check?.authority ?? "")?.identity;
  const name = identity?.kind === "keyless" ? identity.keyless.root : undefined;
  const root = policy?.roots.get(name ?? "");
  return root !== undefined && isStale(root, now)
    ? `the root ${root.name} of ${root.fetchedAt} is stale`
    : undefined;
}

function isStale({ onStale, maxAge, fetchedAt }: TrustRoot, now: Date): boolean {
  const fetched = parseTime(fetchedAt);
  if (onStale !== "fail" || maxAge === undefined) return false;
  return fetched === undefined || now.getTime() - fetched > maxAge;
}

/** Bound by its referrer, tag or subject alone: nothing that was tried on it came out wrong. */
function isBound({ checks }: EvidenceFact): boolean {
  return checks.every(({ outcome, check }) => outcome === "pass" || check === "identity");
}

function whyNot(
  fact: EvidenceFact,
  checks: readonly AuthorityCheck[],
  { authorities }: Wanted,
): readonly EvidenceResult[] {
  if (checks.length === 0) {
    const found = fact.unsigned ? "no signature" : "signed by nobody of these";
    return [told(fact, "identity", { expected: authorities.join(" or "), found })];
  }
  return checks.map(({ authority, check, outcome, expected, found }) => ({
    ...told(fact, check, { expected: expected ?? authority, found: found ?? "something else" }),
    authority,
    outcome: outcome === "unknown" ? "unknown" : "fail",
  }));
}

/** What stands against a piece of evidence. */
export interface Against {
  readonly expected: string;
  readonly found: string;
}

/** A piece of evidence that does not count, with the check that decided. */
function told(fact: EvidenceFact, check: EvidenceCheck, against: Against): EvidenceResult {
  return { digest: fact.digest, form: fact.form, check, ...against, outcome: "fail" };
}

/** A candidate that does not count, with the check that decided. */
export function refused(
  { fact, check: by }: Candidate,
  check: EvidenceCheck,
  against: Against,
): EvidenceResult {
  const result = told(fact, check, against);
  return by === undefined ? result : { ...result, authority: by.authority };
}

/** A candidate that counts. */
export function accepted({ fact, check: by }: Candidate, check: EvidenceCheck): EvidenceResult {
  return {
    digest: fact.digest,
    form: fact.form,
    ...(by === undefined ? {} : { authority: by.authority }),
    check,
    outcome: "pass",
  };
}

/** A candidate that verifies and yet satisfies nothing. */
export function fallenResult(candidate: Candidate): EvidenceResult {
  const expected = "a signature that still counts";
  return refused(candidate, "time", { expected, found: candidate.fallen ?? "" });
}

/** What a candidate came to: it counts, unless it fell or something stands against it. */
export function resultOf(
  candidate: Candidate,
  check: EvidenceCheck,
  against: Against | undefined,
): EvidenceResult {
  if (candidate.fallen !== undefined) return fallenResult(candidate);
  return against === undefined ? accepted(candidate, check) : refused(candidate, check, against);
}

/** One name for who signed, so that distinct keys and identities can be counted. */
export function signerOf({ fact, check }: Candidate): string {
  const signer = check?.signer;
  switch (signer?.kind) {
    case "key":
      return `key ${signer.key}`;
    case "keyless":
      return `keyless ${signer.issuer} ${signer.subject}`;
    case "host":
      return `host ${signer.host}`;
    case undefined:
      return check === undefined ? `unsigned ${fact.digest}` : `authority ${check.authority}`;
  }
}

/** Evidence in a few words. */
function describe({ content, form }: EvidenceFact): string {
  switch (content.kind) {
    case "signature":
      return `a signature (${form})`;
    case "attestation":
      return `an attestation of ${content.predicateType}`;
    case "sbom":
      return "a bill of materials";
    case "unreadable":
      return content.why;
  }
}

const MAX_SHOWN = 50;

function outcomeOf(
  unknown: boolean,
  { satisfied, doubtful = false, refuted = false }: Judged,
): Outcome {
  if (refuted) return "fail";
  if (satisfied && !doubtful) return "pass";
  return unknown || doubtful ? "unknown" : "fail";
}

interface Judged {
  readonly satisfied: boolean;
  readonly results: readonly EvidenceResult[];
  readonly used: readonly Candidate[];
  readonly fix: string;
  /** Something that was there once, and may refuse, cannot be found any more. */
  readonly doubtful?: boolean;
  /** Something that was read refuses, whatever else may be there. */
  readonly refuted?: boolean;
  readonly exceptions?: readonly string[];
}

/** What could not be read may be there already: to make it anew is the second thing to do. */
function fixOf(outcome: Outcome, fix: string): string {
  return outcome === "unknown"
    ? `make what could not be read readable, and ask again; if it is not there then: ${fix}`
    : fix;
}

/** Puts a finding together: what passes passes; what could not be read leaves a doubt; the rest fails. */
export function findingOf(type: string, sorted: Sorted, judged: Judged): Finding {
  const outcome = outcomeOf(sorted.unknown, judged);
  const evidence = [...judged.results, ...(outcome === "pass" ? [] : sorted.others)];
  return {
    result: {
      type,
      outcome,
      evidence: evidence.slice(0, MAX_SHOWN),
      ...(outcome === "unknown" && sorted.unread.length > 0
        ? { unread: sorted.unread.slice(0, MAX_SHOWN) }
        : {}),
      ...(outcome === "pass" ? {} : { fix: fixOf(outcome, judged.fix) }),
    },
    used: outcome === "pass" ? judged.used.map(({ fact }) => fact) : [],
    attempted: sorted.attempted || sorted.candidates.length > 0,
    exceptions: outcome === "pass" ? (judged.exceptions ?? []) : [],
  };
}
