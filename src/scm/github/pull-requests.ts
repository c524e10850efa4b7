import type { PullRequest } from "#model";
import type { NewPullRequest, PullRequestChange, PullRequestLink, PullRequests } from "../forge.ts";
import type { GitHubClient } from "./client.ts";
import { DOCUMENTS } from "./documents.ts";
import { graphRequest, type GraphPullRequest } from "./graph-request.ts";
import { createOnce } from "./once.ts";
import { PAGE_ENTRIES } from "./pages.ts";
import { originsOf, wholeRequests } from "./whole-requests.ts";

/** Pull requests of one repository. */
export function pullRequestsOf(client: GitHubClient): PullRequests {
  return {
    get: (number, signal) => get(client, number, signal),
    ofCommits: (commits, signal) => originsOf(client, commits, signal),
    whole: (numbers, signal) => wholeRequests(client, numbers, signal),
    openFrom: (branch, base, signal) => openFrom(client, { branch, base }, signal),
    create: (draft, signal) => create(client, draft, signal),
    update: (number, change, signal) => update(client, { number, change }, signal),
  };
}

interface PullRequestAnswer {
  readonly repository: { readonly pullRequest: GraphPullRequest | null } | null;
}

/** By GraphQL: REST tells neither when the body was last edited nor, in time to come, the merge commit. */
async function get(
  client: GitHubClient,
  number: number,
  signal: AbortSignal,
): Promise<PullRequest | undefined> {
  const { owner, name } = client;
  const ask = { to: `read pull request ${number}`, right: "pull-requests: read" };
  const query = { document: DOCUMENTS.pullRequest, variables: { owner, name, number } };
  const answer = await client.graphql<PullRequestAnswer>(ask, query, signal);
  const found = answer.repository?.pullRequest;
  return found ? graphRequest(found) : undefined;
}

interface OpenFrom {
  readonly branch: string;
  readonly base: string | undefined;
}

function openFrom(
  client: GitHubClient,
  { branch, base }: OpenFrom,
  signal: AbortSignal,
): Promise<PullRequestLink | undefined> {
  const ask = { to: `look for a pull request from ${branch}`, right: "pull-requests: read" };
  return client.call(
    ask,
    async (octokit, request, repository) => {
      const found = await octokit.rest.pulls.list({
        ...repository,
        head: `${client.owner}:${branch}`,
        ...(base !== undefined && { base }),
        state: "open",
        per_page: PAGE_ENTRIES,
        request,
      });
      // A head that GitHub cannot read as OWNER:BRANCH filters nothing.
      const [open] = found.data.filter((pull) => pull.head.ref === branch);
      return open === undefined ? undefined : linkOf(open);
    },
    signal,
  );
}

interface RestPullRequest {
  readonly number: number;
  readonly html_url: string;
  readonly title: string;
  readonly body: string | null;
  readonly head: { readonly sha: string };
}

function linkOf(pull: RestPullRequest): PullRequestLink {
  const { number, html_url: url, title, body, head } = pull;
  return { number, url, title, body: body ?? "", head: head.sha };
}

/** One branch has one open pull request into one base, so the one that is there is the one we made. */
function create(
  client: GitHubClient,
  draft: NewPullRequest,
  signal: AbortSignal,
): Promise<PullRequestLink> {
  const { branch, base, title, body } = draft;
  const ask = {
    to: `open a pull request from ${branch}`,
    right: "pull-requests: write",
    once: true,
  } as const;
  return createOnce(
    () =>
      client.call(
        ask,
        async (octokit, request, repository) => {
          const fields = { title, body, head: branch, base };
          const made = await octokit.rest.pulls.create({ ...repository, ...fields, request });
          return linkOf(made.data);
        },
        signal,
      ),
    () => openFrom(client, { branch, base }, signal),
  );
}

interface Update {
  readonly number: number;
  readonly change: PullRequestChange;
}

async function update(
  client: GitHubClient,
  { number, change }: Update,
  signal: AbortSignal,
): Promise<void> {
  const ask = { to: `update pull request ${number}`, right: "pull-requests: write" };
  await client.call(
    ask,
    (octokit, request, repository) =>
      octokit.rest.pulls.update({ ...repository, pull_number: number, ...change, request }),
    signal,
  );
}
