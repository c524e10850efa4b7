import type { Forge, GitHubPlace, GitRemote } from "#scm";
import { RequestError } from "../request-error.ts";

/** What a run knows of its surroundings. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where a repository's remote is, and the token for it, as far as it is a forge that we speak with. */
export interface ForgeAccess {
  readonly place: GitHubPlace;
  /** Undefined: there is none in the environment. */
  readonly token: string | undefined;
  /** @throws {ForgeError} `no-token` */
  open(): Promise<Forge>;
}

/** The forge of a remote's address; undefined where it is none that we know (issue 6 §5). */
export async function forgeAccess(url: string, env: Environment): Promise<ForgeAccess | undefined> {
  const { gitHubPlaceOf } = await import("#scm");
  const place = gitHubPlaceOf(url, env);
  return place === undefined ? undefined : accessTo(place, env);
}

/**
 * Opens the forge that the folder's origin, or the job, is about.
 * @throws {RequestError} where neither names one; {ForgeError} `no-token`
 */
export async function openForge(
  { root, env }: { readonly root: string; readonly env: Environment },
  signal: AbortSignal,
): Promise<Forge> {
  const { gitHubPlaceFromName, openRemote } = await import("#scm");
  const name = env["GITHUB_REPOSITORY"];
  const fromJob = name === undefined ? undefined : gitHubPlaceFromName(name, env);
  if (fromJob !== undefined) return (await accessTo(fromJob, env)).open();
  const remote: GitRemote | undefined = await openRemote(root, {}, signal);
  const access = remote === undefined ? undefined : await forgeAccess(remote.url, env);
  if (access !== undefined) return access.open();
  throw new RequestError(
    "This repository's origin is no GitHub, so that there is no pull request to speak of.",
    "set GITHUB_SERVER_URL to the address of your own GitHub",
  );
}

async function accessTo(place: GitHubPlace, env: Environment): Promise<ForgeAccess> {
  const { ForgeError, openGitHub, tokenFrom } = await import("#scm");
  // A GitHub that is this machine itself is a test's, and needs no second between two writes.
  const pace = !/^http:\/\/(?:127\.|localhost|\[::1\])/.test(place.api);
  function credential(): ReturnType<typeof tokenFrom> | undefined {
    try {
      return tokenFrom(env, place);
    } catch (error) {
      if (error instanceof ForgeError && error.code === "no-token") return undefined;
      throw error;
    }
  }
  const known = credential();
  return {
    place,
    token: known?.kind === "token" ? known.token : undefined,
    open: () => openGitHub({ place, credential: tokenFrom(env, place), pace }),
  };
}
