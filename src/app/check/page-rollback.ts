import type { DesiredArtifact, Plan, RollbackReadiness, TrustDecision } from "#model";
import type { EnteringVersion, RollbackTarget } from "#policy";
import type { Loaded } from "../load.ts";
import type { StepsOptions } from "../trust/decide-steps.ts";
import { decisionsFor } from "./page-decisions.ts";

/** What the way back is told from. */
export interface RollbackQuestion {
  readonly entering: EnteringVersion;
  readonly artifact: DesiredArtifact;
  readonly loaded: Loaded;
  readonly plan: Plan;
}

/** The version that a rollback would go to, and at which sites it is complete and verified (issue 6 §2, 002-66). */
export async function rollbackOf(
  { entering, artifact, loaded, plan }: RollbackQuestion,
  options: StepsOptions,
  signal: AbortSignal,
): Promise<RollbackReadiness> {
  const { rollbackReadiness, rollbackTarget } = await import("#policy");
  const target = rollbackTarget(entering, artifact);
  if (typeof target === "string") return { kind: "none", why: target };
  const { channel } = entering;
  const asked = { artifact, line: target.line, channel };
  const decisions = await decisionsFor(asked, loaded, options, signal);
  const refused = refusedAt(target, decisions, loaded);
  return rollbackReadiness(target, { artifact: artifact.id, channel, plan, refused });
}

/** The sites whose environment's rules do not let the version be used today, and why. */
function refusedAt(
  { sites }: RollbackTarget,
  decisions: readonly TrustDecision[],
  { desired }: Loaded,
): ReadonlyMap<string, string> {
  return new Map(
    sites.flatMap((site) => {
      const environment = desired.sites.get(site)?.environment;
      const decision = decisions.find(({ result }) => result.environment === environment);
      if (decision === undefined) return [];
      const isUsable = decision.result.decision === "allow" || decision.result.decision === "warn";
      return isUsable ? [] : [[site, decision.explanation] as const];
    }),
  );
}
