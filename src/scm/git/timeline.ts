import { readCommit } from "./cat-file.ts";
import { GitError } from "./git-error.ts";
import { askGit, reasonIn, runGit } from "./run-git.ts";

/** A commit on a branch and the one before it there; the first of all has none. */
export interface BranchCommit {
  readonly commit: string;
  readonly before: string | undefined;
}

/** What happened on branches, as one clone knows it. Paths are relative to the folder, above it from the top. */
export interface GitTimeline {
  readonly isShallow: boolean;
  /** Whether the clone has these commits, all of them. */
  has(commits: readonly string[]): Promise<boolean>;
  /** On first parents from `to` back to, and without, `from`; newest first. */
  firstParents(range: BranchRange): Promise<readonly BranchCommit[]>;
  isAncestor(older: string, newer: string): Promise<boolean>;
  /** Where two commits part; undefined where they have nothing in common here. */
  mergeBase(a: string, b: string): Promise<string | undefined>;
  /** Paths that differ; against nothing, all. */
  changed(before: string | undefined, after: string): Promise<readonly string[]>;
  /** What git calls the content of each path at a commit; a path that is not there has no entry. */
  blobsAt(commit: string, paths: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** What merging `head` into `base` gives, as a commit that no branch has; undefined where they conflict. */
  merged(base: string, head: string): Promise<string | undefined>;
  message(commit: string): Promise<string>;
}

export interface BranchRange {
  readonly from: string | undefined;
  readonly to: string;
  readonly most: number;
  /** Only commits that change one of these. */
  readonly paths?: readonly string[];
}

/** Git's own name for a tree with nothing in it. */
const EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";

/** Opens the past of the repository that holds a folder; undefined outside git. */
export async function openTimeline(
  folder: string,
  signal: AbortSignal,
): Promise<GitTimeline | undefined> {
  const args = ["rev-parse", "--is-shallow-repository", "--show-prefix"];
  const asked = await runGit({ folder, args }, signal);
  if (asked.code !== 0 && asked.err.includes("not a git repository")) return undefined;
  if (asked.code !== 0) throw new GitError(`git rev-parse failed: ${reasonIn(asked.err)}`);
  const [shallow, prefix = ""] = asked.out.split("\n");
  const at: Place = { folder, prefix, signal };
  return {
    isShallow: shallow === "true",
    has: (commits) => has(at, commits),
    firstParents: (range) => firstParents(at, range),
    isAncestor: (older, newer) => isAncestor(at, older, newer),
    mergeBase: async (a, b) => {
      const said = await runGit({ folder, args: ["merge-base", a, b] }, signal);
      return said.code === 0 ? said.out.trim() : undefined;
    },
    changed: (before, after) => changed(at, before, after),
    blobsAt: (commit, paths) => blobsAt(at, commit, paths),
    merged: (base, head) => merged(at, base, head),
    message: (commit) => askGit({ folder, args: ["show", "-s", "--format=%B", commit] }, signal),
  };
}

interface Place {
  readonly folder: string;
  readonly prefix: string;
  readonly signal: AbortSignal;
}

async function has({ folder, signal }: Place, commits: readonly string[]): Promise<boolean> {
  const found = commits.map((revision) => readCommit({ folder, revision }, signal));
  return (await Promise.all(found)).every((commit) => commit !== undefined);
}

async function firstParents(
  { folder, signal }: Place,
  { from, to, most, paths = [] }: BranchRange,
): Promise<readonly BranchCommit[]> {
  const range = from === undefined ? [to] : [to, `^${from}`];
  // The true parents, which --parents would not give of commits that were picked by paths.
  const how = ["log", "--first-parent", "--format=%H %P", `--max-count=${most}`];
  const literal = paths.map((path) => `:(literal)${path}`);
  const out = await askGit({ folder, args: [...how, ...range, "--", ...literal] }, signal);
  return out.split("\n").flatMap((line) => {
    const [commit = "", before] = line.trimEnd().split(" ");
    return commit === "" ? [] : [{ commit, before }];
  });
}

async function isAncestor(
  { folder, signal }: Place,
  older: string,
  newer: string,
): Promise<boolean> {
  const args = ["merge-base", "--is-ancestor", older, newer];
  const { code, err } = await runGit({ folder, args }, signal);
  if (code === 0 || code === 1) return code === 0;
  // A commit that the clone does not have is nobody's ancestor that we know of.
  if (/Not a valid commit name|bad object/.test(err)) return false;
  throw new GitError(`git merge-base failed: ${reasonIn(err)}`);
}

async function changed(
  { folder, prefix, signal }: Place,
  before: string | undefined,
  after: string,
): Promise<readonly string[]> {
  const how = ["diff-tree", "-r", "--name-only", "--no-renames", "-z"];
  const args = [...how, before ?? EMPTY_TREE, after];
  const out = await askGit({ folder, args }, signal);
  return out
    .split("\0")
    .filter((path) => path !== "")
    .map((path) => (path.startsWith(prefix) ? path.slice(prefix.length) : path));
}

async function blobsAt(
  { folder, prefix, signal }: Place,
  commit: string,
  paths: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const asked = paths.filter((path) => !path.includes("\n"));
  if (asked.length === 0) return new Map();
  // Not the reader that follows links: what counts is the link itself.
  // Workflows lie at the top, wherever below it the folder is.
  const full = asked.map((path) => (path.startsWith(".github/") ? path : `${prefix}${path}`));
  const input = full.map((path) => `${commit}:${path}\n`).join("");
  const args = ["cat-file", "--batch-check"];
  const lines = (await askGit({ folder, args, input }, signal)).split("\n");
  return new Map(
    asked.flatMap((path, index) => {
      const oid = /^([0-9a-f]{40,64}) blob /.exec(lines[index] ?? "")?.[1];
      return oid === undefined ? [] : [[path, oid] as const];
    }),
  );
}

async function merged(
  { folder, signal }: Place,
  base: string,
  head: string,
): Promise<string | undefined> {
  const args = ["merge-tree", "--write-tree", "--no-messages", base, head];
  const said = await runGit({ folder, args }, signal);
  if (said.code === 1) return undefined;
  if (said.code !== 0) throw new GitError(`git merge-tree failed: ${reasonIn(said.err)}`);
  const env = { GIT_AUTHOR_NAME: "waybill", GIT_AUTHOR_EMAIL: "waybill@localhost" };
  const who = {
    ...env,
    GIT_COMMITTER_NAME: env.GIT_AUTHOR_NAME,
    GIT_COMMITTER_EMAIL: env.GIT_AUTHOR_EMAIL,
  };
  const parents = ["-p", base, "-p", head];
  const commit = ["commit-tree", said.out.trim(), ...parents, "-m", "what merging gives"];
  return (await askGit({ folder, args: commit, env: who }, signal)).trim();
}
