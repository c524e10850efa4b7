import {
  fillRevision,
  hasErrors,
  parseArtifactRef,
  trustStepKey,
  type Channel,
  type DesiredArtifact,
  type DesiredState,
  type Diagnostic,
  type Place,
  type TrustDecision,
  type VersionLine,
} from "#model";
import type { SeenAt, SeenAtSite, Why, WhyQuestion } from "#report";
import type { ReadStores } from "#stores";
import { checkChannel } from "./channel-named.ts";
import { load, type Loaded } from "./load.ts";
import { openRunStores } from "./make-plan.ts";
import { RequestError } from "./request-error.ts";
import { decideSteps, stepName, type TrustStep } from "./trust/decide-steps.ts";
import { keptProofs, type KeepingRequest } from "./trust/kept-proofs.ts";
import { trustOf } from "./trust/no-policy.ts";
import { seenAt } from "./trust/seen-at.ts";
import { stepsOf } from "./trust/steps-of.ts";
import { artifactOf, lineOf } from "./trust/verify-steps.ts";
import { exitCodeOf } from "./verify.ts";

/** What `waybill why` is asked. */
export interface WhyRequest extends KeepingRequest {
  readonly root: string;
  readonly registriesFile: string | undefined;
  readonly restrictPaths?: boolean | undefined;
  readonly now: Date;
  /** PROJECT/NAME@VERSION, as typed. */
  readonly artifact: string;
  readonly channel: string;
  readonly site: string | undefined;
}

/** One page about one version in one channel; or why there is none. */
export type WhyAnswer =
  | { readonly kind: "invalid"; readonly diagnostics: readonly Diagnostic[] }
  | {
      readonly kind: "told";
      readonly question: WhyQuestion;
      readonly why: Why;
      readonly diagnostics: readonly Diagnostic[];
      readonly notes: readonly string[];
      /** As `verify` has it: whether the rules allow it, wherever git and the stores are. */
      readonly exitCode: 0 | 1 | 4;
    };

/** `waybill why`: what a version still needs to be in a channel, and who can supply it (issue 5 §6, 001-01). */
export async function why(request: WhyRequest, signal: AbortSignal): Promise<WhyAnswer> {
  const loaded = await load(request, signal);
  const { diagnostics } = loaded;
  if (hasErrors(diagnostics)) return { kind: "invalid", diagnostics };
  const asked = askedOf(request, loaded.desired);
  const stores = await openRunStores(loaded, request);
  try {
    const { whyOf } = await import("#report");
    const question = await questionOf(request, { loaded, asked, stores }, signal);
    const told = whyOf(question);
    return {
      kind: "told",
      question,
      why: told,
      diagnostics,
      notes: loaded.notes,
      exitCode: exitCodeOf([question.decision]),
    };
  } finally {
    await stores.close();
  }
}

interface Asked {
  readonly artifact: DesiredArtifact;
  readonly line: VersionLine;
  readonly channel: Channel;
  /** One for each environment; those of the named site only. */
  readonly steps: readonly TrustStep[];
}

function askedOf({ artifact: text, channel, site }: WhyRequest, desired: DesiredState): Asked {
  const ref = parseArtifactRef(text);
  if (typeof ref === "string") throw new RequestError(`${text}: ${ref}.`);
  if (ref.selector === undefined)
    throw new RequestError(`${text} names no version.`, "write PROJECT/NAME@VERSION");
  checkChannel(desired, channel);
  const artifact = artifactOf(`${ref.project}/${ref.name}`, desired);
  const line = lineOf(artifact, ref.selector);
  const all = stepsOf(artifact, line, { desired, channel });
  const steps = site === undefined ? all : stepsAt(site, all, desired);
  const [first] = steps;
  if (first === undefined)
    throw new RequestError(`${artifact.id} has no place in ${channel}.`, "name another channel");
  return { artifact, line, channel: first.channel, steps };
}

function stepsAt(
  site: string,
  steps: readonly TrustStep[],
  { sites }: DesiredState,
): readonly TrustStep[] {
  const [step] = steps;
  const own = step === undefined ? [] : [...step.channel.require, ...step.channel.bestEffort];
  if (step === undefined || !own.includes(site))
    throw new RequestError(
      `${step?.channel.name ?? "The channel"} has no site ${site}.`,
      own.length === 0 ? undefined : `one of ${own.join(", ")}`,
    );
  return [{ ...step, environment: sites.get(site)?.environment }];
}

interface Asking {
  readonly loaded: Loaded;
  readonly asked: Asked;
  readonly stores: ReadStores;
}

async function questionOf(
  request: WhyRequest,
  { loaded, asked, stores }: Asking,
  signal: AbortSignal,
): Promise<WhyQuestion> {
  const { desired } = loaded;
  const { artifact, line, steps } = asked;
  const { now, site } = request;
  const context = trustOf(loaded);
  const decided = await decideSteps(
    steps,
    context,
    { desired, stores, now, kept: keptProofs(request) },
    signal,
  );
  const decisions = steps.flatMap((step) => decided.get(trustStepKey(stepName(step))) ?? []);
  const decision = worstOf(decisions);
  const channel = context.channels.get(asked.channel.name) ?? asked.channel;
  const places = placesOf(asked, site);
  return {
    decision,
    policyDigest: loaded.trust?.policyDigest,
    now,
    policy: context.policy,
    channel,
    line,
    file: artifact.at.file,
    isListed: places.length > 0,
    held: channel.after.filter((name) => line.channels.some((use) => use.channel === name)),
    site,
    source: await sourceOf(artifact, line, stores, signal),
    sites: await sitesOf(places, line, stores, signal),
    otherEnvironments: decisions.flatMap(({ result }) =>
      result === decision.result ? [] : (result.environment ?? []),
    ),
  };
}

/** Of several environments the one that is furthest from entering is told. */
function worstOf(decisions: readonly TrustDecision[]): TrustDecision {
  const order = ["refuse", "unknown", "warn", "allow"] as const;
  const found = order.flatMap((verdict) =>
    decisions.filter(({ result }) => result.decision === verdict),
  );
  const [worst] = found;
  if (worst === undefined) throw new RequestError("Nothing was decided.");
  return worst;
}

function placesOf({ artifact, line, channel }: Asked, site: string | undefined): readonly Place[] {
  return artifact.places.filter(
    (place) =>
      place.channel === channel.name &&
      (site === undefined || place.site === site) &&
      place.wants.some((want) => want.line.version === line.version),
  );
}

async function sourceOf(
  { source }: DesiredArtifact,
  { digest }: VersionLine,
  stores: ReadStores,
  signal: AbortSignal,
): Promise<SeenAt> {
  return {
    repository: source,
    ...(await seenAt({ repository: source, digest, reference: digest }, stores, signal)),
  };
}

async function sitesOf(
  places: readonly Place[],
  line: VersionLine,
  stores: ReadStores,
  signal: AbortSignal,
): Promise<readonly SeenAtSite[]> {
  return Promise.all(
    places.map(async ({ repository, site, required, wants }) => {
      const want = wants.find((item) => item.line.version === line.version);
      const [tag] = (want?.tags ?? []).flatMap((name) => fillRevision(name, undefined) ?? []);
      const asked = { repository, digest: line.digest, reference: tag ?? line.digest };
      return { repository, site, required, ...(await seenAt(asked, stores, signal)) };
    }),
  );
}
