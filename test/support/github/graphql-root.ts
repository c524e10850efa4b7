import { GraphQLError } from "graphql";
import type { FakeGitHub } from "./github.ts";
import { commitNodeId, fullName, nodeId } from "./json.ts";
import { allows } from "./rights.ts";
import type {
  FakeAccount,
  FakeComment,
  FakePull,
  FakeRepository,
  FakeReview,
  FakeToken,
} from "./state.ts";

type Fields = Readonly<Record<string, unknown>>;

const NOTHING = "0".repeat(40);

/** What GitHub's GraphQL answers a token: graphql-js picks the fields that were asked for. */
export function rootOf(github: FakeGitHub, token: FakeToken): Fields {
  return {
    viewer: { ...actor(token.account), login: token.account.login },
    repository: ({ owner, name }: { owner: string; name: string }) =>
      repositoryFields(github, token, `${owner}/${name}`),
    nodes: ({ ids }: { ids: readonly string[] }) =>
      Promise.all(ids.map((id) => commitNode(github, token, id))),
    updateRefs: (args: { input: UpdateRefs }) => updateRefs(github, token, args.input),
    createCommitOnBranch: (args: { input: CommitOnBranch }) =>
      commitOnBranch(github, token, args.input),
  };
}

function failed(type: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { type } });
}

/** GraphQL leaves out the `[bot]` of a bot's login. */
function actor(account: FakeAccount | null): Fields | null {
  if (account === null) return null;
  const login = account.login.replace(/\[bot\]$/, "");
  return { __typename: account.type, login, databaseId: account.id };
}

function may(
  github: FakeGitHub,
  token: FakeToken,
  repository: FakeRepository,
  right: string,
): boolean {
  const isPublicRead = right.endsWith("=read") && !repository.private;
  return isPublicRead || allows(github.permissionsOf(token, repository), [right]);
}

function repositoryFields(github: FakeGitHub, token: FakeToken, name: string): Fields {
  const repository = github.repositories.get(name.toLowerCase());
  if (repository === undefined || !may(github, token, repository, "metadata=read")) {
    throw failed("NOT_FOUND", `Could not resolve to a Repository with the name '${name}'.`);
  }
  return {
    id: nodeId("Repository", repository.id),
    nameWithOwner: fullName(repository),
    ref: async ({ qualifiedName }: { qualifiedName: string }) => {
      const oid = await repository.git.head(qualifiedName);
      return oid === undefined ? null : { target: { __typename: "Commit", oid } };
    },
    object: async ({ oid }: { oid: string }) =>
      (await repository.git.head(oid)) === undefined
        ? null
        : commitNode(github, token, commitNodeId(repository, oid)),
    pullRequest: ({ number }: { number: number }) => {
      if (!may(github, token, repository, "pull_requests=read")) {
        throw failed("FORBIDDEN", "Resource not accessible by integration");
      }
      const pull = repository.pulls.get(number);
      if (pull === undefined) {
        throw failed(
          "NOT_FOUND",
          `Could not resolve to a PullRequest with the number of ${number}.`,
        );
      }
      return pullFields(github, repository, pull);
    },
  };
}

/** A commit by GitHub's own name of it, with the pull requests that it came in by. */
async function commitNode(github: FakeGitHub, token: FakeToken, id: string): Promise<Fields> {
  const [kind, number, oid = ""] = Buffer.from(id, "base64url").toString().split(":");
  const repository = [...github.repositories.values()].find((one) => one.id === Number(number));
  const isThere = repository !== undefined && (await repository.git.head(oid)) !== undefined;
  if (!isThere || kind !== "Commit" || commitNodeId(repository, oid) !== id)
    throw failed("NOT_FOUND", `Could not resolve to a node with the global id of '${id}'.`);
  return {
    __typename: "Commit",
    oid,
    associatedPullRequests: async ({ first }: { first: number }) => {
      if (!may(github, token, repository, "pull_requests=read"))
        throw failed("FORBIDDEN", "Resource not accessible by integration");
      const found: FakePull[] = [];
      for (const pull of repository.pulls.values()) {
        const commits = await github.commitsOf(repository, pull);
        if (pull.merged?.commit === oid || commits.includes(oid)) found.push(pull);
      }
      return { nodes: found.slice(0, first).map((pull) => pullFields(github, repository, pull)) };
    },
  };
}

function pullFields(github: FakeGitHub, repository: FakeRepository, pull: FakePull): Fields {
  const { head, base, merged } = pull;
  return {
    number: pull.number,
    url: `${github.origin}/${fullName(repository)}/pull/${pull.number}`,
    state: merged === undefined ? pull.state.toUpperCase() : "MERGED",
    isDraft: pull.draft,
    title: pull.title,
    body: pull.body,
    lastEditedAt: pull.lastEditedAt ?? null,
    createdAt: pull.createdAt,
    mergedAt: merged?.at ?? null,
    author: actor(pull.author),
    mergedBy: actor(merged?.by ?? null),
    mergeCommit: merged === undefined ? null : { oid: merged.commit },
    headRefName: head.branch,
    headRefOid: head.commit,
    headRepository: pull.headGone ? null : { nameWithOwner: fullName(head.repository) },
    baseRefName: base.branch,
    baseRefOid: base.commit,
    baseRepository: { nameWithOwner: fullName(repository) },
    labels: ({ first }: { first: number }) => ({
      nodes: pull.labels.slice(0, first).map((name) => ({ name })),
    }),
    reviews: (page: Page) => pageOf(pull.reviews, page, reviewFields),
    comments: (page: Page) =>
      pageOf(commentsShown(repository, pull), page, (comment) => ({
        ...commentFields(comment),
        url: `${github.origin}/${fullName(repository)}/pull/${pull.number}#issuecomment-${comment.id}`,
      })),
    commits: async ({ first, after }: { first: number; after: string | null }) => {
      const all = await github.commitsOf(repository, pull);
      const start = after ? Number(after) : 0;
      const page = all.slice(start, start + first);
      const end = start + page.length;
      return {
        pageInfo: { hasNextPage: end < all.length, endCursor: String(end) },
        nodes: page.map((oid) => ({ commit: () => commitFields(github, repository, oid) })),
      };
    },
  };
}

interface Page {
  readonly first: number;
  readonly after?: string | null;
}

function pageOf<T>(all: readonly T[], { first, after }: Page, fields: (one: T) => Fields): Fields {
  const start = after ? Number(after) : 0;
  const end = Math.min(all.length, start + first);
  return {
    pageInfo: { hasNextPage: end < all.length, endCursor: String(end) },
    nodes: all.slice(start, end).map(fields),
  };
}

function reviewFields(review: FakeReview): Fields {
  return {
    fullDatabaseId: String(review.id),
    state: review.state,
    submittedAt: review.submittedAt ?? null,
    commit: review.commit === null ? null : { oid: review.commit },
    author: actor(review.author),
  };
}

function commentsShown({ comments }: FakeRepository, pull: FakePull): readonly FakeComment[] {
  return [...comments.values()].filter(({ number, lag }) => number === pull.number && lag === 0);
}

function commentFields(comment: FakeComment): Fields {
  return {
    fullDatabaseId: String(comment.id),
    body: comment.body,
    createdAt: comment.createdAt,
    updatedAt: comment.updatedAt,
    author: actor(comment.author),
  };
}

async function commitFields(
  github: FakeGitHub,
  repository: FakeRepository,
  oid: string,
): Promise<Fields> {
  const facts = await repository.git.facts(oid);
  const coAuthors = [...facts.message.matchAll(/^co-authored-by:\s*(.+?)\s*<(.+?)>\s*$/gim)].map(
    ([, name = "", email = ""]) => ({ name, email }),
  );
  const authors = [facts.author, ...coAuthors].map((person) => personFields(github, person));
  return {
    oid,
    authors: ({ first }: { first: number }) => ({
      totalCount: authors.length,
      nodes: authors.slice(0, first),
    }),
    committer: personFields(github, facts.committer),
  };
}

function personFields(
  github: FakeGitHub,
  person: { readonly name: string; readonly email: string },
): Fields {
  const account = [...github.accounts.values()].find(({ emails }) => emails.includes(person.email));
  return { ...person, user: account?.type === "User" ? actor(account) : null };
}

interface UpdateRefs {
  readonly repositoryId: string;
  readonly refUpdates: readonly {
    readonly name: string;
    readonly afterOid: string;
    readonly beforeOid?: string | null;
    readonly force?: boolean | null;
  }[];
}

/** All or none, each only where the reference is what it is said to be. */
async function updateRefs(
  github: FakeGitHub,
  token: FakeToken,
  input: UpdateRefs,
): Promise<Fields> {
  const repository = [...github.repositories.values()].find(
    ({ id }) => nodeId("Repository", id) === input.repositoryId,
  );
  if (repository === undefined) throw failed("NOT_FOUND", "Could not resolve to a node.");
  if (!may(github, token, repository, "contents=write")) {
    throw failed("FORBIDDEN", "Resource not accessible by integration");
  }
  for (const { name, beforeOid, afterOid, force } of input.refUpdates) {
    const now = (await repository.git.head(name)) ?? NOTHING;
    if (beforeOid !== undefined && beforeOid !== null && beforeOid !== now) {
      throw failed("UNPROCESSABLE", `Could not update ${name}: it is at ${now}`);
    }
    const isMove = now !== NOTHING && afterOid !== NOTHING;
    if (isMove && force !== true && !(await repository.git.isAncestor(now, afterOid))) {
      throw failed("UNPROCESSABLE", `Could not update ${name}: not a fast forward`);
    }
  }
  const moves = input.refUpdates.map(({ name, afterOid }) => ({
    ref: name,
    to: afterOid === NOTHING ? undefined : afterOid,
  }));
  await github.moveRefs(repository, moves, token.account);
  return { clientMutationId: null };
}

interface CommitOnBranch {
  readonly branch: { readonly repositoryNameWithOwner: string; readonly branchName: string };
  readonly expectedHeadOid: string;
  readonly message: { readonly headline: string; readonly body?: string | null };
  readonly fileChanges?: {
    readonly additions?: readonly { readonly path: string; readonly contents: string }[];
    readonly deletions?: readonly { readonly path: string }[];
  };
}

async function commitOnBranch(
  github: FakeGitHub,
  token: FakeToken,
  input: CommitOnBranch,
): Promise<Fields> {
  const repository = github.repository(input.branch.repositoryNameWithOwner);
  if (!may(github, token, repository, "contents=write")) {
    throw failed("FORBIDDEN", "Resource not accessible by integration");
  }
  const ref = `refs/heads/${input.branch.branchName}`;
  const now = await repository.git.head(ref);
  if (now === undefined) throw failed("NOT_FOUND", "No such branch");
  if (now !== input.expectedHeadOid) {
    const message = `Expected branch to point to "${input.expectedHeadOid}" but it did not. Pull and try again.`;
    throw failed("STALE_DATA", message);
  }
  const { additions = [], deletions = [] } = input.fileChanges ?? {};
  const { headline, body } = input.message;
  const login = token.account.login;
  const commit = await repository.git.commit({
    parents: [now],
    files: new Map([
      ...additions.map(
        ({ path, contents }) => [path, Buffer.from(contents, "base64").toString()] as const,
      ),
      ...deletions.map(({ path }) => [path, undefined] as const),
    ]),
    message: body ? `${headline}\n\n${body}` : headline,
    author: { name: login, email: `${token.account.id}+${login}@users.noreply.github.com` },
    committer: { name: "GitHub", email: "noreply@github.com" },
    at: Math.floor(github.clock() / 1000),
  });
  await github.moveRefs(repository, [{ ref, to: commit }], token.account);
  return { commit: { oid: commit } };
}
