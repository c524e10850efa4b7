import type {
  Change,
  DesiredArtifact,
  Plan,
  Repository,
  RollbackReadiness,
  TrustDecision,
} from "#model";
import type { EnteringVersion, RollbackTarget } from "#policy";
import type { ArtifactPage } from "#report";
import type { ReadStores } from "#stores";
import type { Loaded } from "../load.ts";
import type { KeptProofs } from "#trust";
import { trustOf } from "../trust/no-policy.ts";
import { openSurveys } from "../trust/surveys.ts";
import { boundedStores } from "./bounded-stores.ts";
import { decisionsFor, missingFor, worstDecision } from "./page-decisions.ts";
import { readVersion, type VersionReading } from "./read-version.ts";

/** Both revisions of what a pull request touches, what was planned, and the stores that may be asked. */
export interface PagesQuestion {
  readonly loaded: Loaded;
  readonly changes: readonly Change[];
  readonly plan: Plan;
  readonly stores: ReadStores;
  readonly now: Date;
  readonly kept: KeptProofs | undefined;
}

/** More versions than a reviewer compares one by one. */
const MOST_READ = 20;
const BUDGET = { questions: 400, bytes: 256 * 1024 * 1024 };
/** A check waits no longer than this for what it could also do without. */
const DEADLINE_MS = 20_000;
const PAGES_AT_ONCE = 4;
/** Longer than the name of any platform. */
const LONGEST_NAME = 100;

/**
 * A page for each version that would enter a channel: where it was made, the evidence there is, what differs from the
 * version that the channel has, and whether one can go back to that (issue 6 §2). Best effort: what could not be read is
 * said, within a budget and a deadline, and changes no verdict.
 */
export async function artifactPages(
  question: PagesQuestion,
  signal: AbortSignal,
): Promise<readonly ArtifactPage[]> {
  const { loaded, changes, now, stores, kept } = question;
  const { before, desired } = loaded;
  if (before === undefined) return [];
  const { enteringVersions } = await import("#policy");
  const entering = enteringVersions({ before: before.desired, now: desired, changes });
  if (entering.length === 0) return [];
  const { eachAtOnce } = await import("#inventory");
  const bounded = await boundedStores(stores, BUDGET);
  using surveys = await openSurveys(trustOf(loaded), {
    stores: bounded,
    kept,
    expected: entering.length * 2,
  });
  const reading = { stores: bounded, surveys, now };
  const within = AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]);
  const read = new Map<EnteringVersion, ArtifactPage>();
  await eachAtOnce(PAGES_AT_ONCE, entering.slice(0, MOST_READ), async (each) => {
    read.set(each, await pageOf(each, { ...question, reading }, { signal, within }));
  });
  return entering.map((each) => read.get(each) ?? barePage(each));
}

/** What the files alone tell. */
function barePage(entering: EnteringVersion): ArtifactPage {
  const { artifact, line, channel, from, places, against } = entering;
  return {
    artifact,
    version: line.version,
    digest: line.digest,
    channel,
    from,
    places: places.map((place) => ({ channel, ...place })),
    origin: undefined,
    platforms: [],
    evidence: [],
    missing: [],
    size: undefined,
    content: undefined,
    rollback:
      against === undefined
        ? { kind: "none", why: `${channel} has no version before this one` }
        : undefined,
  };
}

interface Pages extends PagesQuestion {
  readonly reading: VersionReading;
}

interface Signals {
  /** Of the whole check. */
  readonly signal: AbortSignal;
  /** Ends sooner: the deadline of what is told beyond the plan. */
  readonly within: AbortSignal;
}

async function pageOf(
  entering: EnteringVersion,
  pages: Pages,
  { signal, within }: Signals,
): Promise<ArtifactPage> {
  const bare = barePage(entering);
  try {
    return { ...bare, ...(await readPage(entering, pages, within)) };
  } catch (error) {
    // Only the deadline of this part is survived; what ends the run ends it here, too.
    signal.throwIfAborted();
    if (!within.aborted) throw error;
    const seconds = DEADLINE_MS / 1000;
    return { ...bare, evidence: [`could not be read within ${seconds} seconds, and was left out`] };
  }
}

type Told = Pick<
  ArtifactPage,
  "origin" | "platforms" | "evidence" | "missing" | "size" | "content" | "rollback"
>;

async function readPage(
  entering: EnteringVersion,
  pages: Pages,
  signal: AbortSignal,
): Promise<Told> {
  const { loaded, reading, now } = pages;
  const { line, against, channel } = entering;
  const { compareContent, contentSize, foundEvidence, originOf } = await import("#policy");
  const artifact = artifactOf(entering, loaded);
  const places = placesIn(artifact, channel);
  const after = await readVersion(
    { line, repositories: [...sourceOf(artifact), ...places] },
    reading,
    signal,
  );
  const decisions = await decide({ entering, artifact, line }, pages, signal);
  const worst = worstDecision(decisions);
  const before =
    against === undefined
      ? undefined
      : await readVersion(
          { line: against, repositories: [...places, ...sourceOf(artifact)] },
          reading,
          signal,
        );
  return {
    origin: originOf(after),
    platforms: after.image.kind === "known" ? namesOf(after.image.value) : [],
    evidence: foundEvidence(after.evidence, decisions),
    missing:
      worst === undefined || artifact === undefined
        ? []
        : await missingFor({ artifact, line, channel }, worst, loaded, now),
    size: contentSize(before, after),
    content: before && compareContent(before, after),
    rollback: await rollbackOf({ entering, artifact }, pages, signal),
  };
}

function artifactOf(
  { artifact: id }: EnteringVersion,
  { desired }: Loaded,
): DesiredArtifact | undefined {
  return desired.artifacts.find((artifact) => artifact.id === id);
}

function placesIn(artifact: DesiredArtifact | undefined, channel: string): readonly Repository[] {
  const places = (artifact?.places ?? []).filter((place) => place.channel === channel);
  return [...new Set(places.map(({ repository }) => repository))];
}

function sourceOf(artifact: DesiredArtifact | undefined): readonly Repository[] {
  return artifact === undefined ? [] : [artifact.source];
}

function namesOf({
  platforms,
}: {
  readonly platforms: readonly { readonly platform: string }[];
}): readonly string[] {
  return platforms.map(({ platform }) => platform.slice(0, LONGEST_NAME));
}

interface Subject {
  readonly entering: EnteringVersion;
  readonly artifact: DesiredArtifact | undefined;
}

function decide(
  { entering, artifact, line }: Subject & Pick<EnteringVersion, "line">,
  { loaded, reading, now, kept }: Pages,
  signal: AbortSignal,
): Promise<readonly TrustDecision[]> {
  if (artifact === undefined) return Promise.resolve([]);
  const options = { desired: loaded.desired, stores: reading.stores, now, kept };
  return decisionsFor({ artifact, line, channel: entering.channel }, loaded, options, signal);
}

async function rollbackOf(
  { entering, artifact }: Subject,
  pages: Pages,
  signal: AbortSignal,
): Promise<RollbackReadiness | undefined> {
  if (artifact === undefined) return undefined;
  const { rollbackReadiness, rollbackTarget } = await import("#policy");
  const target = rollbackTarget(entering, artifact);
  if (typeof target === "string") return { kind: "none", why: target };
  const decisions = await decide({ entering, artifact, line: target.line }, pages, signal);
  return rollbackReadiness(target, {
    artifact: artifact.id,
    channel: entering.channel,
    plan: pages.plan,
    refused: refusedAt(target, decisions, pages.loaded),
  });
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
