import type { EvidenceCheck, Outcome, Signer } from "#model";

/** What became of one check. */
export interface CheckFact {
  readonly check: EvidenceCheck;
  readonly outcome: Outcome;
  readonly expected?: string;
  readonly found?: string;
}

/**
 * What is proved about one signature, whatever time it is now: the signer, and when at the latest it signed. It depends on
 * the evidence, the artifact, the keys and the root alone, so it may be kept.
 */
export interface Proof {
  /** In the order in which they ran; only the last one may have failed. */
  readonly checks: readonly CheckFact[];
  readonly signer: Signer | undefined;
  /** Times from logs and timestamp authorities of the root, earliest first. */
  readonly times: readonly Date[];
}

/** A check that did not pass. */
export function failed(check: EvidenceCheck, expected: string, found: string): CheckFact {
  return { check, outcome: "fail", expected, found };
}

/** A check about which nothing can be told. */
export function unknown(check: EvidenceCheck, expected: string, found: string): CheckFact {
  return { check, outcome: "unknown", expected, found };
}

/** A check that passed. */
export function passed(check: EvidenceCheck, found: string): CheckFact {
  return { check, outcome: "pass", found };
}
