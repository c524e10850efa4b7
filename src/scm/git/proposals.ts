import { createHash, randomUUID } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { GitError } from "./git-error.ts";
import { objectReader } from "./object-reader.ts";
import { askGit, reasonIn, runGit } from "./run-git.ts";

/** A commit's parents and its message. */
export interface CommitText {
  readonly parents: readonly string[];
  readonly message: string;
}

/** A commit to be made on top of another. */
export interface NewCommit {
  readonly parent: string;
  readonly message: string;
  /** Path from the top → text; undefined takes the file away. */
  readonly files: ReadonlyMap<string, string | undefined>;
}

/** What a change that is not in the work tree needs of a repository. */
export interface GitProposals {
  /** Undefined: the clone does not have that commit. */
  readCommit(commit: string): Promise<CommitText | undefined>;
  /** Paths from the top that differ between two commits. */
  changedBetween(before: string, after: string): Promise<readonly string[]>;
  /** The text of a file, by its path from the top; undefined: there is none. */
  textAt(commit: string, path: string): Promise<string | undefined>;
  /** Joins two changes of one text line by line; undefined where they touch the same lines. */
  merge(sides: MergeSides): Promise<string | undefined>;
  /** Makes a commit that no branch has. Who made it is who git says stands here. */
  commit(change: NewCommit): Promise<string>;
  /** Lends a work tree of a commit for as long as the work takes: its folder, at the same place below its top. */
  inWorkTree<T>(commit: string, work: (folder: string) => Promise<T>): Promise<T>;
  readonly isShallow: boolean;
  /** Where the folder lies below the top: empty, or ending with a slash. */
  readonly prefix: string;
}

export interface MergeSides {
  readonly base: string;
  readonly ours: string;
  readonly theirs: string;
}

/** Opens a repository for changes that its work tree does not see; undefined outside git. */
export async function openProposals(
  folder: string,
  signal: AbortSignal,
): Promise<GitProposals | undefined> {
  const args = ["rev-parse", "--is-shallow-repository", "--show-prefix"];
  const asked = await runGit({ folder, args }, signal);
  if (asked.code !== 0 && asked.err.includes("not a git repository")) return undefined;
  if (asked.code !== 0) throw new GitError(`git rev-parse failed: ${reasonIn(asked.err)}`);
  const [shallow, prefix = ""] = asked.out.split("\n");
  return {
    isShallow: shallow === "true",
    prefix,
    readCommit: (commit) => readCommit(folder, commit, signal),
    changedBetween: async (before, after) => {
      const how = ["diff", "--name-only", "--no-renames", "-z", before, after];
      return (await askGit({ folder, args: how }, signal))
        .split("\0")
        .filter((path) => path !== "");
    },
    textAt: async (commit, path) => {
      const { code, out } = await runGit(
        { folder, args: ["cat-file", "blob", `${commit}:${path}`] },
        signal,
      );
      return code === 0 ? out : undefined;
    },
    merge: (sides) => mergeTexts(folder, sides, signal),
    commit: (change) => commitOn(folder, change, signal),
    inWorkTree: (commit, work) => inWorkTree({ folder, prefix, commit }, work, signal),
  };
}

async function readCommit(
  folder: string,
  commit: string,
  signal: AbortSignal,
): Promise<CommitText | undefined> {
  const found = await objectReader(folder, signal).ask({ kind: "contents", name: commit });
  if (found?.type !== "commit") return undefined;
  const out = found.content.toString("utf8");
  const end = out.indexOf("\n\n");
  const head = end < 0 ? out : out.slice(0, end);
  const parents = [...head.matchAll(/^parent ([0-9a-f]{40,64})$/gm)].map(([, oid = ""]) => oid);
  return { parents, message: end < 0 ? "" : out.slice(end + 2) };
}

async function mergeTexts(
  folder: string,
  sides: MergeSides,
  signal: AbortSignal,
): Promise<string | undefined> {
  const scratch = await mkdtemp(join(tmpdir(), "waybill-merge-"));
  try {
    for (const name of ["ours", "base", "theirs"] as const)
      await writeFile(join(scratch, name), sides[name]);
    const files = ["ours", "base", "theirs"].map((name) => join(scratch, name));
    const { code, out } = await runGit({ folder, args: ["merge-file", "-p", ...files] }, signal);
    return code === 0 ? out : undefined;
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

async function commitOn(folder: string, change: NewCommit, signal: AbortSignal): Promise<string> {
  const scratch = `refs/waybill/scratch/${randomUUID()}`;
  const ident = await runGit({ folder, args: ["var", "GIT_COMMITTER_IDENT"] }, signal);
  if (ident.code !== 0) throw new GitError(`git does not know who you are: ${reasonIn(ident.err)}`);
  const { parent, message, files } = change;
  const lines = [
    `commit ${scratch}\nmark :1\n`,
    `committer ${ident.out.trim()}\n`,
    data(message),
    `from ${parent}\n`,
    ...[...files].map(([path, text]) =>
      text === undefined ? `D ${quoted(path)}\n` : `M 100644 inline ${quoted(path)}\n${data(text)}`,
    ),
    "\nget-mark :1\ndone\n",
  ];
  const args = ["fast-import", "--quiet", "--done", "--date-format=raw"];
  try {
    return (await askGit({ folder, args, input: lines.join("") }, signal)).trim();
  } finally {
    await runGit({ folder, args: ["update-ref", "-d", scratch] }, signal);
  }
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}

function quoted(path: string): string {
  return `"${path.replace(/["\\]/g, "\\$&").replaceAll("\n", "\\n")}"`;
}

interface Lending {
  readonly folder: string;
  readonly prefix: string;
  readonly commit: string;
}

async function inWorkTree<T>(
  { folder, prefix, commit }: Lending,
  work: (folder: string) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const scratch = await mkdtemp(join(tmpdir(), "waybill-tree-"));
  const tree = join(scratch, "tree");
  try {
    const args = ["worktree", "add", "--quiet", "--detach", tree, commit];
    await askGit({ folder, args }, signal);
    return await work(join(tree, prefix));
  } finally {
    // Whatever stopped the work, its tree goes: with a time of its own, because the signal may have ended.
    const args = ["worktree", "remove", "--force", tree];
    await runGit({ folder, args }, AbortSignal.timeout(CLEAN_UP_MS));
    await rm(scratch, { recursive: true, force: true });
  }
}

const CLEAN_UP_MS = 10_000;

/** One hash for some files and what they say, in any order. */
export function hashOfFiles(files: ReadonlyMap<string, string | undefined>): string {
  const hash = createHash("sha256");
  for (const path of [...files.keys()].toSorted()) {
    const text = files.get(path);
    hash.update(`${JSON.stringify([path, text ?? null])}\n`);
  }
  return hash.digest("hex");
}
