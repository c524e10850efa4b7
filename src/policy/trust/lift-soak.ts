import type { TrustDecision, TrustReason } from "#model";

/**
 * A decision that lacks nothing but soak, after an approved override lifted that (issue 6 §3): what soak lacks is told as
 * a warning, in the plan and in our own statement. Any other decision stays as it is.
 */
export function liftSoak(decision: TrustDecision, why: string): TrustDecision {
  if (decision.notBefore === undefined) return decision;
  const { result } = decision;
  const { artifact, version, channel, environment } = result;
  const reasons = decision.reasons.map((reason) => lifted(reason, why));
  const where = environment === undefined ? channel : `${channel} (${environment})`;
  const [told] = reasons.filter(({ code }) => code === "requires.soak");
  return {
    ...decision,
    result: { ...result, decision: "warn" },
    reasons,
    explanation: `${artifact}@${version} may enter ${where}, with a warning: ${told?.message ?? why}`,
    notBefore: undefined,
  };
}

function lifted(reason: TrustReason, why: string): TrustReason {
  if (reason.code !== "requires.soak") return reason;
  return { ...reason, verdict: "warn", message: `${reason.message} ${why}`, fix: "" };
}
