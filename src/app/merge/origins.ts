import type { BranchCommit, CommitPullRequest, WholeRequest } from "#scm";
import type { Workplace } from "../pr/open-request.ts";

/** Which part of the branch to look at. */
export interface OriginsRequest {
  readonly place: Workplace;
  /** On first parents, oldest first. */
  readonly commits: readonly BranchCommit[];
  /** The branch that was merged into. */
  readonly branch: string;
}

/** Where a part of a range came from, and the commits on the branch that it is. */
export interface Origin {
  readonly whole: WholeRequest | undefined;
  readonly before: string | undefined;
  readonly after: string;
}

interface Group {
  readonly number: number | undefined;
  /** Oldest first. */
  readonly part: readonly BranchCommit[];
}

type Found = ReadonlyMap<string, readonly CommitPullRequest[]>;

/** Takes commits of one pull request together: a rebase brings several. */
export async function originsOf(
  request: OriginsRequest,
  signal: AbortSignal,
): Promise<readonly Origin[]> {
  const { pullRequests } = request.place.forge;
  const found = await pullRequests.ofCommits(
    request.commits.map(({ commit }) => commit),
    signal,
  );
  const groups = grouped(request, found);
  const numbers = groups.flatMap(({ number }) => number ?? []);
  const whole = await pullRequests.whole(numbers, signal);
  const origins: Origin[] = [];
  const taken = new Set<string>();
  // The newest first: what begins earlier than it seems takes its commits from those before it.
  for (const { number, part } of groups.toReversed()) {
    const left = part.filter(({ commit }) => !taken.has(commit));
    const pull = whole.get(number ?? 0);
    const isMerge = pull !== undefined && pull.pullRequest.mergeCommit === left.at(-1)?.commit;
    const older = isMerge ? await beginningOf(request, { pull, part: left, found }, signal) : [];
    for (const { commit } of older) taken.add(commit);
    origins.unshift(...originOf(isMerge ? pull : undefined, [...older, ...left]));
  }
  return origins;
}

function grouped({ place, commits, branch }: OriginsRequest, found: Found): readonly Group[] {
  const groups: { readonly number: number | undefined; readonly part: BranchCommit[] }[] = [];
  for (const each of commits) {
    const number = mergedInto(place.forge.repository, branch, found.get(each.commit) ?? []);
    const last = groups.at(-1);
    if (number !== undefined && last?.number === number) last.part.push(each);
    else groups.push({ number, part: [each] });
  }
  return groups;
}

interface Cut {
  readonly pull: WholeRequest;
  readonly part: readonly BranchCommit[];
  readonly found: Found;
}

/**
 * The commits of a rebase that came before these, oldest first, whatever the range and the forge say of them: what a pull
 * request grants itself in its first commit is nobody's rule for its second. A rebase keeps the words of its commits.
 */
async function beginningOf(
  { place, branch }: OriginsRequest,
  { pull: { pullRequest, commits }, part, found }: Cut,
  signal: AbortSignal,
): Promise<readonly BranchCommit[]> {
  const { forge, git, timeline } = place;
  const [first, last] = [part[0], part.at(-1)];
  const most = commits.length - part.length;
  if (first?.before === undefined || last === undefined || most <= 0) return [];
  if ((await git.resolve(`${last.commit}^2`)) !== undefined) return [];
  if (!(await timeline.has([pullRequest.head.commit])))
    await place.bring([`refs/pull/${pullRequest.number}/head`]);
  const said = await Promise.all(commits.map(({ commit }) => wordsOf(place, commit)));
  const own: BranchCommit[] = [];
  for (const each of await timeline.firstParents({ from: undefined, to: first.before, most })) {
    if (!said.includes(await wordsOf(place, each.commit))) break;
    const names = found.get(each.commit) ?? (await asked(each.commit));
    const number = mergedInto(forge.repository, branch, names);
    if ((number ?? pullRequest.number) !== pullRequest.number) break;
    own.unshift(each);
  }
  return own;

  async function asked(commit: string): Promise<readonly CommitPullRequest[]> {
    return (await forge.pullRequests.ofCommits([commit], signal)).get(commit) ?? [];
  }
}

async function wordsOf({ timeline }: Workplace, commit: string): Promise<string> {
  return (await timeline.message(commit)).trim();
}

/** Only where the forge says that the last of these commits is what merging made; else each came by itself. */
function originOf(
  whole: WholeRequest | undefined,
  part: readonly BranchCommit[],
): readonly Origin[] {
  const [first, last] = [part[0], part.at(-1)];
  if (last !== undefined && whole !== undefined)
    return [{ whole, before: first?.before, after: last.commit }];
  return part.map(({ commit, before }) => ({ whole: undefined, before, after: commit }));
}

/** The pull request of this repository, merged into this branch, that a commit came in by. */
function mergedInto(
  repository: string,
  branch: string,
  found: readonly CommitPullRequest[],
): number | undefined {
  return found.find(
    ({ state, base }) =>
      state === "merged" &&
      base.branch === branch &&
      base.repository.toLowerCase() === repository.toLowerCase(),
  )?.number;
}
