import type { GatheredFacts } from "#inventory";
import { compareText, trustStepKey, type Repository, type TrustDecision } from "#model";
import { closedDecision } from "./closed-decision.ts";
import type { TrustContext } from "./context.ts";
import { keyFiles } from "./key-files.ts";
import { namesHeld } from "./names-held.ts";
import { prepareSteps, type PreparedStep } from "./prepare-steps.ts";
import { refutingOf } from "./refuting.ts";
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
  const expected = new Set(steps.map(({ line }) => line.digest)).size;
  using surveys = await openSurveys(context, { ...options, expected });
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

/** Steps of one digest that look at the same repository first, as of the same time. */
async function decideGroup(
  group: readonly PreparedStep[],
  deciding: Deciding,
  signal: AbortSignal,
): Promise<readonly (readonly [TrustStep, TrustDecision])[]> {
  const [first] = group;
  if (first === undefined) return [];
  const shared = await gather(group, first.repositories.slice(0, 1), deciding, signal);
  const decided: (readonly [TrustStep, TrustDecision])[] = [];
  for (const prepared of group) {
    const others = prepared.repositories.slice(1);
    const own =
      shared.image.kind === "unknown" && others.length > 0
        ? await gather([prepared], others, deciding, signal)
        : shared;
    // What a place holds is judged by itself; where it holds nothing either, the first look says why.
    const facts = own.image.kind === "known" ? own : shared;
    decided.push([prepared.step, await decide(prepared, facts, deciding)]);
  }
  return decided;
}

async function gather(
  group: readonly PreparedStep[],
  repositories: readonly Repository[],
  { context, options, surveys }: Deciding,
  signal: AbortSignal,
): Promise<GatheredFacts> {
  const [first] = group;
  if (first === undefined) throw new TypeError("a group of steps has at least one");
  const { desired, now } = options;
  const { revocations } = context;
  return surveys.at(first.asOf).gather(
    {
      digest: first.step.line.digest,
      repositories,
      evidence: mostEvidence(group),
      details: mostDetails(group),
      revoked: revokedIndexes({ revocations, desired, now }, repositories),
      alsoAt: group.map(({ step }) => step.artifact.source),
    },
    signal,
  );
}

async function decide(
  { step, channel, facts }: PreparedStep,
  gathered: GatheredFacts,
  { context, options, names }: Deciding,
): Promise<TrustDecision> {
  const { decideTrust } = await import("#policy");
  const { artifact, line, environment } = step;
  const { policy, revocations, channels } = context;
  const decision = decideTrust({
    artifact: trustArtifact(artifact),
    version: line.version,
    digest: line.digest,
    lifecycle: line.state ?? (line.channels.length > 0 ? "promoted" : "published"),
    channel,
    channels,
    environment,
    names: names.get(line.digest) ?? [],
    policy,
    revocations,
    facts: { image: gathered.image, evidence: gathered.evidence, ...facts },
    reference: gathered.repository,
    keyFiles: keyFiles(context),
    now: options.now,
  });
  return { ...decision, refuting: refutingOf(decision, gathered, facts.onceBad) };
}

function mostDetails(group: readonly PreparedStep[]): PreparedStep["needs"]["details"] {
  const asked = new Set(group.map(({ needs }) => needs.details));
  if (asked.has("labels")) return "labels";
  return asked.has("platforms") ? "platforms" : "none";
}

function mostEvidence(group: readonly PreparedStep[]): "none" | "digest" | "platforms" {
  const asked = new Set(group.map(({ needs }) => needs.evidence));
  if (asked.has("platforms")) return "platforms";
  return asked.has("digest") ? "digest" : "none";
}
