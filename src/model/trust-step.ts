import type { TrustReason } from "./verify-result.ts";
import type { TrustState } from "./trust.ts";

/** What one trust decision is about: a version that would enter a channel in an environment (issue 5 §1). */
export interface TrustStepName {
  /** `project/name`. */
  readonly artifact: string;
  readonly version: string;
  readonly channel: string;
  readonly environment: string | undefined;
}

/** One name for one step, under which its decision is found. */
export function trustStepKey({ artifact, version, channel, environment }: TrustStepName): string {
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
