import type { PullRequest, RepositoryRole, TeamMembership } from "#model";
import type { ApprovalFacts, ApprovalQuestion } from "#policy";
import type { Forge, GitTimeline, WholeRequest } from "#scm";
import type { Difference } from "./difference.ts";
import { inScope } from "./difference.ts";
import { askedByIn } from "./standing-branch.ts";

/** What a verdict on a pull request is asked about. */
export interface AskRequest {
  readonly forge: Forge;
  readonly timeline: GitTimeline;
  readonly whole: WholeRequest;
  /** The commit whose files count: what merging gives, or what the merge made. */
  readonly counts: string;
  readonly difference: Difference;
  readonly heldBy?: string | undefined;
  readonly now: Date;
}

/** Makes the question of a verdict: asks the forge for the people on whom it hangs, and no others. */
export async function askAbout(
  request: AskRequest,
  signal: AbortSignal,
): Promise<ApprovalQuestion> {
  const { forge, timeline, counts, difference, now } = request;
  const { pullRequest } = request.whole;
  const [{ neededPeople, standingCommits }, { readOverrides }] = await Promise.all([
    import("#policy"),
    import("#desired"),
  ]);
  const facts = await factsOf(request);
  const paths = inScope(difference.files.map(({ path }) => path));
  const reviewed = await blobsReviewed(timeline, facts, paths);
  const { overrides, diagnostics } = readOverrides(
    pullRequest.body,
    pullRequest.bodyEditedAt ?? pullRequest.createdAt,
  );
  const question: ApprovalQuestion = {
    facts,
    rules: difference.rules,
    files: difference.files,
    // Where no file decides anything, a review means the commit that it is of, and no other.
    standing:
      paths.length === 0
        ? new Set([pullRequest.head.commit])
        : standingCommits(paths, await timeline.blobsAt(counts, paths), reviewed),
    overrides: { asked: overrides, faults: diagnostics },
    heldBy: request.heldBy,
    isMixed: difference.isMixed,
    now,
  };
  const people = await askPeople(forge, neededPeople(question), signal);
  return { ...question, facts: { ...facts, ...people } };
}

async function factsOf({ timeline, whole }: AskRequest): Promise<ApprovalFacts> {
  const { pullRequest, reviews, commits, pushers } = whole;
  const none = { teams: new Map(), roles: new Map() };
  const ours = await requesterOf(pullRequest, timeline);
  return { pullRequest, reviews, commits, pushers, ours, ...none };
}

/** Of a pull request that a bot opened from a branch of ours: who asked for it, by the commit itself. */
async function requesterOf(
  { author, head }: PullRequest,
  timeline: GitTimeline,
): Promise<ApprovalFacts["ours"]> {
  if (author?.kind === "person" || !head.branch.startsWith("waybill/")) return undefined;
  const login = askedByIn(await timeline.message(head.commit));
  if (login === undefined) return { requester: undefined };
  return { requester: { login, id: undefined, kind: login.endsWith("[bot]") ? "bot" : "person" } };
}

/** What the files were at each commit that somebody reviewed; one that the clone does not have is left out. */
async function blobsReviewed(
  timeline: GitTimeline,
  { reviews }: ApprovalFacts,
  paths: readonly string[],
): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
  const commits = new Set(reviews.flatMap(({ commit }) => commit ?? []));
  const found = new Map<string, ReadonlyMap<string, string>>();
  for (const commit of commits) {
    if (await timeline.has([commit])) found.set(commit, await timeline.blobsAt(commit, paths));
  }
  return found;
}

interface Needed {
  readonly teams: readonly { readonly team: string; readonly login: string }[];
  readonly roles: readonly string[];
}

async function askPeople(
  { people }: Forge,
  { teams, roles }: Needed,
  signal: AbortSignal,
): Promise<Pick<ApprovalFacts, "teams" | "roles">> {
  const { loginKey, memberKey } = await import("#policy");
  const members = teams.map(async ({ team, login }): Promise<[string, TeamMembership]> => {
    return [memberKey(team, login), await people.inTeam(team, login, signal)];
  });
  const ranks = roles.map(async (login): Promise<[string, RepositoryRole]> => {
    return [loginKey(login), (await people.role(login, signal)).role];
  });
  return { teams: new Map(await Promise.all(members)), roles: new Map(await Promise.all(ranks)) };
}
