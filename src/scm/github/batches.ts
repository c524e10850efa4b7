import { ACTOR_FIELDS } from "./accounts.ts";
import type { Ask } from "./faults.ts";
import type { GitHubClient } from "./client.ts";

/** As much as GitHub answers in the ten seconds that it gives one query, and far below its 500,000 nodes. */
const REQUESTS_AT_ONCE = 10;
const COMMITS_AT_ONCE = 50;

/** What a whole pull request is read with; reviews, commits and comments by the first hundred. */
const REQUEST_FIELDS = `number url state isDraft title body lastEditedAt createdAt mergedAt
  author { ${ACTOR_FIELDS} } mergedBy { ${ACTOR_FIELDS} } mergeCommit { oid }
  headRefName headRefOid headRepository { nameWithOwner }
  baseRefName baseRefOid baseRepository { nameWithOwner }
  reviews(first: 100) { pageInfo { hasNextPage }
    nodes { fullDatabaseId state submittedAt commit { oid } author { ${ACTOR_FIELDS} } } }
  commits(first: 100) { pageInfo { hasNextPage }
    nodes { commit { oid
      authors(first: 20) { totalCount nodes { name email user { __typename login databaseId } } }
      committer { name email user { __typename login databaseId } }
    } } }
  comments(first: 100) { pageInfo { hasNextPage }
    nodes { fullDatabaseId url body createdAt updatedAt author { ${ACTOR_FIELDS} } } }`;

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
