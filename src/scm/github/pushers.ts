import type { Account, PullRequest, Pushers } from "#model";
import { ForgeError } from "../forge-error.ts";
import { restAccount } from "./accounts.ts";
import type { GitHubClient } from "./client.ts";
import { pagesOf, type Page, type PageAt } from "./pages.ts";

const PAGES_AT_MOST = 3;

interface Activity {
  readonly ref: string;
  readonly after: string;
  readonly activity_type: string;
  readonly actor: Parameters<typeof restAccount>[0];
}

/**
 * Who pushed to the head branch, from the activity of the repository that holds it, back to the branch's creation. It is
 * only known where the newest entry is the head itself and nobody in it is nameless: a list that lags or ends early
 * would let a pusher approve (issue 6 §3).
 */
async function pushersOf(
  client: GitHubClient,
  pullRequest: PullRequest,
  signal: AbortSignal,
): Promise<Pushers> {
  const { head } = pullRequest;
  if (head.repository === undefined) return unknown("the repository of the head is gone");
  try {
    return read(await activitiesOf(client, head, signal), head.commit);
  } catch (error) {
    if (isHidden(error)) {
      return unknown(`the token may not read the activity of ${head.repository}`);
    }
    throw error;
  }
}

/** Pull requests of one repository, from where one listing of all its branches costs less than one of each. */
const WORTH_A_LISTING = 3;

/**
 * Who pushed to each of several head branches. Where there are some, the newest activity of the whole repository is read
 * first, which tells of most branches at once; a branch that it does not tell from its creation on is asked for by itself.
 */
export async function pushersOfAll(
  client: GitHubClient,
  pullRequests: readonly PullRequest[],
  signal: AbortSignal,
): Promise<ReadonlyMap<number, Pushers>> {
  const here = `${client.owner}/${client.name}`.toLowerCase();
  const own = pullRequests.filter(({ head }) => head.repository?.toLowerCase() === here);
  const told =
    own.length < WORTH_A_LISTING
      ? new Map<string, readonly Activity[]>()
      : await recentByBranch(client, own, signal);
  const found = new Map<number, Pushers>();
  for (const pullRequest of pullRequests) {
    const { number, head } = pullRequest;
    const listed = own.includes(pullRequest) ? told.get(refOf(head)) : undefined;
    const known = listed === undefined ? undefined : read(listed, head.commit);
    found.set(
      number,
      known?.kind === "known" ? known : await pushersOf(client, pullRequest, signal),
    );
  }
  return found;
}

/** The newest activity of branches; none where the token may not read it, which each branch's own question tells. */
async function recentByBranch(
  client: GitHubClient,
  pullRequests: readonly PullRequest[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly Activity[]>> {
  const wanted = new Set(pullRequests.map(({ head }) => refOf(head)));
  const { owner, name: repo } = client;
  const ask = { to: "read who pushed lately", right: "contents: read" };
  try {
    const found = await client.call(
      ask,
      (octokit, request) =>
        upToCreation(
          (at) => octokit.rest.repos.listActivities({ owner, repo, request, ...at }),
          wanted,
        ),
      signal,
    );
    return Map.groupBy(found, ({ ref }) => ref);
  } catch (error) {
    if (isHidden(error)) return new Map();
    throw error;
  }
}

function isHidden(error: unknown): boolean {
  return error instanceof ForgeError && (error.code === "forbidden" || error.code === "not-found");
}

async function activitiesOf(
  client: GitHubClient,
  head: PullRequest["head"],
  signal: AbortSignal,
): Promise<readonly Activity[]> {
  const [owner = "", repo = ""] = (head.repository ?? "").split("/");
  const ask = { to: `read who pushed to ${head.branch}`, right: "contents: read" };
  return client.call(
    ask,
    (octokit, request) => {
      const fields = { owner, repo, ref: refOf(head), request };
      return upToCreation(
        (at) => octokit.rest.repos.listActivities({ ...fields, ...at }),
        new Set([refOf(head)]),
      );
    },
    signal,
  );
}

/** The newest activity, back to the creation of the last of these branches or as far as is read. */
async function upToCreation(
  read: (at: PageAt) => Promise<Page<Activity>>,
  refs: ReadonlySet<string>,
): Promise<readonly Activity[]> {
  const found: Activity[] = [];
  let open = refs;
  let count = 0;
  for await (const page of pagesOf(read)) {
    found.push(...page.data);
    count += 1;
    open = open.difference(new Set(page.data.filter(isCreation).map(({ ref }) => ref)));
    if (count >= PAGES_AT_MOST || open.size === 0) break;
  }
  return found;
}

function refOf({ branch }: PullRequest["head"]): string {
  return `refs/heads/${branch}`;
}

function read(activities: readonly Activity[], head: string): Pushers {
  const start = activities.findIndex(({ activity_type: type }) => type !== "branch_deletion");
  const end = activities.findIndex(isCreation);
  if (start === -1 || activities[start]?.after !== head) {
    return unknown("the activity of the branch does not tell of its head");
  }
  if (end === -1) return unknown("the activity of the branch does not reach back to its creation");
  const actors = activities.slice(start, end + 1).map(({ actor }) => restAccount(actor));
  if (actors.includes(undefined)) return unknown("an account that pushed is gone");
  const accounts = new Map<string, Account>();
  for (const actor of actors) if (actor !== undefined) accounts.set(actor.login, actor);
  return { kind: "known", accounts: [...accounts.values()] };
}

function isCreation({ activity_type: type }: Activity): boolean {
  return type === "branch_creation";
}

function unknown(reason: string): Pushers {
  return { kind: "unknown", reason };
}
