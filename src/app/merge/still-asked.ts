import type { Change } from "#model";
import type { BranchCommit } from "#scm";
import { differenceBetween } from "../pr/difference.ts";
import type { Workplace } from "../pr/open-request.ts";
import type { SourceOf } from "./sources.ts";

/** Merges of older ranges, and the range that comes after them. */
export interface StillAskedRequest {
  readonly place: Workplace;
  /** Oldest first. */
  readonly earlier: readonly SourceOf[];
  readonly sources: readonly SourceOf[];
  /** Where the range begins. */
  readonly from: string | undefined;
  readonly now: Date;
}

/** No more of the past is looked at. */
const MOST_HISTORY = 1_000;

/**
 * Older merges without what was taken back since and asked for again by somebody else: what they left unfinished is then
 * the later one's, with its own approvals (issue 6 §4, healing). What came between is read from git alone.
 */
export async function stillAsked(request: StillAskedRequest): Promise<readonly SourceOf[]> {
  const { earlier, sources, place } = request;
  const [{ withoutUndone }, history] = await Promise.all([import("#policy"), passed(request)]);
  const known = new Map(earlier.map(({ source, after }) => [after, source.changes]));
  for (const { commit, before } of history.touching) {
    if (known.has(commit)) continue;
    const asked = { git: place.git, timeline: place.timeline, before, after: commit };
    known.set(commit, (await differenceBetween({ ...asked, now: request.now })).changes);
  }
  const older = history.all.map(({ commit }) => commit).filter((commit) => known.has(commit));
  const lists = older.map((commit) => known.get(commit) ?? []);
  const kept = withoutUndone([...lists, ...sources.map(({ source }) => source.changes)]);
  const standing = new Map<string, readonly Change[]>(
    older.map((commit, index) => [commit, kept[index] ?? []]),
  );
  return earlier.map((each) => ({
    ...each,
    source: { ...each.source, changes: standing.get(each.after) ?? [] },
  }));
}

/** From the first of these merges on, oldest first; and what of it changed the same artifacts' files. */
async function passed({ place, earlier, from }: StillAskedRequest): Promise<Passed> {
  const [first] = earlier;
  if (first === undefined || from === undefined) return { all: [], touching: [] };
  const artifacts = earlier.flatMap(({ source }) => source.changes.map(({ artifact }) => artifact));
  const files = [...new Set(artifacts)].map((artifact) => `promotions/${artifact}.yaml`);
  const range = { from: first.before, to: from, most: MOST_HISTORY };
  const paths = [...files, "images", "manifests"];
  const [all, touching] = await Promise.all([
    place.timeline.firstParents(range),
    place.timeline.firstParents({ ...range, paths }),
  ]);
  return { all: all.toReversed(), touching };
}

interface Passed {
  readonly all: readonly BranchCommit[];
  readonly touching: readonly BranchCommit[];
}

/** Where a run stands, and the end of its branch. */
export interface LateRequest {
  readonly place: Workplace;
  readonly commit: string;
  readonly tip: string;
  readonly now: Date;
}

/**
 * Merges without what the branch says otherwise by now. A run that waited for its reviewer, or that somebody starts again,
 * brings nothing back that was taken out meanwhile; git says so, whatever records say or do not.
 */
export async function stillAtTip(
  { place: { git, timeline }, commit, tip, now }: LateRequest,
  sources: readonly SourceOf[],
): Promise<readonly SourceOf[]> {
  if (commit === tip || sources.length === 0) return sources;
  const { withoutContradicted } = await import("#policy");
  const later = await differenceBetween({ git, timeline, before: commit, after: tip, now });
  return sources.map((each) => {
    const changes = withoutContradicted(each.source.changes, later.changes);
    return { ...each, source: { ...each.source, changes } };
  });
}
