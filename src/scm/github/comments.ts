import type { Comment, Comments } from "../forge.ts";
import { ForgeError } from "../forge-error.ts";
import { graphAccount, restAccount, type GraphAccount, type RestAccount } from "./accounts.ts";
import type { GitHubClient } from "./client.ts";
import { allPages } from "./pages.ts";

/** Comments in the conversations of one repository. */
export function commentsOf(client: GitHubClient): Comments {
  return {
    list: (number, signal) => list(client, number, signal),
    get: (id, signal) =>
      client.find(
        { to: `read comment ${id}`, right: "pull-requests: read" },
        async (octokit, request, repository) => {
          const found = { ...repository, comment_id: id, request };
          return fromRest((await octokit.rest.issues.getComment(found)).data);
        },
        signal,
      ),
    create: (number, body, signal) =>
      client.call(
        { to: `comment on pull request ${number}`, right: "pull-requests: write", once: true },
        async (octokit, request, repository) => {
          const draft = { ...repository, issue_number: number, body, request };
          return fromRest((await octokit.rest.issues.createComment(draft)).data);
        },
        signal,
      ),
    update: (id, body, signal) =>
      client.find(
        // Who writes a comment anew must look first whether it may still do so (sticky-comment.ts).
        { to: `update comment ${id}`, right: "pull-requests: write", once: true },
        async (octokit, request, repository) => {
          const change = { ...repository, comment_id: id, body, request };
          return fromRest((await octokit.rest.issues.updateComment(change)).data);
        },
        signal,
      ),
    remove: async (id, signal) => {
      await client.find(
        { to: `remove comment ${id}`, right: "pull-requests: write" },
        (octokit, request, repository) =>
          octokit.rest.issues.deleteComment({ ...repository, comment_id: id, request }),
        signal,
      );
    },
    react: async (id, content, signal) => {
      await client.call(
        { to: `react to comment ${id}`, right: "pull-requests: write" },
        (octokit, request, repository) =>
          octokit.rest.reactions.createForIssueComment({
            ...repository,
            comment_id: id,
            content,
            request,
          }),
        signal,
      );
    },
  };
}

function list(
  client: GitHubClient,
  number: number,
  signal: AbortSignal,
): Promise<readonly Comment[]> {
  const ask = { to: `list the comments of pull request ${number}`, right: "pull-requests: read" };
  return client.call(
    ask,
    async (octokit, request, repository) => {
      const fields = { ...repository, issue_number: number, request };
      const listed = await allPages({ what: "comments", atMost: 50 }, (at) =>
        octokit.rest.issues.listComments({ ...fields, ...at }),
      );
      return listed.map(fromRest).toSorted((a, b) => a.id - b.id);
    },
    signal,
  );
}

interface RestComment {
  readonly id: number;
  readonly html_url: string;
  readonly user: RestAccount | null;
  readonly body?: string;
  readonly created_at: string;
  readonly updated_at: string;
}

function fromRest(comment: RestComment): Comment {
  return {
    id: comment.id,
    url: comment.html_url,
    author: restAccount(comment.user),
    body: comment.body ?? "",
    createdAt: comment.created_at,
    updatedAt: comment.updated_at,
  };
}

/** A comment as GraphQL tells it. */
export interface GraphComment {
  /** A comment's number does not fit in GraphQL's Int any more. */
  readonly fullDatabaseId: string | number | null;
  readonly url: string;
  readonly body: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly author: GraphAccount | null;
}

/** Reads a comment of GraphQL. */
export function graphComment({ fullDatabaseId, author, ...comment }: GraphComment): Comment {
  const id = Number(fullDatabaseId);
  if (Number.isSafeInteger(id) && id > 0) return { ...comment, id, author: graphAccount(author) };
  throw new ForgeError({ code: "invalid-answer", message: "GitHub gives a comment no number." });
}
