import { digestAlgorithm, digestHex, matchesPattern, type Signer, type TextDemand } from "#model";
import type { Artifact } from "./artifact.ts";
import type { KeyAuthority, KeylessAuthority, VerifyingAuthority } from "./authority.ts";
import { failed, passed, type CheckFact, type Proof } from "./facts.ts";
import { COSIGN_SIGN, type Claim, type StatementSubject } from "./statement.ts";

/** What a proof is held against. */
export interface JudgeRequest {
  readonly authority: VerifyingAuthority;
  readonly artifact: Artifact;
  /** What was signed. */
  readonly claim: Claim;
  /** What is wanted: a signature, or a predicate type; undefined: whatever it is. */
  readonly wanted: string | undefined;
  readonly now: Date;
}

/** Asks for a signature where a predicate type could be asked for. */
const A_SIGNATURE = "signature";

/** Runs the checks that depend on the policy and the time: validity of keys, identity, subject, predicate. */
export function judge(proof: Proof, request: JudgeRequest): readonly CheckFact[] {
  const last = proof.checks.at(-1);
  if (last === undefined || last.outcome !== "pass" || proof.signer === undefined)
    return proof.checks;
  const checks = [...proof.checks];
  for (const check of [checkKeyTime, checkIdentity, checkSubject, checkPredicate]) {
    const fact = check(request, proof, proof.signer);
    if (fact === undefined) continue;
    checks.push(fact);
    if (fact.outcome !== "pass") break;
  }
  return checks;
}

/** A key is judged at the earliest trusted time, and now where there is none (issue 5 §2). */
function checkKeyTime(
  { authority, now }: JudgeRequest,
  { times }: Proof,
  signer: Signer,
): CheckFact | undefined {
  if (authority.kind !== "keys" || signer.kind !== "key") return undefined;
  // The same key may stand there twice, with two times of validity.
  const windows = authority.keys.filter(({ key }) => key.id === signer.key);
  const time = times[0] ?? now;
  if (windows.some((window) => isWithin(window, time))) return undefined;
  const how = times[0] === undefined ? " (now: it has no trusted time)" : "";
  return failed(
    "time",
    `a time when the key was valid: ${windows.map(windowText).join(", ")}`,
    `${time.toISOString()}${how}`,
  );
}

type Window = KeyAuthority["keys"][number];

function isWithin({ validFrom, validTo }: Window, time: Date): boolean {
  return (
    (validFrom === undefined || validFrom <= time) && (validTo === undefined || time <= validTo)
  );
}

function windowText({ validFrom, validTo }: Window): string {
  return `${validFrom?.toISOString() ?? "ever"} to ${validTo?.toISOString() ?? "ever"}`;
}

function checkIdentity(
  { authority }: JudgeRequest,
  _: Proof,
  signer: Signer,
): CheckFact | undefined {
  switch (signer.kind) {
    case "key":
      return passed("identity", signer.key);
    case "keyless":
      return authority.kind === "keyless" ? keylessFact(authority, signer) : undefined;
    case "host":
      return undefined;
  }
}

function keylessFact(
  { issuer, subject, extensions }: KeylessAuthority,
  signer: Signer & { readonly kind: "keyless" },
): CheckFact {
  if (!meets(issuer, signer.issuer))
    return failed("identity", `the issuer ${demandText(issuer)}`, signer.issuer);
  if (!meets(subject, signer.subject))
    return failed("identity", `the subject ${demandText(subject)}`, signer.subject);
  for (const [name, expected] of extensions) {
    const found = Object.hasOwn(signer.extensions, name) ? signer.extensions[name] : undefined;
    if (found !== expected) return failed("identity", `${name} ${expected}`, found ?? `no ${name}`);
  }
  return passed("identity", `${signer.subject}, by ${signer.issuer}`);
}

/** Exactly, or by a pattern that must match all of it; what is empty meets nothing. */
function meets(demand: TextDemand, text: string): boolean {
  if (text === "") return false;
  return demand.kind === "exactly" ? demand.text === text : matchesPattern(demand.pattern, text);
}

function demandText(demand: TextDemand): string {
  return demand.kind === "exactly" ? demand.text : `that matches ${demand.pattern.source}`;
}

function checkSubject({ claim, artifact }: JudgeRequest): CheckFact {
  const expected = digestsText(artifact.digests);
  switch (claim.kind) {
    case "message":
      return passed("subject", expected);
    case "simple-signing":
      return artifact.digests.get(digestAlgorithm(claim.digest)) === digestHex(claim.digest)
        ? passed("subject", claim.digest)
        : failed("subject", expected, claim.digest);
    case "statement": {
      const { subjects } = claim.statement;
      const matching = subjects.find((subject) => isAbout(subject, artifact));
      if (matching !== undefined) return passed("subject", digestsText(matching.digests));
      const found = subjects.slice(0, 3).map(subjectText).join("; ");
      const rest = subjects.length > 3 ? `; and ${subjects.length - 3} more` : "";
      return failed("subject", expected, `${found}${rest}`);
    }
    case "bad":
      return failed("predicate", claim.expected, claim.found);
  }
}

/** At least one digest is the same, and none of those that both name differs. */
function isAbout({ digests }: StatementSubject, artifact: Artifact): boolean {
  const both = [...digests].filter(([hash]) => artifact.digests.has(hash));
  return both.length > 0 && both.every(([hash, hex]) => artifact.digests.get(hash) === hex);
}

function digestsText(digests: Artifact["digests"]): string {
  const [first] = digests;
  return first === undefined ? "no digest" : `${first[0]}:${first[1]}`;
}

function subjectText({ name, digests }: StatementSubject): string {
  const known = [...digests].map(([hash, hex]) => `${hash}:${hex}`).join(", ");
  return `${name?.slice(0, 200) ?? "no name"} (${known.slice(0, 300) || "no digest of a known kind"})`;
}

function checkPredicate({ claim, wanted }: JudgeRequest): CheckFact {
  const found =
    claim.kind !== "statement" || claim.statement.predicateType === COSIGN_SIGN
      ? A_SIGNATURE
      : claim.statement.predicateType;
  if (wanted === undefined || wanted === found) return passed("predicate", found);
  return failed("predicate", wanted, found);
}
