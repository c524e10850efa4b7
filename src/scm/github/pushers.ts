import type { Account, PullRequest, Pushers } from "#model";
import { ForgeError } from "../forge-error.ts";
import { restAccount } from "./accounts.ts";
import type { GitHubClient } from "./client.ts";
import { pagesOf } from "./pages.ts";

const PAGES_AT_MOST = 3;

interface Activity {
  readonly after: string;
  readonly activity_type: string;
  readonly actor: Parameters<typeof restAccount>[0];
}

/**
 * Who pushed to the head branch, from the activity of the repository that holds it, back to the branch's creation. It is
 * only known where the newest entry is the head itself and nobody in it is nameless: a list that lags or ends early
 * would let a pusher approve (issue 6 §3).
 */
export async function pushersOf(
  client: GitHubClient,
  pullRequest: PullRequest,
  signal: AbortSignal,
): Promise<Pushers> {
  const { head } = pullRequest;
  if (head.repository === undefined) return unknown("the repository of the head is gone");
  try {
    return read(await activities(client, head, signal), head.commit);
  } catch (error) {
    if (error instanceof ForgeError && (error.code === "forbidden" || error.code === "not-found")) {
      return unknown(`the token may not read the activity of ${head.repository}`);
    }
    throw error;
  }
}

async function activities(
  client: GitHubClient,
  head: PullRequest["head"],
  signal: AbortSignal,
): Promise<readonly Activity[]> {
  const [owner = "", repo = ""] = (head.repository ?? "").split("/");
  const ask = { to: `read who pushed to ${head.branch}`, right: "contents: read" };
  return client.call(
    ask,
    async (octokit, request) => {
      const found: Activity[] = [];
      const fields = { owner, repo, ref: `refs/heads/${head.branch}`, request };
      const pages = pagesOf((at) => octokit.rest.repos.listActivities({ ...fields, ...at }));
      let count = 0;
      for await (const page of pages) {
        found.push(...page.data);
        count += 1;
        if (count >= PAGES_AT_MOST || page.data.some(isCreation)) break;
      }
      return found;
    },
    signal,
  );
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
