import type { Review } from "#model";
import type { CommitPullRequest, WholeRequest } from "../forge.ts";
import { ForgeError } from "../forge-error.ts";
import { graphAccount, type GraphAccount } from "./accounts.ts";
import { allNodes, askInBatches, type GraphPage } from "./batches.ts";
import type { GitHubClient } from "./client.ts";
import { commitsOf, graphCommit, type GraphCommit } from "./commits.ts";
import { graphComment, type GraphComment } from "./comments.ts";
import { graphRequest, type GraphPullRequest } from "./graph-request.ts";
import { pushersOfAll } from "./pushers.ts";

interface GraphWhole extends GraphPullRequest {
  readonly reviews: GraphPage<GraphReview>;
  readonly commits: GraphPage<{ readonly commit: GraphCommit }>;
  readonly comments: GraphPage<GraphComment>;
}

interface GraphReview {
  /** A review's number does not fit in GraphQL's Int any more. */
  readonly fullDatabaseId: string | number | null;
  readonly state: string;
  readonly submittedAt: string | null;
  readonly commit: { readonly oid: string } | null;
  readonly author: GraphAccount | null;
}

/**
 * Pull requests with all that a verdict on them needs, ten in a query, and one query for each further page of a list, so
 * that a list is never its beginning only.
 */
export async function wholeRequests(
  client: GitHubClient,
  numbers: readonly number[],
  signal: AbortSignal,
): Promise<ReadonlyMap<number, WholeRequest>> {
  const names = numbers.join(", ");
  const ask = {
    to: `read pull request${numbers.length === 1 ? "" : "s"} ${names}`,
    right: "pull-requests: read",
  };
  const asked = { ask, batch: "requests", values: numbers } as const;
  const found = await askInBatches<number, GraphWhole>(client, asked, signal);
  const requests = [...found.values()].map(graphRequest);
  const pushers = await pushersOfAll(client, requests, signal);
  const whole = new Map<number, WholeRequest>();
  for (const [number, one] of found) {
    const read = await listsOf(client, one, signal);
    const who = pushers.get(number) ?? { kind: "unknown", reason: "nobody told" };
    whole.set(number, { pullRequest: graphRequest(one), pushers: who, ...read });
  }
  return whole;
}

async function listsOf(
  client: GitHubClient,
  found: GraphWhole,
  signal: AbortSignal,
): Promise<Pick<WholeRequest, "reviews" | "commits" | "comments">> {
  const { number } = found;
  const reviews = await allNodes(client, { list: "reviews", number, first: found.reviews }, signal);
  const commits = await allNodes(client, { list: "commits", number, first: found.commits }, signal);
  const talk = await allNodes(client, { list: "comments", number, first: found.comments }, signal);
  const isCut = commits.some(
    ({ commit: { authors } }) => authors.totalCount > authors.nodes.length,
  );
  return {
    reviews: reviews.map(reviewOf),
    commits: isCut
      ? await commitsOf(client, number, signal)
      : commits.map(({ commit }) => graphCommit(commit)),
    comments: talk.map(graphComment).toSorted((a, b) => a.id - b.id),
  };
}

const REVIEW_STATES: ReadonlyMap<string, Review["state"]> = new Map([
  ["APPROVED", "approved"],
  ["CHANGES_REQUESTED", "changes-requested"],
  ["COMMENTED", "commented"],
  ["DISMISSED", "dismissed"],
  ["PENDING", "pending"],
]);

function reviewOf({ fullDatabaseId, state, submittedAt, commit, author }: GraphReview): Review {
  const id = Number(fullDatabaseId);
  if (!Number.isSafeInteger(id) || id <= 0)
    throw new ForgeError({ code: "invalid-answer", message: "GitHub gives a review no number." });
  return {
    id,
    author: graphAccount(author),
    // A state that we do not know is no opinion.
    state: REVIEW_STATES.get(state) ?? "commented",
    commit: commit?.oid,
    submittedAt: submittedAt ?? undefined,
  };
}

interface GraphOrigins {
  readonly associatedPullRequests?: { readonly nodes: readonly GraphOrigin[] } | null;
}

interface GraphOrigin {
  readonly number: number;
  readonly state: "OPEN" | "CLOSED" | "MERGED";
  readonly mergedAt: string | null;
  readonly headRefOid: string;
  readonly headRepository: { readonly nameWithOwner: string } | null;
  readonly baseRefName: string;
  readonly baseRepository: { readonly nameWithOwner: string } | null;
}

const STATES = { OPEN: "open", CLOSED: "closed", MERGED: "merged" } as const;

/** The pull requests that commits came in by or belong to, fifty commits in a query. */
export async function originsOf(
  client: GitHubClient,
  commits: readonly string[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, readonly CommitPullRequest[]>> {
  const names =
    commits.length === 1 ? (commits[0] ?? "").slice(0, 12) : `${commits.length} commits`;
  const ask = { to: `find the pull requests of ${names}`, right: "pull-requests: read" };
  const asked = { ask, batch: "origins", values: commits } as const;
  const found = await askInBatches<string, GraphOrigins>(client, asked, signal);
  return new Map(
    [...found].map(([commit, { associatedPullRequests: listed }]) => [
      commit,
      (listed?.nodes ?? []).map(originOf),
    ]),
  );
}

function originOf(found: GraphOrigin): CommitPullRequest {
  return {
    number: found.number,
    state: STATES[found.state],
    head: { commit: found.headRefOid, repository: found.headRepository?.nameWithOwner },
    base: { branch: found.baseRefName, repository: found.baseRepository?.nameWithOwner ?? "" },
    mergedAt: found.mergedAt ?? undefined,
  };
}
