import { GitError } from "./git-error.ts";
import { askGit, reasonIn, runGit } from "./run-git.ts";

/** A remote of a repository, by its name in `.git/config`. */
export interface GitRemote {
  readonly name: string;
  /** Where it is, as configured: it may hold credentials, and is never shown. */
  readonly url: string;
  /** What references name there now, and the branch that HEAD is; what is not there is left out. */
  list(references: readonly string[]): Promise<RemoteReferences>;
  /** Brings objects here: each reference or commit there under a name here, `+theirs:ours`, or under none. */
  fetch(refspecs: readonly string[], depth?: number): Promise<void>;
  /** Moves one reference there, all or nothing. */
  push(update: RemoteUpdate): Promise<Pushed>;
}

export interface RemoteReferences {
  /** `refs/heads/…` that HEAD is; undefined where the remote does not tell. */
  readonly head: string | undefined;
  readonly oids: ReadonlyMap<string, string>;
}

export interface RemoteUpdate {
  readonly commit: string;
  readonly reference: string;
  /** What it must name now, undefined for nothing; `fast-forward`: whatever the commit comes after. */
  readonly expect: { readonly oid: string | undefined } | "fast-forward";
}

/** `raced`: somebody else was quicker, and nothing changed. */
export type Pushed =
  | { readonly kind: "pushed" }
  | { readonly kind: "raced" }
  | { readonly kind: "refused"; readonly reason: string };

/** How a remote is reached: with a credential, which goes into git's environment and nowhere else. */
export interface RemoteAccess {
  readonly name?: string | undefined;
  /** A token for the remote's own host over HTTP. */
  readonly token?: string | undefined;
  /** How long one question to it may take. */
  readonly withinMs?: number | undefined;
}

/** Opens a remote, `origin` where none is named; undefined where there is no such remote. */
export async function openRemote(
  folder: string,
  { name = "origin", token, withinMs }: RemoteAccess,
  signal: AbortSignal,
): Promise<GitRemote | undefined> {
  const asked = { folder, args: ["config", "--get", `remote.${name}.url`] };
  const url = (await runGit(asked, signal)).out.trim();
  if (url === "") return undefined;
  const call = { folder, env: token === undefined ? {} : authorized(url, token), withinMs };
  return {
    name,
    url,
    list: async (references) => {
      const args = ["ls-remote", "--symref", "--", name, "HEAD", ...references];
      return parseListing(await askGit({ ...call, args }, signal));
    },
    fetch: async (refspecs, depth) => {
      const how = ["--quiet", "--no-tags", "--no-write-fetch-head", "--no-recurse-submodules"];
      const deep = depth === undefined ? [] : [`--depth=${depth}`];
      await askGit({ ...call, args: ["fetch", ...how, ...deep, "--", name, ...refspecs] }, signal);
    },
    push: (update) => push({ ...call, name }, update, signal),
  };
}

/**
 * One header for the remote's own origin, in git's environment: whatever header a checkout left in the configuration is
 * dropped, because GitHub refuses two. Over anything but HTTP the user's own key is used.
 */
function authorized(url: string, token: string): Readonly<Record<string, string>> {
  const origin = URL.parse(url);
  const isSafe =
    origin?.protocol === "https:" ||
    (origin?.protocol === "http:" &&
      /^(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(origin.hostname));
  if (origin === null || !isSafe) return {};
  const key = `http.${origin.origin}/.extraHeader`;
  const basic = Buffer.from(`x-access-token:${token}`).toString("base64");
  return {
    GIT_CONFIG_COUNT: "2",
    GIT_CONFIG_KEY_0: key,
    GIT_CONFIG_VALUE_0: "",
    GIT_CONFIG_KEY_1: key,
    GIT_CONFIG_VALUE_1: `Authorization: Basic ${basic}`,
  };
}

function parseListing(listing: string): RemoteReferences {
  const head = /^ref: (refs\/heads\/\S+)\tHEAD$/m.exec(listing)?.[1];
  const oids = listing.matchAll(/^([0-9a-f]{40}|[0-9a-f]{64})\t(\S+)$/gm);
  return { head, oids: new Map([...oids].map(([, oid = "", name = ""]) => [name, oid])) };
}

async function push(
  call: {
    readonly folder: string;
    readonly env: Readonly<Record<string, string>>;
    readonly name: string;
  },
  { commit, reference, expect }: RemoteUpdate,
  signal: AbortSignal,
): Promise<Pushed> {
  const lease =
    expect === "fast-forward" ? [] : [`--force-with-lease=${reference}:${expect.oid ?? ""}`];
  const args = ["push", "--porcelain", "--no-verify", ...lease, "--", call.name];
  const said = await runGit({ ...call, args: [...args, `${commit}:${reference}`] }, signal);
  if (said.code === 0) return { kind: "pushed" };
  const refusal = /^!\t[^\t]*\t(.*)$/m.exec(said.out)?.[1];
  if (refusal === undefined) throw new GitError(`git push failed: ${reasonIn(said.err)}`);
  return RACED.test(refusal) ? { kind: "raced" } : { kind: "refused", reason: refusal };
}

/** Words of git, of libgit2 and of GitHub for "it is not what you think it is". */
const RACED =
  /fetch first|non-fast-forward|stale info|cannot lock ref|failed to (?:lock|update)|already exists|incorrect old value|needs force|reference is at|cannot update ref/i;
