import { openGit, type GitRepository } from "#scm";
import { FOLDERS } from "./read-files.ts";
import { RequestError } from "./request-error.ts";

/** The commits that a run compares with and takes its authority from (contract §4). */
export interface Revisions {
  readonly git: GitRepository | undefined;
  /** HEAD. */
  readonly commit: string | undefined;
  /** What steps and removed lines are compared with; undefined: not checked. */
  readonly base: string | undefined;
  /** Whose policies say who may: those of the revision that was named, else HEAD's; undefined: the work tree's, there is no commit. */
  readonly authority: string | undefined;
  /** The commit that `since` names. */
  readonly since: string | undefined;
  /** Files of the promotions repository that differ from HEAD. */
  readonly uncommitted: readonly string[];
  /** What commits and the work tree have changed in the promotions repository since `base` and `since`, by commit. */
  readonly changed: ReadonlyMap<string, readonly string[]>;
  readonly notes: readonly string[];
}

/** Which revisions a person named. */
export interface RevisionRequest {
  readonly root: string;
  readonly base?: string | undefined;
  readonly since?: string | undefined;
  /** The work tree is looked at with an edit that is not written yet, so that it counts as uncommitted. */
  readonly edited?: boolean | undefined;
}

/** Finds the commits of a run; one that was named and does not exist is a RequestError. */
export async function findRevisions(
  request: RevisionRequest,
  signal: AbortSignal,
): Promise<Revisions> {
  const git = await openGit(request.root, signal);
  if (git === undefined) return outsideGit(request);
  const [commit, parent, uncommitted, since, named] = await Promise.all([
    git.resolve("HEAD"),
    git.resolve("HEAD^1"),
    git.uncommitted(FOLDERS),
    resolveNamed(git, request.since),
    resolveNamed(git, request.base),
  ]);
  const implied = uncommitted.length > 0 || request.edited === true ? commit : parent;
  const base = named ?? since ?? implied;
  const notes =
    base === undefined
      ? ["This is the first commit: steps and removed lines are not checked."]
      : [];
  return {
    git,
    commit,
    base,
    authority: since ?? named ?? commit,
    since,
    uncommitted,
    changed: await changedSince([base, since], { git, commit, uncommitted }),
    notes,
  };
}

/** git is asked once for each commit, and about commits only: what is uncommitted is known already. */
async function changedSince(
  bases: readonly (string | undefined)[],
  { git, commit, uncommitted }: { git: GitRepository } & Pick<Revisions, "commit" | "uncommitted">,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const commits = [...new Set(bases)].filter((base) => base !== undefined);
  const changes = commits.map(async (base) => {
    const committed = commit === undefined ? [] : await git.changedBetween(base, commit, FOLDERS);
    return [base, [...new Set([...committed, ...uncommitted])].toSorted()] as const;
  });
  return new Map(await Promise.all(changes));
}

function outsideGit({ root, base, since }: RevisionRequest): Revisions {
  const named = base ?? since;
  if (named !== undefined) {
    throw new RequestError(
      `${root} is in no git repository, so there is no revision ${named}.`,
      "run git init and commit first",
    );
  }
  const notes = ["This is no git repository: steps and removed lines are not checked."];
  return {
    git: undefined,
    commit: undefined,
    base,
    authority: undefined,
    since,
    uncommitted: [],
    changed: new Map(),
    notes,
  };
}

async function resolveNamed(
  git: GitRepository,
  revision: string | undefined,
): Promise<string | undefined> {
  if (revision === undefined) return undefined;
  const commit = await git.resolve(revision);
  if (commit !== undefined) return commit;
  throw new RequestError(
    `There is no commit ${revision} in this repository.`,
    "in CI, check out with fetch-depth: 0 (or 2 for HEAD^1), so that the commit is there",
  );
}
