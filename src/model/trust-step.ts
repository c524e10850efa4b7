import type { Repository } from "./address.ts";
import type { Digest } from "./digest.ts";
import type { TrustReason } from "./verify-result.ts";
import type { TrustState } from "./trust.ts";

/**
 * One version that would enter, or move within, one channel and environment: what trust decides about (issue 5 §2,
 * "decisions gate steps"). Sites of one environment share a step.
 */
export interface TrustStep {
  /** `project/name`. */
  readonly artifact: string;
  readonly version: string;
  readonly digest: Digest;
  readonly channel: string;
  /** Of the site; undefined where the site has none. */
  readonly environment: string | undefined;
  /** Where the version would be written; sorted, at least one. */
  readonly repositories: readonly Repository[];
}

/** One name for one step. */
export function trustStepKey({
  artifact,
  version,
  channel,
  environment,
}: Omit<TrustStep, "digest" | "repositories">): string {
  return `${artifact}\n${version}\n${channel}\n${environment ?? ""}`;
}

/** What was decided about the step of an action, as the plan shows it (issue 5 §4). */
export interface ActionDecision {
  readonly trust: TrustState;
  /** `wait`: it lacks nothing but time, and is not done before the action's `notBefore`. */
  readonly verdict: "allow" | "warn" | "wait";
  /** One line. */
  readonly explanation: string;
  /** What rules in the mode `warn` report. */
  readonly warnings: readonly TrustReason[];
}
