import {
  parseAddress,
  parseTime,
  repositoryAt,
  type Channel,
  type Place,
  type Repository,
  type TrustFacts,
} from "#model";
import type { OwnPromotion, StatementPlace } from "#inventory";
import type { TrustNeeds } from "#policy";
import type { TrustContext } from "./context.ts";
import { trustArtifact, type StepsOptions, type TrustStep } from "./step.ts";
import { movingTags } from "./moving-tags.ts";
import type { Surveys } from "./surveys.ts";

/** A step with all that depends on its channel: what it asks for, and what our own statements say of it. */
export interface PreparedStep {
  readonly step: TrustStep;
  /** The channel's rules, as the authority has them. */
  readonly channel: Channel;
  readonly needs: TrustNeeds;
  /** Where the digest is looked for, best first. */
  readonly repositories: readonly Repository[];
  /** When keys are judged: as the version first entered, where our own statement proves that; else now. */
  readonly asOf: Date;
  readonly facts: Pick<TrustFacts, "promotions" | "movingTags" | "admittedAt" | "onceBad">;
  /** Steps of one group are decided from the same facts. */
  readonly group: string;
}

/** What steps are prepared with. */
export interface Preparing {
  readonly context: TrustContext;
  readonly options: StepsOptions;
  readonly surveys: Surveys;
}

const STEPS_AT_ONCE = 16;

/** Prepares steps; stores are asked only for what the rules of a step's channel need. */
export async function prepareSteps(
  steps: readonly TrustStep[],
  preparing: Preparing,
  signal: AbortSignal,
): Promise<readonly PreparedStep[]> {
  const { eachAtOnce } = await import("#inventory");
  const prepared = new Map<TrustStep, PreparedStep>();
  await eachAtOnce(STEPS_AT_ONCE, steps, async (step) => {
    prepared.set(step, await prepareStep(step, preparing, signal));
  });
  return steps.flatMap((step) => prepared.get(step) ?? []);
}

async function prepareStep(
  step: TrustStep,
  preparing: Preparing,
  signal: AbortSignal,
): Promise<PreparedStep> {
  const { context, options, surveys } = preparing;
  const { trustNeeds } = await import("#policy");
  const { artifact, environment, line } = step;
  const channel = context.channels.get(step.channel.name) ?? step.channel;
  const { policy } = context;
  const needs = trustNeeds({ artifact: trustArtifact(artifact), channel, environment, policy });
  const stated = await statementsFor(step, { ...preparing, channel, needs }, signal);
  const promotions = stated.map(({ channel: where, site, time }) => ({
    channel: where,
    site,
    time,
  }));
  const admittedAt = promotions
    .filter((item) => item.channel === channel.name)
    .map(({ time }) => time)
    .toSorted((a, b) => (parseTime(a) ?? 0) - (parseTime(b) ?? 0))[0];
  const asOf = earlier(admittedAt, options.now);
  const repositories = repositoriesOf(step, options);
  return {
    step,
    channel,
    needs,
    repositories,
    asOf,
    facts: {
      promotions,
      onceBad: stated.flatMap(({ refuting }) => refuting),
      admittedAt,
      movingTags: await movingTags(
        { artifact, channel, digest: line.digest, tag: needs.sameDigestAs },
        surveys.at(options.now),
        signal,
      ),
    },
    group: [line.digest, asOf.toISOString(), repositories[0]].join("\n"),
  };
}

/** A time in the future proves nothing. */
function earlier(admittedAt: string | undefined, now: Date): Date {
  const time = parseTime(admittedAt ?? "");
  return time !== undefined && time < now.getTime() ? new Date(time) : now;
}

/** The source has everything; where it has lost the digest, or cannot be read, what is already placed is judged by itself. */
function repositoriesOf(
  { artifact, channel, environment }: TrustStep,
  { at, desired }: StepsOptions,
): readonly Repository[] {
  if (at !== undefined) return [at];
  const places = artifact.places.filter(
    (place) =>
      place.channel === channel.name && desired.sites.get(place.site)?.environment === environment,
  );
  return [...new Set([artifact.source, ...places.map(({ repository }) => repository)])];
}

/** Our own statements that still count, about the channels that the step's rules ask about. */
async function statementsFor(
  { artifact, line }: TrustStep,
  {
    context,
    options,
    surveys,
    channel,
    needs,
  }: Preparing & Pick<PreparedStep, "channel" | "needs">,
  signal: AbortSignal,
): Promise<readonly OwnPromotion[]> {
  const { policy, revocations, channels } = context;
  const signer = policy?.signing?.authority;
  const asks = needs.ages || needs.soak || needs.dated || hasDatedKeys(context);
  if (signer === undefined || !asks) return [];
  const isBefore = needs.soak || needs.dated;
  const names = new Set([channel.name, ...(isBefore ? channel.after : [])]);
  const places = artifact.places
    .filter((place) => names.has(place.channel))
    .map((place) => statementPlace(place, channels.get(place.channel)));
  const { whyFallen } = await import("#policy");
  const { now } = options;
  const found = await surveys.at(now).promotions(line.digest, places, signer, signal);
  return found.filter(
    ({ fact, check }) => whyFallen({ revocations, now }, fact, check) === undefined,
  );
}

function hasDatedKeys({ authorities }: TrustContext): boolean {
  return [...authorities.values()].some(
    (authority) =>
      authority.kind === "keys" && authority.keys.some(({ validTo }) => validTo !== undefined),
  );
}

function statementPlace(
  { channel, site, repository }: Place,
  rules: Channel | undefined,
): StatementPlace {
  const template = rules?.attestation?.repository;
  const address =
    template === undefined ? "none" : parseAddress(template.replaceAll("{repository}", repository));
  const separate = typeof address === "string" ? [] : [repositoryAt(address)];
  const onPlatforms = rules?.attestation?.coverage === "platforms";
  return { channel, site, repository, homes: [...new Set([repository, ...separate])], onPlatforms };
}
