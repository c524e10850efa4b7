import type { EvidenceCheck, Outcome, Signer } from "#model";
import type { Artifact } from "./artifact.ts";
import type { VerifyingAuthority } from "./authority.ts";
import { describeError } from "./describe-error.ts";
import { failed, type CheckFact } from "./facts.ts";
import { judge } from "./judge.ts";
import { prove, type Prove } from "./prove.ts";
import type { ReadEvidence, Sealed } from "./sealed.ts";
import { claimOf, type Claim } from "./statement.ts";

/** What evidence is verified for, and by whom it should be. */
export interface VerifyRequest {
  readonly artifact: Artifact;
  readonly authority: VerifyingAuthority;
  /** `A_SIGNATURE`, or a predicate type; undefined: whatever it is. */
  readonly wanted: string | undefined;
  readonly now: Date;
}

/** The facts about one signature under one authority. */
export interface Verification {
  readonly outcome: Outcome;
  /** The check that did not pass, or the last one that did. */
  readonly check: EvidenceCheck;
  readonly expected?: string;
  readonly found?: string;
  /** Every check that ran, in order. */
  readonly checks: readonly CheckFact[];
  /** Who signed, as far as it is proved: also where it is not who should have. */
  readonly signer?: Signer;
  /** RFC 3339: the earliest time from a log or timestamp authority of the root. */
  readonly trustedTime?: string;
  /** What was signed; believed only where the signature is. */
  readonly claim?: Claim;
}

/**
 * Verifies evidence under one authority: one result for each of its signatures, at least one. It is a total function: what
 * is hostile, broken or not known ends as a fact about it, and nothing is thrown (issue 5 §3). No network is ever used.
 */
export function verifyEvidence(
  evidence: ReadEvidence,
  request: VerifyRequest,
  proving: Prove = prove,
): readonly Verification[] {
  switch (evidence.kind) {
    case "unreadable":
      return [conclude([failed("parse", "evidence that can be read", evidence.why)])];
    case "unsigned":
      return [conclude([failed("crypto", "a signature", "evidence without one")])];
    case "signed":
      return evidence.sealed.map((sealed) => verifySealed(sealed, request, proving));
  }
}

/** The result that says most: one that passed, else the one that came furthest. */
export function bestOf(verifications: readonly Verification[]): Verification {
  const rank = new Map<Outcome, number>([
    ["pass", 2],
    ["unknown", 1],
    ["fail", 0],
  ]);
  const [best] = verifications.toSorted(
    (a, b) =>
      (rank.get(b.outcome) ?? 0) - (rank.get(a.outcome) ?? 0) || b.checks.length - a.checks.length,
  );
  return best ?? conclude([failed("parse", "a signature", "none")]);
}

function verifySealed(sealed: Sealed, request: VerifyRequest, proving: Prove): Verification {
  try {
    const { artifact, authority } = request;
    const proof = proving(sealed, artifact, authority);
    const claim = claimOf(sealed);
    return {
      ...conclude(judge(proof, { ...request, claim })),
      ...(proof.signer && { signer: proof.signer }),
      ...(proof.times[0] && { trustedTime: proof.times[0].toISOString() }),
      claim,
    };
  } catch (error) {
    return conclude([failed("parse", "evidence that can be read", describeError(error))]);
  }
}

function conclude(checks: readonly CheckFact[]): Verification {
  const last = checks.at(-1) ?? failed("parse", "a check", "none");
  return {
    outcome: last.outcome,
    check: last.check,
    ...(last.expected !== undefined && { expected: last.expected }),
    ...(last.found !== undefined && { found: last.found }),
    checks,
  };
}
