import type { Forge, GitHubApp } from "#scm";
import type { Environment } from "../pr/forge.ts";

/** What the bot's App is, before it looks at any repository. */
export interface AppRequest {
  readonly appId: string;
  /** The PEM that GitHub hands out. */
  readonly privateKey: string;
  /** Names the GitHub: GITHUB_SERVER_URL, GITHUB_API_URL, GITHUB_GRAPHQL_URL. */
  readonly env: Environment;
}

/** An App with what it remembers: which installation a repository is in, and tokens that are still good. */
export interface InstalledApp {
  readonly id: string;
  /** Access to one repository; undefined where the App is not installed in it. */
  access(repository: string, signal: AbortSignal): Promise<RepositoryAccess | undefined>;
  /** Forgets what it knew of installations: GitHub said that they changed. */
  forget(): void;
  readonly deliveries: GitHubApp["deliveries"];
  readonly redeliver: GitHubApp["redeliver"];
}

export interface RepositoryAccess {
  /** `OWNER/NAME` */
  readonly repository: string;
  /** Where git gets it, without a credential. */
  readonly url: string;
  readonly token: string;
  /** For the verbs: what a job of Actions would have. */
  readonly env: Environment;
  readonly forge: Forge;
}

/** A token lives for an hour, and a job for some minutes. */
const TOKEN_MS = 30 * 60_000;
const INSTALLATION_MS = 10 * 60_000;
/** No more repositories are remembered at once. */
const MOST = 1000;

/**
 * Opens the App of a bot.
 * @throws {ForgeError} where the environment names no GitHub
 */
export async function openInstalledApp(request: AppRequest): Promise<InstalledApp> {
  const { gitHubServerOf, openGitHubApp } = await import("#scm");
  const server = gitHubServerOf(request.env);
  // A GitHub that is this machine itself is a test's, and needs no second between two writes.
  const pace = !/^http:\/\/(?:127\.|localhost|\[::1\])/.test(server.api);
  const { appId, privateKey } = request;
  const app = await openGitHubApp({ server, appId, privateKey, pace });
  const installations = new Remembered<number | undefined>(INSTALLATION_MS);
  const accesses = new Remembered<RepositoryAccess>(TOKEN_MS);
  return {
    id: appId,
    deliveries: (since, signal) => app.deliveries(since, signal),
    redeliver: (delivery, signal) => app.redeliver(delivery, signal),
    forget() {
      installations.clear();
      accesses.clear();
    },
    async access(repository, signal) {
      const named = nameOf(repository);
      const installation = await installations.get(repository, () =>
        app.installationOf(named, signal),
      );
      if (installation === undefined) return undefined;
      return accesses.get(repository, async () => {
        const token = await app.tokenFor(installation, named, signal);
        return accessOf({ ...request, repository, token, pace });
      });
    },
  };
}

interface Accessing extends AppRequest {
  readonly repository: string;
  readonly token: string;
  readonly pace: boolean;
}

async function accessOf({ env, repository, token, pace }: Accessing): Promise<RepositoryAccess> {
  const { gitHubPlaceFromName, openGitHub } = await import("#scm");
  const place = gitHubPlaceFromName(repository, env);
  if (place === undefined) throw new RangeError(`${repository} is no repository's name`);
  const credential = { kind: "token", token, from: `the App, for ${repository}` } as const;
  return {
    repository,
    url: `${place.server}/${repository}.git`,
    token,
    env: {
      GITHUB_SERVER_URL: place.server,
      GITHUB_API_URL: place.api,
      GITHUB_GRAPHQL_URL: place.graphql,
      GITHUB_REPOSITORY: repository,
      WAYBILL_GITHUB_TOKEN: token,
    },
    forge: await openGitHub({ place, credential, pace }),
  };
}

function nameOf(repository: string): { readonly owner: string; readonly name: string } {
  const [owner = "", name = ""] = repository.split("/");
  return { owner, name };
}

/** Values that are asked for again after a time; a failure is not remembered. */
class Remembered<T> {
  readonly #values = new Map<string, { readonly value: T; readonly until: number }>();
  readonly #ms: number;

  constructor(ms: number) {
    this.#ms = ms;
  }

  async get(key: string, ask: () => Promise<T>): Promise<T> {
    const known = this.#values.get(key);
    if (known !== undefined && known.until > Date.now()) return known.value;
    const value = await ask();
    if (this.#values.size >= MOST) this.#values.clear();
    this.#values.set(key, { value, until: Date.now() + this.#ms });
    return value;
  }

  clear(): void {
    this.#values.clear();
  }
}
