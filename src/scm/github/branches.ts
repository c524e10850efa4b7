import { randomUUID } from "node:crypto";
import type { BranchChange, Branches } from "../forge.ts";
import { ForgeError } from "../forge-error.ts";
import type { GitHubClient } from "./client.ts";
import { DOCUMENTS } from "./documents.ts";
import { leavesOpen } from "./once.ts";

const RIGHT = "contents: write";
/** Git's name for "no commit": what a reference is before it is made and after it is gone. */
const NOTHING = "0".repeat(40);

/** Branches of one repository. */
export function branchesOf(client: GitHubClient): Branches {
  return {
    head: (branch, signal) =>
      client.find(
        { to: `read the branch ${branch}`, right: "contents: read" },
        async (octokit, request, repository) => {
          const found = { ...repository, ref: `heads/${branch}`, request };
          return (await octokit.rest.git.getRef(found)).data.object.sha;
        },
        signal,
      ),
    publish: (change, signal) => publish(client, change, signal),
    remove: (branch, signal) => remove(client, branch, signal),
  };
}

interface BranchAnswer {
  readonly repository: {
    readonly id: string;
    readonly ref: { readonly target: { readonly oid: string } | null } | null;
  };
}

/**
 * The commit is made on a scratch branch and the branch then moved to it, both in GitHub's own compare-and-swap: a
 * branch that is first reset to its base closes its pull request for good (issue 6 §5). Commits made by this mutation
 * are signed by GitHub.
 */
async function publish(
  client: GitHubClient,
  change: BranchChange,
  signal: AbortSignal,
): Promise<string> {
  const { branch, expect, parent } = change;
  const repositoryId = await expected(client, change, signal);
  const scratch = `waybill-scratch/${randomUUID()}`;
  await updateRefs(client, { repositoryId, updates: [move(scratch, undefined, parent)] }, signal);
  try {
    const commit = await commitOn(client, { scratch, change }, signal);
    const updates = [move(branch, expect, commit), move(scratch, commit, undefined)];
    await moveBranch(client, { change, commit, repositoryId, updates }, signal);
    return commit;
  } catch (error) {
    await removeScratch(client, scratch);
    throw error;
  }
}

/** The repository's id, where the branch is what the caller saw. */
async function expected(
  client: GitHubClient,
  change: BranchChange,
  signal: AbortSignal,
): Promise<string> {
  const { owner, name } = client;
  const { branch, expect } = change;
  const variables = { owner, name, ref: `refs/heads/${branch}` };
  const query = { document: DOCUMENTS.branch, variables };
  const ask = { to: `read the branch ${branch}`, right: "contents: read" };
  const { repository } = await client.graphql<BranchAnswer>(ask, query, signal);
  const now = repository.ref?.target?.oid;
  if (now === expect) return repository.id;
  throw changedMeanwhile(change, now);
}

interface RefUpdate {
  readonly name: string;
  readonly beforeOid: string;
  readonly afterOid: string;
  readonly force: boolean;
}

function move(branch: string, before: string | undefined, after: string | undefined): RefUpdate {
  const oids = { beforeOid: before ?? NOTHING, afterOid: after ?? NOTHING };
  return { name: `refs/heads/${branch}`, ...oids, force: true };
}

interface RefUpdates {
  readonly repositoryId: string;
  readonly updates: readonly RefUpdate[];
}

/** All of the updates or none; each only where the reference still names what it is said to. */
async function updateRefs(
  client: GitHubClient,
  { repositoryId, updates }: RefUpdates,
  signal: AbortSignal,
): Promise<void> {
  const [{ name } = { name: "nothing" }] = updates;
  const ask = { to: `move ${name}`, right: RIGHT, once: true } as const;
  const variables = { repositoryId, refUpdates: updates };
  await client.graphql(ask, { document: DOCUMENTS.updateRefs, variables }, signal);
}

interface BranchMove extends RefUpdates {
  readonly change: BranchChange;
  readonly commit: string;
}

/** The move may have been done although its answer is lost, or have lost against somebody else's: the branch itself tells. */
async function moveBranch(
  client: GitHubClient,
  { change, commit, ...updates }: BranchMove,
  signal: AbortSignal,
): Promise<void> {
  try {
    await updateRefs(client, updates, signal);
  } catch (error) {
    if (!(error instanceof ForgeError) || !leavesOpen(error)) throw error;
    const now = await branchesOf(client).head(change.branch, signal);
    if (now === commit) return;
    throw now === change.expect ? error : changedMeanwhile(change, now, error);
  }
}

function changedMeanwhile(
  { branch, expect }: BranchChange,
  now: string | undefined,
  cause?: unknown,
): ForgeError {
  return new ForgeError({
    code: "conflict",
    message: `The branch ${branch} names ${now ?? "nothing"} and not ${expect ?? "nothing"}: somebody else changed it.`,
    cause,
  });
}

interface ScratchCommit {
  readonly scratch: string;
  readonly change: BranchChange;
}

async function commitOn(
  client: GitHubClient,
  { scratch, change }: ScratchCommit,
  signal: AbortSignal,
): Promise<string> {
  const [headline = "", ...rest] = change.message.split("\n");
  const files = [...change.files];
  const input = {
    branch: { repositoryNameWithOwner: `${client.owner}/${client.name}`, branchName: scratch },
    expectedHeadOid: change.parent,
    message: { headline, body: rest.join("\n").trim() },
    fileChanges: {
      additions: files.flatMap(([path, text]) =>
        text === undefined ? [] : [{ path, contents: Buffer.from(text).toString("base64") }],
      ),
      deletions: files.flatMap(([path, text]) => (text === undefined ? [{ path }] : [])),
    },
  };
  const ask = { to: `commit to ${change.branch}`, right: RIGHT, once: true } as const;
  const query = { document: DOCUMENTS.commit, variables: { input } };
  const answer = await client.graphql<{
    readonly createCommitOnBranch: { readonly commit: { readonly oid: string } };
  }>(ask, query, signal);
  return answer.createCommitOnBranch.commit.oid;
}

const CLEAN_UP_MS = 10_000;

/** Whatever stopped us must not leave a branch behind, and must not be hidden by a clean-up that fails too. */
async function removeScratch(client: GitHubClient, scratch: string): Promise<void> {
  try {
    await remove(client, scratch, AbortSignal.timeout(CLEAN_UP_MS));
  } catch (error) {
    if (!(error instanceof ForgeError)) throw error;
  }
}

async function remove(client: GitHubClient, branch: string, signal: AbortSignal): Promise<void> {
  try {
    await client.find(
      { to: `remove the branch ${branch}`, right: RIGHT },
      (octokit, request, repository) =>
        octokit.rest.git.deleteRef({ ...repository, ref: `heads/${branch}`, request }),
      signal,
    );
  } catch (error) {
    // GitHub says 422 "Reference does not exist" here and not 404.
    const gone = error instanceof ForgeError && error.status === 422;
    if (!gone || (await branchesOf(client).head(branch, signal)) !== undefined) throw error;
  }
}
