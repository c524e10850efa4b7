import { simpleGit, type SimpleGit } from "simple-git";
import { readBlobs, readCommit } from "./cat-file.ts";
import { changesTo, type FileChange } from "./changes.ts";
import { GitError } from "./git-error.ts";
import { textsOnBranch } from "./history.ts";
import { askGit } from "./run-git.ts";
import { SETTINGS } from "./settings.ts";

/** No question to git takes longer without a word. */
const SILENCE_MS = 60_000;
const REVISION = /^[A-Za-z0-9_@/.^~{}+:-]{1,255}$/;

/** A git repository seen from one folder of it; every path is relative to that folder, with `/`. */
export interface GitRepository {
  /** The commit that a revision names, 40 or 64 hex; undefined where there is none. */
  resolve(revision: string): Promise<string | undefined>;
  /** Files below the folders that differ between a commit and the work tree, and YAML that no commit has, ignored or not. */
  changedSince(commit: string, folders: readonly string[]): Promise<readonly string[]>;
  /** Files below the folders that differ between two commits. */
  changedBetween(
    before: string,
    after: string,
    folders: readonly string[],
  ): Promise<readonly string[]>;
  /** Files below the folders with changes that are not committed; of ignored ones YAML only, which could be desired state. */
  uncommitted(folders: readonly string[]): Promise<readonly string[]>;
  /** Regular files below the folders at a commit. */
  filesAt(commit: string, folders: readonly string[]): Promise<readonly string[]>;
  /** The texts of files at a commit, links inside the repository followed; a path that leads to no file there is left out. */
  read(commit: string, paths: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Every text that a file ever had on the branch that a commit ends; undefined where the clone is shallow. */
  everText(commit: string, path: string): Promise<readonly string[] | undefined>;
  /** The commits on the branch that a commit ends which changed a file, newest first. */
  changesTo(commit: string, path: string): Promise<readonly FileChange[]>;
}

/** Opens the repository that holds a folder; undefined outside git. */
export async function openGit(
  folder: string,
  signal: AbortSignal,
): Promise<GitRepository | undefined> {
  const git = simpleGit({
    baseDir: folder,
    abort: signal,
    timeout: { block: SILENCE_MS },
    maxConcurrentProcesses: 4,
    config: [...SETTINGS],
    // simple-git asks whether we mean it: both are switched off.
    unsafe: { allowUnsafeFsMonitor: true, allowUnsafeHooksPath: true },
  });
  const place = await placeOf(git);
  if (place === undefined) return undefined;
  const { prefix, isShallow } = place;
  return {
    resolve: (revision) => resolve(folder, revision, signal),
    changedSince: (commit, folders) => changedSince({ folder, commit, folders }, signal),
    changedBetween: (before, after, folders) =>
      changedBetween({ folder, before, after, folders }, signal),
    uncommitted: (folders) => uncommitted(git, prefix, folders),
    filesAt: (commit, folders) => filesAt(git, commit, folders),
    read: (commit, paths) => readBlobs({ folder, commit, prefix, paths }, signal),
    changesTo: (commit, path) => changesTo(git, { prefix, commit, path }),
    everText: async (commit, path) =>
      isShallow ? undefined : textsOnBranch(git, { folder, prefix, commit, path }, signal),
  };
}

interface Place {
  /** The folder's path below the top of its work tree. */
  readonly prefix: string;
  readonly isShallow: boolean;
}

/** Where the folder lies; undefined outside git. */
async function placeOf(git: SimpleGit): Promise<Place | undefined> {
  try {
    const said = await git.raw(["rev-parse", "--is-shallow-repository", "--show-prefix"]);
    const [shallow, prefix = ""] = said.split("\n");
    return { prefix, isShallow: shallow === "true" };
  } catch (error) {
    if (isSaid(error, "not a git repository")) return undefined;
    if (isSaid(error, "safe.bareRepository")) throw nestedRepository(error);
    throw new GitError("git could not be run here", { cause: error });
  }
}

function nestedRepository(cause: unknown): GitError {
  return new GitError(
    "Files of the promotions repository make one of its folders a git repository of its own (HEAD, objects/, refs/), whose settings could name programs to run.",
    { cause, exitCode: 2, hint: "remove them; a bare repository is named by GIT_DIR" },
  );
}

function isSaid(error: unknown, words: string): boolean {
  return error instanceof Error && error.message.includes(words);
}

async function resolve(
  folder: string,
  revision: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  // A revision is typed by a person or comes from an event: it is never an option and never a range.
  if (!REVISION.test(revision) || revision.startsWith("-") || revision.includes(".."))
    return undefined;
  return readCommit({ folder, revision }, signal);
}

interface Since {
  readonly folder: string;
  readonly commit: string;
  readonly folders: readonly string[];
}

const DIFFERENCE = ["--name-only", "--no-renames", "--relative", "-z"];

async function changedSince(
  { folder, commit, folders }: Since,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const below = ["--", ...folders];
  const [tracked, others] = await Promise.all([
    askGit({ folder, args: ["diff", ...DIFFERENCE, commit, ...below] }, signal),
    askGit({ folder, args: ["ls-files", "--others", "-z", ...below] }, signal),
  ]);
  // YAML that no commit has, ignored or not: it is read as desired state all the same.
  return union(parts(tracked), parts(others).filter(isYaml));
}

interface Between {
  readonly folder: string;
  readonly before: string;
  readonly after: string;
  readonly folders: readonly string[];
}

async function changedBetween(
  { folder, before, after, folders }: Between,
  signal: AbortSignal,
): Promise<readonly string[]> {
  if (before === after) return [];
  const args = ["diff-tree", "-r", ...DIFFERENCE, before, after, "--", ...folders];
  return parts(await askGit({ folder, args }, signal));
}

async function uncommitted(
  git: SimpleGit,
  prefix: string,
  folders: readonly string[],
): Promise<readonly string[]> {
  // One process for all kinds of change; its line about the branch keeps simple-git from waiting.
  const how = ["--porcelain=v1", "-z", "--branch", "--no-renames"];
  const what = [...how, "--untracked-files=all", "--ignored"];
  const said = await git.raw(["--no-optional-locks", "status", ...what, "--", ...folders]);
  // `XY path`, from the top of the work tree whatever the folder.
  const paths = parts(said).flatMap((entry) =>
    isNoChange(entry) ? [] : [entry.slice("XY ".length + prefix.length)],
  );
  return union(paths, []);
}

/** The branch, and ignored files that no reader takes for desired state: an editor's, a file manager's. */
function isNoChange(entry: string): boolean {
  return entry.startsWith("## ") || (entry.startsWith("!! ") && !isYaml(entry));
}

function isYaml(path: string): boolean {
  return path.endsWith(".yaml");
}

async function filesAt(
  git: SimpleGit,
  commit: string,
  folders: readonly string[],
): Promise<readonly string[]> {
  const listed = parts(
    await git.raw([
      "ls-tree",
      "-r",
      "-z",
      "--format=%(objectmode) %(path)",
      commit,
      "--",
      ...folders,
    ]),
  );
  return listed.flatMap((line) => (/^100(?:644|755) /.test(line) ? [line.slice(7)] : []));
}

function parts(output: string): readonly string[] {
  return output.split("\0").filter((part) => part !== "");
}

function union(a: readonly string[], b: readonly string[]): readonly string[] {
  return [...new Set([...a, ...b])].toSorted();
}
