import { compareText, trustStepKey, type TrustDecision } from "#model";
import { closedDecision } from "./closed-decision.ts";
import type { TrustContext } from "./context.ts";
import { namesHeld } from "./names-held.ts";
import { prepareSteps, type PreparedStep } from "./prepare-steps.ts";
import { revokedIndexes } from "./revoked-indexes.ts";
import { stepName, trustArtifact, type StepsOptions, type TrustStep } from "./step.ts";
import { openSurveys, type Surveys } from "./surveys.ts";

export { stepName, type StepsOptions, type TrustStep } from "./step.ts";

/** Digests that are looked at side by side; each may hold as much evidence as one may have. */
const DIGESTS_AT_ONCE = 4;

/**
 * Decides every step under the policy in force: `trustStepKey` → decision. Each digest is gathered once, whoever asks for
 * it, and what was read of it is let go before the next ones are (design §7, flat memory).
 */
export async function decideSteps(
  steps: readonly TrustStep[],
  context: TrustContext,
  options: StepsOptions,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, TrustDecision>> {
  if (context.broken.some(({ severity }) => severity === "error"))
    return new Map(steps.map((step) => [keyOf(step), closedDecision(step, context.broken)]));
  const { eachAtOnce } = await import("#inventory");
  const surveys = await openSurveys(context, options);
  const names = await namesHeld(context, options);
  const prepared = await prepareSteps(steps, { context, options, surveys }, signal);
  const groups = Map.groupBy(prepared, ({ group }) => group);
  const decisions = new Map<string, TrustDecision>();
  await eachAtOnce(DIGESTS_AT_ONCE, groups.values(), async (group) => {
    for (const [step, decision] of await decideGroup(
      group,
      { context, options, surveys, names },
      signal,
    ))
      decisions.set(keyOf(step), decision);
  });
  signal.throwIfAborted();
  return new Map([...decisions].toSorted(([a], [b]) => compareText(a, b)));
}

function keyOf(step: TrustStep): string {
  return trustStepKey(stepName(step));
}

interface Deciding {
  readonly context: TrustContext;
  readonly options: StepsOptions;
  readonly surveys: Surveys;
  readonly names: Awaited<ReturnType<typeof namesHeld>>;
}

/** Steps of one digest that look at the same repositories as of the same time. */
async function decideGroup(
  group: readonly PreparedStep[],
  { context, options, surveys, names }: Deciding,
  signal: AbortSignal,
): Promise<readonly (readonly [TrustStep, TrustDecision])[]> {
  const [first] = group;
  if (first === undefined) return [];
  const { decideTrust } = await import("#policy");
  const { digest } = first.step.line;
  const { desired, now } = options;
  const { policy, revocations, channels } = context;
  const { repositories, asOf } = first;
  const gathered = await surveys.at(asOf).gather(
    {
      digest,
      repositories,
      evidence: mostEvidence(group),
      details: group.some(({ needs }) => needs.details),
      revoked: revokedIndexes({ revocations, desired, now }, repositories),
    },
    signal,
  );
  return group.map(({ step, channel, facts }) => {
    const decision = decideTrust({
      artifact: trustArtifact(step.artifact),
      version: step.line.version,
      digest,
      lifecycle: step.line.state ?? (step.line.channels.length > 0 ? "promoted" : "published"),
      channel,
      channels,
      environment: step.environment,
      names: names.get(digest) ?? [],
      policy,
      revocations,
      facts: { image: gathered.image, evidence: gathered.evidence, onceBad: [], ...facts },
      reference: gathered.repository,
      now,
    });
    return [step, decision] as const;
  });
}

function mostEvidence(group: readonly PreparedStep[]): "none" | "digest" | "platforms" {
  const asked = new Set(group.map(({ needs }) => needs.evidence));
  if (asked.has("platforms")) return "platforms";
  return asked.has("digest") ? "digest" : "none";
}
