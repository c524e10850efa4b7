import type { MergedBetween, NotesSource } from "#model";
import type { GitHubPlace } from "#scm";
import { forgeAccess, type Environment } from "../pr/forge.ts";

/** A source repository that may be asked, by the address that an artifact names. */
export interface SourceRepository {
  /** `OWNER/NAME` */
  readonly name: string;
  readonly url: string;
  compareUrl(from: string, to: string): string;
  /** Undefined: it, or one of the commits, is not there for the token. Throws a ForgeError. */
  mergedBetween(from: string, to: string, signal: AbortSignal): Promise<MergedBetween | undefined>;
}

export type SourceForges = (address: string) => Promise<SourceRepository | undefined>;

/**
 * The repositories of the one GitHub that the promotions repository is on. An artifact's annotation is foreign text: no
 * other host is asked anything, because it would be sent the token (threats 6 and 7).
 */
export async function sourceForges(
  { root, env }: { readonly root: string; readonly env: Environment },
  signal: AbortSignal,
): Promise<SourceForges> {
  const { gitHubPlaceOf, openGit, openRemote } = await import("#scm");
  const git = await openGit(root, signal);
  const remote = git && (await openRemote(root, {}, signal));
  const origin = remote && gitHubPlaceOf(remote.url, env);
  const own = origin?.server ?? new URL(env["GITHUB_SERVER_URL"] || "https://github.com").origin;
  return async (address) => {
    const known = await forgeAccess(plainAddress(address), env);
    if (known === undefined || known.place.server !== own) return undefined;
    const access = (await forgeAccess(plainAddress(address), forJob(known.place, env))) ?? known;
    const { place } = access;
    const url = `${place.server}/${nameOf(place)}`;
    return {
      name: nameOf(place),
      url,
      compareUrl: (from, to) => `${url}/compare/${from}...${to}`,
      mergedBetween: async (from, to, within) =>
        (await access.open()).mergedBetween({ from, to }, within),
    };
  };
}

/** A job reads the repository that it runs for with its own token: the one that writes elsewhere need not be able to. */
function forJob(place: GitHubPlace, env: Environment): Environment {
  const isJobs = env["GITHUB_REPOSITORY"]?.toLowerCase() === nameOf(place).toLowerCase();
  return isJobs && env["GITHUB_TOKEN"] ? { ...env, WAYBILL_GITHUB_TOKEN: undefined } : env;
}

function nameOf({ owner, name }: GitHubPlace): string {
  return `${owner}/${name}`;
}

/** Builders write `git+https://…`, `….git`, or a commit behind `#`. */
function plainAddress(address: string): string {
  return address.replace(/^git\+/, "").replace(/[?#].*$/s, "");
}

/** Nothing is known of where something was made. */
export const NO_SOURCE: NotesSource = {
  url: undefined,
  from: undefined,
  to: undefined,
  compareUrl: undefined,
  platforms: [],
};
