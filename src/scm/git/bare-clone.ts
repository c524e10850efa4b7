import { mkdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { openRemote } from "./remote.ts";
import { askGit, runGit } from "./run-git.ts";

/** A repository that we keep for ourselves, without a work tree: what pull requests are looked at in. */
export interface BareClone {
  readonly folder: string;
  /** Brings references here. */
  fetch(refspecs: readonly string[]): Promise<void>;
  /** What references below a prefix name here, by the rest of their names. */
  references(prefix: string): Promise<ReadonlyMap<string, string>>;
  /** Forgets a reference; one that is not there is as good as gone. */
  forget(reference: string): Promise<void>;
  /** Puts the files of a commit into a folder of their own, which git knows and which `discard` takes away again. */
  checkOut(commit: string, folder: string): Promise<void>;
  discard(folder: string): Promise<void>;
}

export interface BareCloneOptions {
  readonly folder: string;
  /** Without a credential in it: it is written into the repository's configuration. */
  readonly url: string;
  /** For the address's own host; it goes into git's environment and nowhere else. */
  readonly token: string | undefined;
}

/**
 * What the repository of a bot is set to, whatever its machine's git is set to: files are what they are in git, byte for
 * byte, nothing is fetched that was not asked for, and no process outlives the one that started it.
 */
const KEPT: readonly (readonly [string, string])[] = [
  ["core.autocrlf", "false"],
  ["gc.autoDetach", "false"],
  ["fetch.recurseSubmodules", "false"],
  ["submodule.recurse", "false"],
  ["gc.worktreePruneExpire", "now"],
];

/** A checkout reads no configuration but the repository's own, so that no filter of the machine runs on foreign files. */
const OWN_CONFIGURATION = {
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_LFS_SKIP_SMUDGE: "1",
} as const;

/** A first fetch brings the whole history. */
const FETCH_MS = 10 * 60_000;

/** Opens the clone that is kept in a folder, or begins it; beginning twice is beginning once. */
export async function openBareClone(
  { folder, url, token }: BareCloneOptions,
  signal: AbortSignal,
): Promise<BareClone> {
  await mkdir(folder, { recursive: true });
  if ((await urlOf(folder, signal)) !== url) await begin(folder, url, signal);
  return {
    folder,
    async fetch(refspecs) {
      const access = { token, withinMs: FETCH_MS };
      await (await openRemote(folder, access, signal))?.fetch(refspecs);
    },
    references: (prefix) => references(folder, prefix, signal),
    async forget(reference) {
      await askGit({ folder, args: ["update-ref", "-d", reference] }, signal);
    },
    async checkOut(commit, into) {
      const args = ["worktree", "add", "--quiet", "--force", "--detach", into, commit];
      await askGit({ folder, args, env: OWN_CONFIGURATION }, signal);
    },
    async discard(into) {
      // What was stopped half-way is taken away all the same, so this does not ask the signal.
      await rm(into, { recursive: true, force: true });
      await runGit({ folder, args: ["worktree", "prune"] }, AbortSignal.timeout(10_000));
    },
  };
}

/** Asked of the folder's own repository alone: a folder that is none yet may lie in somebody's work tree. */
async function urlOf(folder: string, signal: AbortSignal): Promise<string | undefined> {
  const found = await stat(join(folder, ".git", "HEAD")).catch(() => undefined);
  if (found === undefined) return undefined;
  const asked = { folder, args: ["config", "--local", "--get", "remote.origin.url"] };
  return (await runGit(asked, signal)).out.trim();
}

async function begin(folder: string, url: string, signal: AbortSignal): Promise<void> {
  // Below `.git`: a folder that only looks like a repository is none to our git (settings.ts).
  const init = ["init", "--quiet", "--bare", "--template=", "--initial-branch=main", ".git"];
  await askGit({ folder, args: init }, signal);
  for (const [name, value] of [...KEPT, ["remote.origin.url", url] as const]) {
    await askGit({ folder, args: ["config", name, value] }, signal);
  }
}

async function references(
  folder: string,
  prefix: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const args = ["for-each-ref", "--format=%(objectname) %(refname)", prefix];
  const lines = (await askGit({ folder, args }, signal)).split("\n");
  return new Map(
    lines.flatMap((line) => {
      const [oid = "", name = ""] = line.split(" ");
      return name.startsWith(prefix) ? [[name.slice(prefix.length), oid] as const] : [];
    }),
  );
}
