import type { RunRecord } from "#model";
import type { Records } from "#audit";
import type { BranchCommit, GitTimeline } from "#scm";

/** The merges that a run answers for. */
export type MergeRange =
  | {
      readonly kind: "range";
      /** Undefined: it begins with the branch. */
      readonly from: string | undefined;
      readonly to: string;
      /** Oldest first. */
      readonly commits: readonly BranchCommit[];
      readonly notes: readonly string[];
    }
  /** What this commit asked for was applied with a newer one. */
  | { readonly kind: "superseded"; readonly by: string }
  /** Something newer was applied, and without this: doing it now would go back. */
  | { readonly kind: "stale"; readonly by: string };

export interface RangeRequest {
  readonly records: Records;
  readonly timeline: GitTimeline;
  readonly commit: string;
  /** The end of the branch as it is now. */
  readonly tip: string;
  readonly channel: string | undefined;
}

/** No run answers for more merges; what is older than these is not covered, and told. */
const MOST_COMMITS = 100;
/** No record is looked for further back. */
const MOST_HISTORY = 5_000;

/**
 * The range of a run: after the last applied commit, up to this one, on first parents (issue 6 §4). Records only say
 * how far back to look: what they say is compared with git here, and with the forge later.
 */
export async function findRange(request: RangeRequest): Promise<MergeRange> {
  const newer = await newerRecord(request);
  if (newer !== undefined) return newer;
  const { timeline, commit } = request;
  const history = await timeline.firstParents({ from: undefined, to: commit, most: MOST_HISTORY });
  const known = new Set(history.map((each) => each.commit));
  const own = applied(request, commit).find(({ range }) => isKnown(range?.from, known));
  const last = history.slice(1).find((each) => applied(request, each.commit).length > 0);
  if (own === undefined && last === undefined) return withoutRecord(commit, history);
  const from = own === undefined ? last?.commit : own.range?.from;
  const end = history.findIndex((each) => each.commit === from);
  const all = history.slice(0, end < 0 ? history.length : end);
  const commits = all.slice(0, MOST_COMMITS).toReversed();
  const notes =
    commits.length < all.length
      ? [`${all.length - commits.length} older merges since the last apply are not looked at.`]
      : [];
  return { kind: "range", from: commits[0]?.before, to: commit, commits, notes };
}

function isKnown(commit: string | undefined, known: ReadonlySet<string>): boolean {
  return commit === undefined || known.has(commit);
}

function withoutRecord(commit: string, history: readonly BranchCommit[]): MergeRange {
  const [own = { commit, before: undefined }] = history;
  const notes = [
    "No record says what was applied last: this commit's own changes are looked at, and no older ones.",
  ];
  return { kind: "range", from: own.before, to: commit, commits: [own], notes };
}

/** Records of runs that answered for merges, in this run's channel. */
function applied(
  { records, channel }: Pick<RangeRequest, "records" | "channel">,
  commit: string,
): readonly RunRecord[] {
  return (records.get(commit) ?? []).filter(
    (record) =>
      record.range?.to === commit && (record.channel === undefined || record.channel === channel),
  );
}

/** Whether a newer commit of the branch was applied, and whether that run answered for this one too. */
async function newerRecord(request: RangeRequest): Promise<MergeRange | undefined> {
  const { timeline, commit, tip } = request;
  if (tip === commit) return undefined;
  const after = await timeline.firstParents({ from: commit, to: tip, most: MOST_HISTORY });
  const newest = after.find((each) => applied(request, each.commit).length > 0);
  if (newest === undefined) return undefined;
  const own = applied(request, commit).length > 0;
  for (const each of after) {
    for (const { range } of applied(request, each.commit)) {
      const from = range?.from;
      const covers =
        from === undefined || (from !== commit && (await timeline.isAncestor(from, commit)));
      if (covers && !own) return { kind: "superseded", by: each.commit };
    }
  }
  return { kind: "stale", by: newest.commit };
}
