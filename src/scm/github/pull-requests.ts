import type { PullRequest, Review } from "#model";
import type {
  CommitPullRequest,
  NewPullRequest,
  PullRequestChange,
  PullRequestLink,
  PullRequests,
} from "../forge.ts";
import { graphAccount, restAccount, type GraphAccount } from "./accounts.ts";
import type { GitHubClient } from "./client.ts";
import { DOCUMENTS } from "./documents.ts";
import { createOnce } from "./once.ts";
import { allPages, PAGE_ENTRIES } from "./pages.ts";
import { commitsOf } from "./commits.ts";
import { pushersOf } from "./pushers.ts";

/** Pull requests of one repository. */
export function pullRequestsOf(client: GitHubClient): PullRequests {
  return {
    get: (number, signal) => get(client, number, signal),
    reviews: (number, signal) => reviews(client, number, signal),
    commits: (number, signal) => commitsOf(client, number, signal),
    pushers: (pullRequest, signal) => pushersOf(client, pullRequest, signal),
    ofCommit: (commit, signal) => ofCommit(client, commit, signal),
    openFrom: (branch, base, signal) => openFrom(client, { branch, base }, signal),
    create: (draft, signal) => create(client, draft, signal),
    update: (number, change, signal) => update(client, { number, change }, signal),
  };
}

interface GraphPullRequest {
  readonly number: number;
  readonly url: string;
  readonly state: "OPEN" | "CLOSED" | "MERGED";
  readonly isDraft: boolean;
  readonly title: string;
  readonly body: string;
  readonly lastEditedAt: string | null;
  readonly createdAt: string;
  readonly mergedAt: string | null;
  readonly author: GraphAccount | null;
  readonly mergedBy: GraphAccount | null;
  readonly mergeCommit: { readonly oid: string } | null;
  readonly headRefName: string;
  readonly headRefOid: string;
  readonly headRepository: { readonly nameWithOwner: string } | null;
  readonly baseRefName: string;
  readonly baseRefOid: string;
  readonly baseRepository: { readonly nameWithOwner: string } | null;
}

interface PullRequestAnswer {
  readonly repository: { readonly pullRequest: GraphPullRequest | null } | null;
}

const STATES = { OPEN: "open", CLOSED: "closed", MERGED: "merged" } as const;

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
  return found ? fromGraph(found) : undefined;
}

function fromGraph(found: GraphPullRequest): PullRequest {
  return {
    number: found.number,
    url: found.url,
    state: STATES[found.state],
    draft: found.isDraft,
    title: found.title,
    body: found.body,
    bodyEditedAt: found.lastEditedAt ?? undefined,
    author: graphAccount(found.author),
    head: {
      branch: found.headRefName,
      commit: found.headRefOid,
      repository: found.headRepository?.nameWithOwner,
    },
    base: {
      branch: found.baseRefName,
      commit: found.baseRefOid,
      repository: found.baseRepository?.nameWithOwner,
    },
    createdAt: found.createdAt,
    mergedAt: found.mergedAt ?? undefined,
    mergedBy: graphAccount(found.mergedBy),
    mergeCommit: found.mergeCommit?.oid,
  };
}

const REVIEW_STATES: ReadonlyMap<string, Review["state"]> = new Map([
  ["APPROVED", "approved"],
  ["CHANGES_REQUESTED", "changes-requested"],
  ["COMMENTED", "commented"],
  ["DISMISSED", "dismissed"],
  ["PENDING", "pending"],
]);

function reviews(
  client: GitHubClient,
  number: number,
  signal: AbortSignal,
): Promise<readonly Review[]> {
  const ask = { to: `list the reviews of pull request ${number}`, right: "pull-requests: read" };
  return client.call(
    ask,
    async (octokit, request, repository) => {
      const fields = { ...repository, pull_number: number, request };
      const listed = await allPages({ what: "reviews", atMost: 20 }, (at) =>
        octokit.rest.pulls.listReviews({ ...fields, ...at }),
      );
      return listed.map((review) => ({
        id: review.id,
        author: restAccount(review.user),
        // A state that we do not know is no opinion.
        state: REVIEW_STATES.get(review.state.toUpperCase()) ?? "commented",
        commit: review.commit_id ?? undefined,
        submittedAt: review.submitted_at,
      }));
    },
    signal,
  );
}

function ofCommit(
  client: GitHubClient,
  commit: string,
  signal: AbortSignal,
): Promise<readonly CommitPullRequest[]> {
  const ask = {
    to: `find the pull requests of commit ${commit.slice(0, 12)}`,
    right: "pull-requests: read",
  };
  return client.call(
    ask,
    async (octokit, request, repository) => {
      const found = await octokit.rest.repos.listPullRequestsAssociatedWithCommit({
        ...repository,
        commit_sha: commit,
        per_page: PAGE_ENTRIES,
        request,
      });
      return found.data.map((pull) => ({
        number: pull.number,
        state: pull.merged_at ? "merged" : pull.state === "open" ? "open" : "closed",
        head: { commit: pull.head.sha, repository: fullName(pull.head.repo) },
        base: { branch: pull.base.ref, repository: pull.base.repo.full_name },
        mergedAt: pull.merged_at ?? undefined,
      }));
    },
    signal,
  );
}

/** GitHub's description says that the repository is always there; of a deleted fork it is null. */
function fullName(repository: { readonly full_name: string } | null): string | undefined {
  return repository?.full_name;
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
