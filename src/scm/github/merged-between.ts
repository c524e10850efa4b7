import type { CommitRelation, MergedBetween, MergedChange } from "#model";
import { ForgeError } from "../forge-error.ts";
import type { CommitRange } from "../forge.ts";
import type { GitHubClient } from "./client.ts";
import { DOCUMENTS } from "./documents.ts";
import { PAGE_ENTRIES } from "./pages.ts";

/** A thousand commits between two versions are read; of more, the oldest thousand. */
const PAGES_AT_MOST = 10;
const RELATIONS: ReadonlySet<string> = new Set(["ahead", "behind", "diverged", "identical"]);

/**
 * Reads the pull requests that were merged between two commits: REST compares them, because GraphQL compares references
 * only, and GraphQL tells the pull requests of a page of commits in one question. No answer is as good as no repository:
 * GitHub says of what is private that it is not there.
 */
export async function mergedBetween(
  client: GitHubClient,
  range: CommitRange,
  signal: AbortSignal,
): Promise<MergedBetween | undefined> {
  const merged = new Map<number, MergedChange>();
  let read = 0;
  for (let page = 1; ; page += 1) {
    const compared = await comparedPage(client, { ...range, page }, signal);
    if (compared === undefined) return undefined;
    const { ids, relation, total } = compared;
    for (const change of ids.length === 0 ? [] : await mergedIn(client, ids, signal))
      merged.set(change.number, change);
    read += ids.length;
    const isWhole = read >= total;
    if (isWhole || ids.length === 0 || page === PAGES_AT_MOST)
      return { relation, commits: total, merged: inOrder(merged.values()), isWhole };
  }
}

function inOrder(merged: Iterable<MergedChange>): readonly MergedChange[] {
  return [...merged].toSorted(
    (a, b) => Date.parse(a.mergedAt) - Date.parse(b.mergedAt) || a.number - b.number,
  );
}

interface ComparedPage {
  readonly relation: CommitRelation;
  readonly total: number;
  /** GitHub's own names of the commits, for GraphQL. */
  readonly ids: readonly string[];
}

function comparedPage(
  client: GitHubClient,
  { from, to, page }: CommitRange & { readonly page: number },
  signal: AbortSignal,
): Promise<ComparedPage | undefined> {
  const ask = {
    to: `compare ${from.slice(0, 12)} with ${to.slice(0, 12)} in ${client.owner}/${client.name}`,
    right: "contents: read",
  };
  return client.find(
    ask,
    async (octokit, request, repository) => {
      const place = { ...repository, base: from, head: to, page, per_page: PAGE_ENTRIES, request };
      const { data } = await octokit.rest.repos.compareCommits(place);
      if (!isRelation(data.status)) throw new TypeError("a comparison without a known status");
      const ids = data.commits.map(({ node_id: id }) => id);
      return { relation: data.status, total: data.total_commits, ids };
    },
    signal,
  );
}

function isRelation(text: string): text is CommitRelation {
  return RELATIONS.has(text);
}

interface GraphMerged {
  readonly number: number;
  readonly title: string;
  readonly body: string;
  readonly state: string;
  readonly mergedAt: string | null;
  readonly author: { readonly login: string } | null;
  readonly labels: { readonly nodes: readonly { readonly name: string }[] } | null;
  readonly baseRepository: { readonly nameWithOwner: string } | null;
}

interface MergedAnswer {
  readonly nodes: readonly ({
    readonly associatedPullRequests?: { readonly nodes: readonly GraphMerged[] } | null;
  } | null)[];
}

async function mergedIn(
  client: GitHubClient,
  ids: readonly string[],
  signal: AbortSignal,
): Promise<readonly MergedChange[]> {
  const ask = {
    to: `find the pull requests of commits of ${client.owner}/${client.name}`,
    right: "pull-requests: read",
  };
  const query = { document: DOCUMENTS.merged, variables: { ids } };
  const { nodes } = await client.graphql<MergedAnswer>(ask, query, signal);
  if (!isList(nodes))
    throw new ForgeError({ code: "invalid-answer", message: "GitHub answers no commits." });
  const own = `${client.owner}/${client.name}`.toLowerCase();
  return nodes
    .flatMap((node) => node?.associatedPullRequests?.nodes ?? [])
    .filter(({ state, baseRepository }) => {
      return state === "MERGED" && baseRepository?.nameWithOwner.toLowerCase() === own;
    })
    .map(fromGraph);
}

/** The type says that it is one; a proxy may answer something else. */
function isList(data: unknown): boolean {
  return Array.isArray(data);
}

function fromGraph({ number, title, body, mergedAt, author, labels }: GraphMerged): MergedChange {
  return {
    number,
    title,
    body,
    labels: (labels?.nodes ?? []).map(({ name }) => name),
    author: author?.login,
    mergedAt: mergedAt ?? "",
  };
}
