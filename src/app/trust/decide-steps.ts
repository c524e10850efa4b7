import {
  trustStepKey,
  type Channel,
  type DesiredArtifact,
  type DesiredState,
  type Repository,
  type TrustDecision,
  type TrustStepName,
  type VersionLine,
} from "#model";
import type { ReadStores } from "#stores";
import type { TrustContext } from "./context.ts";

/** A version that would enter a channel in an environment. */
export interface TrustStep {
  readonly artifact: DesiredArtifact;
  readonly line: VersionLine;
  readonly channel: Channel;
  readonly environment: string | undefined;
}

/** What steps are decided with. */
export interface StepsOptions {
  readonly desired: DesiredState;
  readonly stores: ReadStores;
  readonly now: Date;
  /** The one repository to look at; undefined: the artifact's source, and where it lacks the digest, the channel's places. */
  readonly at?: Repository | undefined;
}

/** The name of a step, for its key. */
export function stepName({ artifact, line, channel, environment }: TrustStep): TrustStepName {
  return { artifact: artifact.id, version: line.version, channel: channel.name, environment };
}

/** Decides every step under the policy in force: `trustStepKey` → decision. Each digest is gathered once, whoever asks for it. */
export async function decideSteps(
  steps: readonly TrustStep[],
  context: TrustContext,
  { stores, now, at }: StepsOptions,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, TrustDecision>> {
  const [{ decideTrust }, { gatherFacts }] = await Promise.all([
    import("#policy"),
    import("#inventory"),
  ]);
  const decisions = new Map<string, TrustDecision>();
  for (const step of steps) {
    const { artifact, line, environment } = step;
    const repositories = at === undefined ? [artifact.source] : [at];
    const { authorities, channels, policy, revocations } = context;
    const facts = await gatherFacts(
      { digest: line.digest, repositories, authorities, now },
      stores,
      signal,
    );
    const decision = decideTrust({
      artifact: { ...artifact, runtimeClass: undefined },
      version: line.version,
      digest: line.digest,
      lifecycle: line.state ?? "promoted",
      channel: channels.get(step.channel.name) ?? step.channel,
      channels,
      environment,
      names: [],
      policy,
      revocations,
      facts,
      reference: repositories[0],
      now,
    });
    decisions.set(trustStepKey(stepName(step)), decision);
  }
  return decisions;
}
