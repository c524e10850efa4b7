import type {
  Change,
  DesiredArtifact,
  Plan,
  Repository,
  RollbackReadiness,
  TrustDecision,
} from "#model";
import type { EnteringVersion, ReadVersion } from "#policy";
import type { ArtifactPage } from "#report";
import type { ReadStores } from "#stores";
import type { KeptProofs } from "#trust";
import type { Loaded } from "../load.ts";
import type { StepsOptions } from "../trust/decide-steps.ts";
import { trustOf } from "../trust/no-policy.ts";
import { openSurveys } from "../trust/surveys.ts";
import { boundedStores } from "./bounded-stores.ts";
import { beforeDeadline, deadlineIn, type Deadline } from "./deadline.ts";
import { decisionsFor, missingFor, worstDecision } from "./page-decisions.ts";
import { rollbackOf } from "./page-rollback.ts";
import {
  readVersion,
  unreadVersion,
  type VersionAsked,
  type VersionReading,
} from "./read-version.ts";

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
const DEADLINE_MS = 10_000;
const DEADLINE_WORDS = `${DEADLINE_MS / 1000} seconds`;
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
  const pages = { ...question, reading, deadline: deadlineIn(DEADLINE_MS, signal) };
  const byId = new Map(desired.artifacts.map((artifact) => [artifact.id, artifact]));
  const read = new Map<EnteringVersion, ArtifactPage>();
  await eachAtOnce(PAGES_AT_ONCE, entering.slice(0, MOST_READ), async (each) => {
    const artifact = byId.get(each.artifact);
    if (artifact === undefined) return;
    read.set(each, { ...barePage(each), ...(await readPage(each, artifact, pages)) });
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
  readonly deadline: Deadline;
}

type Told = Pick<
  ArtifactPage,
  "origin" | "platforms" | "evidence" | "missing" | "size" | "content" | "rollback"
>;

async function readPage(
  entering: EnteringVersion,
  artifact: DesiredArtifact,
  pages: Pages,
): Promise<Told> {
  const { line, against } = entering;
  const { compareContent, contentSize, foundEvidence, originOf } = await import("#policy");
  const places = placesIn(artifact, entering.channel);
  const after = await readOne({ line, repositories: [artifact.source, ...places] }, pages);
  const decided = await decide(entering, artifact, pages);
  const before =
    against &&
    (await readOne({ line: against, repositories: [...places, artifact.source] }, pages));
  return {
    origin: originOf(after),
    platforms: after.image.kind === "known" ? namesOf(after.image.value) : [],
    evidence: foundEvidence(after.evidence, decided.decisions),
    missing: decided.missing,
    size: contentSize(before, after),
    content: before && compareContent(before, after),
    rollback: await wayBack(entering, artifact, pages),
  };
}

function readOne(asked: VersionAsked, { reading, deadline }: Pages): Promise<ReadVersion> {
  return beforeDeadline(
    deadline,
    (signal) => readVersion(asked, reading, signal),
    () => unreadVersion(asked, `${asked.line.version} was not read within ${DEADLINE_WORDS}`),
  );
}

interface Decided {
  readonly decisions: readonly TrustDecision[];
  readonly missing: ArtifactPage["missing"];
}

const UNDECIDED: Decided = { decisions: [], missing: [] };

function decide(
  { line, channel }: EnteringVersion,
  artifact: DesiredArtifact,
  pages: Pages,
): Promise<Decided> {
  const { loaded, now, deadline } = pages;
  const asked = { artifact, line, channel };
  return beforeDeadline(
    deadline,
    async (signal) => {
      const decisions = await decisionsFor(asked, loaded, optionsOf(pages), signal);
      const worst = worstDecision(decisions);
      const missing = worst === undefined ? [] : await missingFor(asked, worst, loaded, now);
      return { decisions, missing };
    },
    () => UNDECIDED,
  );
}

function wayBack(
  entering: EnteringVersion,
  artifact: DesiredArtifact,
  pages: Pages,
): Promise<RollbackReadiness> {
  const { loaded, plan, deadline } = pages;
  return beforeDeadline(
    deadline,
    (signal) => rollbackOf({ entering, artifact, loaded, plan }, optionsOf(pages), signal),
    () => ({ kind: "none", why: `it could not be told within ${DEADLINE_WORDS}` }),
  );
}

function optionsOf({ loaded, reading, now, kept }: Pages): StepsOptions {
  return { desired: loaded.desired, stores: reading.stores, now, kept };
}

function placesIn(artifact: DesiredArtifact, channel: string): readonly Repository[] {
  const places = artifact.places.filter((place) => place.channel === channel);
  return [...new Set(places.map(({ repository }) => repository))];
}

function namesOf({
  platforms,
}: {
  readonly platforms: readonly { readonly platform: string }[];
}): readonly string[] {
  return platforms.map(({ platform }) => platform.slice(0, LONGEST_NAME));
}
