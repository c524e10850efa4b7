import { ForgeError } from "../forge-error.ts";
import { ACTOR_FIELDS } from "./accounts.ts";
import type { Ask } from "./faults.ts";
import type { GitHubClient } from "./client.ts";

/** As much as GitHub answers in the ten seconds that it gives one query, and far below its 500,000 nodes. */
const REQUESTS_AT_ONCE = 10;
const COMMITS_AT_ONCE = 50;

/** The lists of a pull request, each read a hundred at a time. */
export type ListName = "reviews" | "commits" | "comments";

const PAGE = "pageInfo { hasNextPage endCursor }";

const LISTS: Readonly<Record<ListName, string>> = {
  reviews: `${PAGE} nodes {
    fullDatabaseId state submittedAt commit { oid } author { ${ACTOR_FIELDS} }
  }`,
  commits: `${PAGE} nodes { commit { oid
    authors(first: 20) { totalCount nodes { name email user { __typename login databaseId } } }
    committer { name email user { __typename login databaseId } }
  } }`,
  comments: `${PAGE} nodes {
    fullDatabaseId url body createdAt updatedAt author { ${ACTOR_FIELDS} }
  }`,
};

/** What a whole pull request is read with; its lists by their first pages. */
const REQUEST_FIELDS = `number url state isDraft title body lastEditedAt createdAt mergedAt
  author { ${ACTOR_FIELDS} } mergedBy { ${ACTOR_FIELDS} } mergeCommit { oid }
  headRefName headRefOid headRepository { nameWithOwner }
  baseRefName baseRefOid baseRepository { nameWithOwner }
  reviews(first: 100) { ${LISTS.reviews} }
  commits(first: 100) { ${LISTS.commits} }
  comments(first: 100) { ${LISTS.comments} }`;

const ORIGIN_FIELDS = `... on Commit { associatedPullRequests(first: 10) { nodes {
  number state mergedAt headRefOid headRepository { nameWithOwner }
  baseRefName baseRepository { nameWithOwner }
} } }`;

/** What is asked of several things at once. */
export type Batch = "requests" | "origins";

/** As many as one query asks for. */
const AT_ONCE: Readonly<Record<Batch, number>> = {
  requests: REQUESTS_AT_ONCE,
  origins: COMMITS_AT_ONCE,
};

/** The query for as many things: an alias and a variable each, so that no value is ever a part of the text. */
export function batchDocument(batch: Batch, count: number): string {
  const each = Array.from({ length: count }, (_, index) => index);
  const type = batch === "origins" ? "GitObjectID!" : "Int!";
  const variables = each.map((index) => `$v${index}: ${type}`).join(", ");
  const asked = each.map((index) =>
    batch === "origins"
      ? `r${index}: object(oid: $v${index}) { ${ORIGIN_FIELDS} }`
      : `r${index}: pullRequest(number: $v${index}) { ${REQUEST_FIELDS} }`,
  );
  return `query ($owner: String!, $name: String!, ${variables}) {
  repository(owner: $owner, name: $name) { ${asked.join("\n")} }
}`;
}

/** The query for one more page of a list. */
export function pageDocument(list: ListName): string {
  return `query ($owner: String!, $name: String!, $number: Int!, $after: String!) {
  repository(owner: $owner, name: $name) { pullRequest(number: $number) {
    ${list}(first: 100, after: $after) { ${LISTS[list]} }
  } }
}`;
}

/** A page of a list, as GraphQL tells it. */
export interface GraphPage<T> {
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
  readonly nodes: readonly T[];
}

const PAGES_AT_MOST = 50;

/**
 * The whole of a list whose first page is there; one query for each page more.
 * @throws {ForgeError} `too-large` for a list without an end
 */
export async function allNodes<T>(
  client: GitHubClient,
  {
    list,
    number,
    first,
  }: { readonly list: ListName; readonly number: number; readonly first: GraphPage<T> },
  signal: AbortSignal,
): Promise<readonly T[]> {
  const { owner, name } = client;
  const ask = { to: `list the ${list} of pull request ${number}`, right: "pull-requests: read" };
  const nodes = [...first.nodes];
  let { pageInfo } = first;
  for (let page = 2; pageInfo.hasNextPage; page += 1) {
    if (page > PAGES_AT_MOST)
      throw new ForgeError({
        code: "too-large",
        message: `Pull request ${number} has more ${list} than are read (${nodes.length}).`,
      });
    const variables = { owner, name, number, after: pageInfo.endCursor };
    const query = { document: pageDocument(list), variables };
    const answer = await client.graphql<PageAnswer<T>>(ask, query, signal);
    const found = answer.repository?.pullRequest?.[list];
    if (found === undefined)
      throw new ForgeError({
        code: "invalid-answer",
        message: `GitHub left out a page of the ${list} of pull request ${number}.`,
      });
    nodes.push(...found.nodes);
    ({ pageInfo } = found);
  }
  return nodes;
}

interface PageAnswer<T> {
  readonly repository: {
    readonly pullRequest: Readonly<Partial<Record<ListName, GraphPage<T>>>> | null;
  } | null;
}

interface Asked<V> {
  readonly ask: Ask;
  readonly batch: Batch;
  readonly values: readonly V[];
}

/** Asks for several things in as few queries as there have to be: value → what was found, without what is not there. */
export async function askInBatches<V extends string | number, T>(
  client: GitHubClient,
  { ask, batch, values }: Asked<V>,
  signal: AbortSignal,
): Promise<ReadonlyMap<V, T>> {
  const { owner, name } = client;
  const unique = [...new Set(values)];
  const found = new Map<V, T>();
  for (let from = 0; from < unique.length; from += AT_ONCE[batch]) {
    const part = unique.slice(from, from + AT_ONCE[batch]);
    const named = Object.fromEntries(part.map((value, index) => [`v${index}`, value]));
    const document = batchDocument(batch, part.length);
    const query = { document, variables: { owner, name, ...named } };
    const answer = await client.graphql<BatchAnswer<T>>(ask, query, signal);
    for (const [index, value] of part.entries()) {
      const one = answer.repository?.[`r${index}`];
      if (one !== undefined && one !== null) found.set(value, one);
    }
  }
  return found;
}

interface BatchAnswer<T> {
  readonly repository: Readonly<Record<string, T | null | undefined>> | null;
}
