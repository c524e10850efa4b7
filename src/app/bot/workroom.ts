import { randomUUID } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { BareClone } from "#scm";
import type { InstalledApp, RepositoryAccess } from "./installed.ts";
import type { Environment } from "../pr/forge.ts";

/** What the bot gives each of its jobs. */
export interface BotRequest {
  readonly app: InstalledApp;
  /** The bot's folder: clones lie in `clones/`, the files of commits that are looked at in `trees/`. */
  readonly state: string;
  /** `OWNER/NAME` */
  readonly repository: string;
  /** What started the job: the newest delivery that it answers. */
  readonly delivery: string;
  /** The bot's own variables: credentials of registries are in them. */
  readonly env: Environment;
  readonly now: () => Date;
  readonly toolVersion: string;
}

/** What a job came to; one that was ignored says why, in a word of a closed list. */
export type BotOutcome =
  | { readonly kind: "checked" }
  /** `again`: the pull request is to be looked at once more. */
  | { readonly kind: "answered"; readonly again: boolean }
  | { readonly kind: "ignored"; readonly reason: IgnoredReason };

export type IgnoredReason =
  | "not-installed"
  | "no-pull-request"
  | "not-open"
  | "other-base"
  | "no-commit"
  | "no-command";

/** Head references of pull requests that the bot knows to be open. */
export const REQUESTS = "refs/waybill/pull/";

/** A repository, with our clone of it. */
export interface Workroom {
  readonly access: RepositoryAccess;
  readonly clone: BareClone;
}

/** Opens a repository's clone; undefined where the App is not installed in it. */
export async function openWorkroom(
  { app, state, repository }: BotRequest,
  signal: AbortSignal,
): Promise<Workroom | undefined> {
  const access = await app.access(repository, signal);
  if (access === undefined) return undefined;
  const { openBareClone } = await import("#scm");
  const { url, token } = access;
  const clone = await openBareClone({ folder: cloneFolder(state, repository), url, token }, signal);
  return { access, clone };
}

/** Where a repository's clone lies: GitHub tells upper from lower case in no name. */
export function cloneFolder(state: string, repository: string): string {
  return join(state, "clones", `${repository.toLowerCase()}.git`);
}

/** Takes away what a bot that was killed left of the commits that it was looking at. */
export async function clearTrees(state: string): Promise<void> {
  await rm(join(state, "trees"), { recursive: true, force: true });
}

/** Does something with the files of a commit in a folder of their own, and takes them away again. */
export async function withTree<T>(
  {
    clone,
    state,
    commit,
  }: { readonly clone: BareClone; readonly state: string; readonly commit: string },
  work: (root: string) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const trees = join(state, "trees");
  await mkdir(trees, { recursive: true, mode: 0o700 });
  const root = join(trees, randomUUID());
  try {
    await clone.checkOut(commit, root);
    signal.throwIfAborted();
    return await work(root);
  } finally {
    await clone.discard(root);
  }
}

/** The bot's variables for everything that speaks with registries: what is GitHub's is no business of theirs. */
export function registryEnvironment(env: Environment): Environment {
  const ours = /^(?:WAYBILL_GITHUB_|GITHUB_|GH_TOKEN$)/;
  return Object.fromEntries(Object.entries(env).filter(([name]) => !ours.test(name)));
}
