import type { Change, CountedApproval, Override, PullRequest } from "#model";
import type { ChangeSource, DirectCommit, MergedRequest } from "#policy";
import type { BranchCommit, Comment } from "#scm";
import { askAbout } from "../pr/ask-about.ts";
import { differenceBetween } from "../pr/difference.ts";
import { heldBy } from "../pr/held-by.ts";
import type { Workplace } from "../pr/open-request.ts";
import { reapprovedIn } from "../pr/reapproved.ts";
import { originsOf, type Origin } from "./origins.ts";

/** Which merges to resolve. */
export interface SourcesRequest {
  readonly place: Workplace;
  /** On first parents, oldest first. */
  readonly commits: readonly BranchCommit[];
  /** The branch that was merged into. */
  readonly branch: string;
  /** They were applied before, and something of them was left undone. */
  readonly isEarlier: boolean;
  readonly now: Date;
}

/** A change of the branch with where it came from. */
export interface SourceOf {
  readonly source: ChangeSource;
  /** What counted, and what it lifted. */
  readonly approvals: readonly CountedApproval[];
  readonly overrides: readonly Override[];
  readonly pullRequest: PullRequest | undefined;
  /** Of the pull request, as they were when it was resolved. */
  readonly comments?: readonly Comment[];
  readonly before: string | undefined;
  readonly after: string;
}

/** Resolves every merge of a range: what it changed, and who approved that (issue 6 §4). */
export async function resolveSources(
  request: SourcesRequest,
  signal: AbortSignal,
): Promise<readonly SourceOf[]> {
  const origins = await originsOf(request, signal);
  const found: SourceOf[] = [];
  for (const origin of origins) found.push(await sourceOf(request, origin, signal));
  return found;
}

async function sourceOf(
  request: SourcesRequest,
  origin: Origin,
  signal: AbortSignal,
): Promise<SourceOf> {
  const { place, isEarlier, now } = request;
  const { git, timeline } = place;
  const { before, after, whole } = origin;
  const difference = await differenceBetween({ git, timeline, before, after, now });
  if (whole === undefined) {
    const { rules, files, changes } = difference;
    const source: DirectCommit = {
      kind: "commit",
      commit: after,
      rules,
      files,
      changes,
      isEarlier,
    };
    return { source, approvals: [], overrides: [], pullRequest: undefined, before, after };
  }
  const { pullRequest, comments } = whole;
  const head = pullRequest.head.commit;
  if (!(await timeline.has([head]))) await place.bring([`refs/pull/${pullRequest.number}/head`]);
  const again = reapprovedIn(await timeline.message(head), difference);
  const meant = again ?? difference;
  const asked = {
    forge: place.forge,
    timeline,
    whole,
    counts: after,
    difference: meant,
    heldBy: await heldBy(place.forge, comments, signal),
    now,
  };
  const question = await askAbout(asked, signal);
  const source: MergedRequest = {
    kind: "pull-request",
    number: pullRequest.number,
    question,
    changes: meant.changes,
    reviewed: again
      ? new Map([[head, again.changes]])
      : await reviewedChanges(request, origin, question.standing),
    statements: [],
    isEarlier,
  };
  const { approvalVerdict } = await import("#policy");
  const { approvals, overrides } = approvalVerdict(question);
  return { source, approvals, overrides, pullRequest, comments, before, after };
}

/** What the files asked for at each commit that somebody reviewed and whose files are those that were merged. */
async function reviewedChanges(
  { place: { git, timeline }, now }: SourcesRequest,
  { before }: Origin,
  standing: ReadonlySet<string>,
): Promise<ReadonlyMap<string, readonly Change[]>> {
  const found = new Map<string, readonly Change[]>();
  for (const commit of standing) {
    const base = before === undefined ? undefined : await timeline.mergeBase(before, commit);
    const reviewed = { git, timeline, before: base, after: commit, now };
    found.set(commit, (await differenceBetween(reviewed)).changes);
  }
  return found;
}
