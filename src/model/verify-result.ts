import type { Digest } from "./digest.ts";
import type { EvidenceCheck, EvidenceForm, OnceBad } from "./evidence-fact.ts";
import type { TrustState } from "./trust.ts";

/** Whether something holds; what could not be read is unknown, and never passes. */
export type Outcome = "pass" | "fail" | "unknown";

/** Published, promoted, deprecated or retired: the other axis, which trust never changes (003-07). */
export type Lifecycle = "published" | "promoted" | "deprecated" | "retired";

/** What may happen: a step is taken only under `allow` and `warn`. */
export type Verdict = "allow" | "warn" | "refuse" | "unknown";

/** One result of `waybill.dev/verify/v1` (issue 5 §3). */
export interface VerifyResult {
  readonly artifact: string;
  readonly version: string;
  readonly digest: Digest;
  readonly channel: string;
  readonly environment?: string;
  readonly lifecycle: Lifecycle;
  readonly trust: TrustState;
  readonly decision: Verdict;
  readonly rules: readonly RuleResult[];
  readonly requires: readonly RequiresResult[];
  readonly commands: readonly string[];
}

export interface RuleResult {
  readonly rule: string;
  readonly mode: "enforce" | "warn";
  readonly outcome: Outcome;
  readonly requirements: readonly RequirementResult[];
}

export interface RequirementResult {
  readonly type: string;
  readonly outcome: Outcome;
  /** Everything that was found and could have counted, and why it did or did not. */
  readonly evidence: readonly EvidenceResult[];
  /** What could not be read, where that leaves it unknown: a sentence each. */
  readonly unread?: readonly string[];
  readonly fix?: string;
}

export interface EvidenceResult {
  readonly digest: Digest;
  readonly form: EvidenceForm;
  readonly authority?: string;
  readonly check: EvidenceCheck;
  readonly expected?: string;
  readonly found?: string;
  readonly outcome: Outcome;
}

/** One thing that the channel, or the policy as a whole, asks beyond the rules. */
export interface RequiresResult {
  readonly name: string;
  readonly outcome: Outcome;
  readonly expected: string;
  readonly found: string;
}

/** The whole document. */
export interface VerifyDocument {
  readonly schema: "waybill.dev/verify/v1";
  readonly policyDigest: Digest | null;
  /** RFC 3339. */
  readonly now: string;
  readonly results: readonly VerifyResult[];
}

/** Why a step is refused, warned of or undecided: one line each (issue 5 §2). */
export interface TrustReason {
  readonly code: TrustReasonCode;
  readonly verdict: Exclude<Verdict, "allow">;
  /** A whole sentence. */
  readonly message: string;
  readonly fix: string;
}

export type TrustReasonCode =
  | `trust.${string}`
  | `requires.${string}`
  | "revoked"
  | "source-not-allowed"
  | "never-promote"
  | "kind-mismatch";

/** What policy says about one digest at one channel and environment, with all that the plan needs of it. */
export interface TrustDecision {
  readonly result: VerifyResult;
  readonly reasons: readonly TrustReason[];
  /** One line that says why, whatever the verdict. */
  readonly explanation: string;
  /** The evidence that let it in, or will when its time comes, for `admittedBy` of a copy; sorted. */
  readonly admittedBy: readonly Digest[];
  /** RFC 3339: it lacks only soak, until then. */
  readonly notBefore: string | undefined;
  /** The exceptions that were needed, for our own statement. */
  readonly exceptions: readonly string[];
  /** Evidence of an authority that was read and refuses: our own statement remembers it, so that it cannot be lost (issue 5 §2). */
  readonly refuting?: readonly OnceBad[];
}
