import type { Diagnostic, TrustDecision } from "#model";
import type { TrustStep } from "./step.ts";

/** The decision where the policy in force cannot be read: nothing passes, and the pull request that repairs it can say so. */
export function closedDecision(
  { artifact, line, channel, environment }: TrustStep,
  broken: readonly Diagnostic[],
): TrustDecision {
  const [first] = broken;
  const where = first === undefined ? "" : ` (${first.file}:${first.line}: ${first.message})`;
  const message = `The policy of the base cannot be read, so that nothing is decided by it${where}.`;
  return {
    result: {
      artifact: artifact.id,
      version: line.version,
      digest: line.digest,
      channel: channel.name,
      ...(environment === undefined ? {} : { environment }),
      lifecycle: line.state ?? "promoted",
      trust: "unverified",
      decision: "unknown",
      rules: [],
      requires: [],
      commands: [],
    },
    reasons: [
      {
        code: "trust.policy-broken",
        verdict: "unknown",
        message,
        fix: "correct the policy in a pull request of its own, and merge that first",
      },
    ],
    explanation: message,
    admittedBy: [],
    notBefore: undefined,
    exceptions: [],
  };
}
