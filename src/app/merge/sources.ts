import type { Change, CountedApproval, Override, PullRequest } from "#model";
import type { ChangeSource, DirectCommit, MergedRequest } from "#policy";
import type { BranchCommit, Comment } from "#scm";
import { askAbout } from "../pr/ask-about.ts";
import { differenceBetween } from "../pr/difference.ts";
import { heldBy } from "../pr/held-by.ts";
import type { Workplace } from "../pr/open-request.ts";
import { reapprovedIn } from "../pr/reapproved.ts";

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

/** Where a part of a range came from, and the commits on the branch that it is. */
interface Origin {
  readonly pullRequest: PullRequest | undefined;
  readonly before: string | undefined;
  readonly after: string;
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

/** Takes commits of one pull request together: a rebase brings several. */
async function originsOf(
  { place, commits, branch }: SourcesRequest,
  signal: AbortSignal,
): Promise<readonly Origin[]> {
  const groups: { readonly number: number | undefined; readonly part: BranchCommit[] }[] = [];
  for (const each of commits) {
    const number = await numberOf({ place, commit: each.commit, branch }, signal);
    const last = groups.at(-1);
    if (number !== undefined && last?.number === number) last.part.push(each);
    else groups.push({ number, part: [each] });
  }
  const origins: Origin[] = [];
  for (const { number, part } of groups) {
    const pullRequest =
      number === undefined ? undefined : await place.forge.pullRequests.get(number, signal);
    origins.push(...originOf(pullRequest, part));
  }
  return origins;
}

/** Only where the forge says that the last of these commits is what merging made; else each came by itself. */
function originOf(
  pullRequest: PullRequest | undefined,
  part: readonly BranchCommit[],
): readonly Origin[] {
  const [first, last] = [part[0], part.at(-1)];
  if (pullRequest !== undefined && last !== undefined && pullRequest.mergeCommit === last.commit)
    return [{ pullRequest, before: first?.before, after: last.commit }];
  return part.map(({ commit, before }) => ({ pullRequest: undefined, before, after: commit }));
}

interface CommitAt {
  readonly place: Workplace;
  readonly commit: string;
  readonly branch: string;
}

/** The pull request of this repository, merged into this branch, that a commit came in by. */
async function numberOf(
  { place: { forge }, commit, branch }: CommitAt,
  signal: AbortSignal,
): Promise<number | undefined> {
  const found = await forge.pullRequests.ofCommit(commit, signal);
  return found.find(
    ({ state, base }) =>
      state === "merged" &&
      base.branch === branch &&
      base.repository.toLowerCase() === forge.repository.toLowerCase(),
  )?.number;
}

async function sourceOf(
  request: SourcesRequest,
  origin: Origin,
  signal: AbortSignal,
): Promise<SourceOf> {
  const { place, isEarlier, now } = request;
  const { git, timeline } = place;
  const { before, after, pullRequest } = origin;
  const difference = await differenceBetween({ git, timeline, before, after, now });
  if (pullRequest === undefined) {
    const { rules, files, changes } = difference;
    const source: DirectCommit = {
      kind: "commit",
      commit: after,
      rules,
      files,
      changes,
      isEarlier,
    };
    return { ...origin, source, approvals: [], overrides: [] };
  }
  const head = pullRequest.head.commit;
  if (!(await timeline.has([head]))) await place.bring([`refs/pull/${pullRequest.number}/head`]);
  const again = reapprovedIn(await timeline.message(head), difference);
  const meant = again ?? difference;
  const comments = await place.forge.comments.list(pullRequest.number, signal);
  const asked = {
    forge: place.forge,
    timeline,
    pullRequest,
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
  return { ...origin, source, approvals, overrides, comments };
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
