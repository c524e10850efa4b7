import type { Account } from "#model";
import type { Issue, Issues } from "../forge.ts";
import type { GitHubClient } from "./client.ts";
import { createOnce } from "./once.ts";
import { allPages } from "./pages.ts";

/** Issues of one repository; `me` is the account whose issues are ours. */
export function issuesOf(
  client: GitHubClient,
  me: (signal: AbortSignal) => Promise<Account>,
): Issues {
  async function find(marker: string, signal: AbortSignal): Promise<Issue | undefined> {
    return findBy(client, { marker, author: await me(signal) }, signal);
  }
  return {
    find,
    create: (issue, signal) =>
      createOnce(
        () => create(client, issue, signal),
        () => find(firstLine(issue.body), signal),
      ),
    update: async (number, change, signal) => {
      const { title, body, open } = change;
      await client.call(
        { to: `update issue ${number}`, right: "issues: write" },
        (octokit, request, repository) =>
          octokit.rest.issues.update({
            ...repository,
            issue_number: number,
            ...(title !== undefined && { title }),
            ...(body !== undefined && { body }),
            ...(open !== undefined && { state: open ? ("open" as const) : ("closed" as const) }),
            request,
          }),
        signal,
      );
    },
  };
}

interface Search {
  readonly marker: string;
  readonly author: Account;
}

/** Anybody can write our marker into an issue of theirs, so the author has to be ours as well. */
function findBy(
  client: GitHubClient,
  { marker, author }: Search,
  signal: AbortSignal,
): Promise<Issue | undefined> {
  const ask = { to: "look for the failure issue", right: "issues: read" };
  return client.call(
    ask,
    async (octokit, request, repository) => {
      const order = { state: "all", sort: "created", direction: "asc" } as const;
      const fields = { ...repository, creator: author.login, ...order, request };
      const listed = await allPages({ what: "issues", atMost: 20 }, (at) =>
        octokit.rest.issues.listForRepo({ ...fields, ...at }),
      );
      const found = listed.find(
        (issue) =>
          issue.pull_request === undefined &&
          issue.user?.login === author.login &&
          firstLine(issue.body ?? "") === marker,
      );
      return found && fromRest(found);
    },
    signal,
  );
}

function create(
  client: GitHubClient,
  { title, body }: { readonly title: string; readonly body: string },
  signal: AbortSignal,
): Promise<Issue> {
  return client.call(
    { to: "open the failure issue", right: "issues: write", once: true },
    async (octokit, request, repository) =>
      fromRest((await octokit.rest.issues.create({ ...repository, title, body, request })).data),
    signal,
  );
}

interface RestIssue {
  readonly number: number;
  readonly html_url: string;
  readonly state: string;
  readonly title: string;
  readonly body?: string | null;
}

function fromRest(issue: RestIssue): Issue {
  const { number, html_url: url, title } = issue;
  return { number, url, title, open: issue.state === "open", body: issue.body ?? "" };
}

function firstLine(text: string): string {
  return (text.split("\n", 1)[0] ?? "").trimEnd();
}
