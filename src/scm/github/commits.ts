import type { CommitPerson, PullRequestCommit } from "#model";
import { ForgeError } from "../forge-error.ts";
import { graphAccount, type GraphAccount } from "./accounts.ts";
import type { GitHubClient } from "./client.ts";
import { DOCUMENTS } from "./documents.ts";

const PAGES_AT_MOST = 20;

interface GraphPerson {
  readonly name: string | null;
  readonly email: string | null;
  readonly user: GraphAccount | null;
}

interface GraphCommits {
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  readonly nodes: readonly { readonly commit: GraphCommit }[];
}

/** A commit as GraphQL tells it. */
export interface GraphCommit {
  readonly oid: string;
  readonly authors: { readonly totalCount: number; readonly nodes: readonly GraphPerson[] };
  readonly committer: GraphPerson | null;
}

interface CommitsAnswer {
  readonly repository: { readonly pullRequest: { readonly commits: GraphCommits } };
}

/** By GraphQL: it resolves each co-author's address to an account, and does not end at 250 commits as REST does. */
export async function commitsOf(
  client: GitHubClient,
  number: number,
  signal: AbortSignal,
): Promise<readonly PullRequestCommit[]> {
  const ask = { to: `list the commits of pull request ${number}`, right: "pull-requests: read" };
  const { owner, name } = client;
  const commits: PullRequestCommit[] = [];
  let after: string | null = null;
  for (let page = 1; page <= PAGES_AT_MOST; page += 1) {
    const variables = { owner, name, number, after };
    const query = { document: DOCUMENTS.commits, variables };
    const answer: CommitsAnswer = await client.graphql<CommitsAnswer>(ask, query, signal);
    const found = answer.repository.pullRequest.commits;
    commits.push(...found.nodes.map(({ commit }) => graphCommit(commit)));
    if (!found.pageInfo.hasNextPage) return commits;
    after = found.pageInfo.endCursor;
  }
  throw new ForgeError({
    code: "too-large",
    message: `Pull request ${number} has more commits than are read (${commits.length}).`,
  });
}

/**
 * Reads a commit of GraphQL.
 * @throws {ForgeError} `too-large` where it has more authors than were read
 */
export function graphCommit(commit: GraphCommit): PullRequestCommit {
  // An author who is left out of the list could approve the own work.
  if (commit.authors.totalCount > commit.authors.nodes.length) {
    throw new ForgeError({
      code: "too-large",
      message: `Commit ${commit.oid} names more authors than are read.`,
    });
  }
  return {
    commit: commit.oid,
    authors: commit.authors.nodes.map(person),
    committer: commit.committer === null ? undefined : person(commit.committer),
  };
}

function person({ name, email, user }: GraphPerson): CommitPerson {
  return { name: name ?? "", email: email ?? "", account: graphAccount(user) };
}
