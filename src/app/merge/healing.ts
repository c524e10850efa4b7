import type { Records } from "#audit";
import type { Action, CommitRange, RecordedKey, RunRecord } from "#model";
import type { GitTimeline } from "#scm";

/** No more of the past is asked about, in one run. */
const MOST_RANGES = 5;
const MOST_HISTORY = 1_000;

export interface HealingRequest {
  readonly records: Records;
  readonly timeline: GitTimeline;
  readonly commit: string;
  readonly channel: string | undefined;
  /** What no merge of this range asks for. */
  readonly actions: readonly Action[];
}

/**
 * The ranges of runs that left some of these actions undone (issue 6 §4, healing): newest first. A run that did one
 * since ends the search for it, so that what changed by itself later is not taken for unfinished. What is found only says
 * which merges to ask about: whether they cover anything is git's word and the forge's.
 */
export async function unfinishedRanges(request: HealingRequest): Promise<readonly CommitRange[]> {
  const { timeline, commit, actions } = request;
  const open = new Map(actions.map((action) => [nameOf(action), action]));
  const found: CommitRange[] = [];
  const history = await timeline.firstParents({ from: undefined, to: commit, most: MOST_HISTORY });
  for (const each of history) {
    if (open.size === 0 || found.length >= MOST_RANGES) break;
    for (const { range, outcomes } of recordsAt(request, each.commit)) {
      const mentioned = outcomes.filter(({ key }) => open.has(nameOf(key)));
      const left = mentioned.some(({ status }) => status !== "done");
      if (left || outcomes.some(({ key }) => couldBe(key, open))) found.push(range);
      for (const { key, status } of mentioned) if (status === "done") open.delete(nameOf(key));
    }
  }
  return found;
}

type Ranged = RunRecord & { readonly range: CommitRange };

/** Records of runs that answered for merges up to this commit, newest first. */
function recordsAt({ records, channel }: HealingRequest, commit: string): readonly Ranged[] {
  return (records.get(commit) ?? [])
    .filter((record): record is Ranged => record.range?.to === commit)
    .filter((record) => record.channel === undefined || record.channel === channel)
    .toReversed();
}

/** A run could not tell what a place holds, and so named none of its actions: these may be what it left. */
function couldBe(key: RecordedKey, open: ReadonlyMap<string, Action>): boolean {
  if (key.op !== null) return false;
  return [...open.values()].some(
    ({ artifact, version, channel, site }) =>
      key.artifact === artifact &&
      (key.version ?? version) === version &&
      (key.channel ?? channel) === channel &&
      (key.site ?? site) === site,
  );
}

/** What an action is, whatever its tag named when somebody looked. */
function nameOf({ op, artifact, version, digest, channel, site, to, tag }: RecordedKey): string {
  return JSON.stringify([op, artifact, version, digest, channel, site, to, tag]);
}
