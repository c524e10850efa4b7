import type { Endpoint } from "../endpoint.ts";
import type { Credential, FoundCredential } from "./credential.ts";
import { readCredentialFiles, type CredentialFile, type Environment } from "./credential-files.ts";
import { askHelper } from "./credential-helper.ts";

/** Finds who we are at a host; files are read once a run, helpers asked now and then. */
export interface CredentialBook {
  /** The credentials for one repository of a host; undefined: none, so anonymous. */
  find(endpoint: Endpoint, path: string): Promise<FoundCredential | undefined>;
}

const HELPER_GOOD_MS = 60 * 60 * 1000;
const HELPER_FAILED_MS = 5_000;
const HUB_KEYS = ["index.docker.io", "docker.io", "registry-1.docker.io"];
/** The name under which docker keeps its own hub's credentials. */
const HUB_SERVER = "https://index.docker.io/v1/";

interface Held {
  readonly answer: Promise<Credential | undefined>;
  until: number;
}

/** Opens the credentials of this environment; nothing is read before the first 401 of a registry asks for it. */
export function openCredentials(env: Environment, now: () => number): CredentialBook {
  let files: Promise<readonly CredentialFile[]> | undefined;
  const helpers = new Map<string, Held>();

  function ask(helper: string, server: string): Promise<Credential | undefined> {
    const key = `${helper}\n${server}`;
    const held = helpers.get(key);
    if (held !== undefined && held.until > now()) return held.answer;
    const answer = askHelper(helper, server, env);
    const fresh: Held = { answer, until: now() + HELPER_GOOD_MS };
    helpers.set(key, fresh);
    answer.catch(() => {
      fresh.until = now() + HELPER_FAILED_MS;
    });
    return answer;
  }

  return {
    async find(endpoint, path) {
      files ??= readCredentialFiles(env);
      for (const [index, file] of (await files).entries()) {
        const found = await findIn(file, { endpoint, path, ask, index });
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
}

interface Search {
  readonly endpoint: Endpoint;
  readonly path: string;
  readonly index: number;
  ask(helper: string, server: string): Promise<Credential | undefined>;
}

/** A namespace's key, most specific first, then the host's helper, then the general helper, then the host's own key. */
async function findIn(file: CredentialFile, search: Search): Promise<FoundCredential | undefined> {
  const hosts = hostKeys(search.endpoint);
  const spaces = hosts.flatMap((host) => namespaces(host, search.path));
  const inSpace = lookUp(file, spaces, search.index);
  if (inSpace !== undefined) return inSpace;
  const helper = hosts.map((host) => file.helpers.get(host)).find((name) => name !== undefined);
  const asked = await askedHelper(helper ?? file.store, search);
  return asked ?? lookUp(file, hosts, search.index);
}

async function askedHelper(
  helper: string | undefined,
  search: Search,
): Promise<FoundCredential | undefined> {
  if (helper === undefined) return undefined;
  const { endpoint } = search;
  const credential = await search.ask(helper, isHub(endpoint) ? HUB_SERVER : endpoint.host);
  if (credential === undefined) return undefined;
  return { credential, source: `the helper docker-credential-${helper}`, id: `helper ${helper}` };
}

function lookUp(
  file: CredentialFile,
  keys: readonly string[],
  index: number,
): FoundCredential | undefined {
  for (const key of keys) {
    const credential = file.entries.get(key);
    if (credential !== undefined) return { credential, source: file.name, id: `${index} ${key}` };
  }
  return undefined;
}

/** `host/a/b`, `host/a` for the repository `a/b`. */
function namespaces(host: string, path: string): readonly string[] {
  const parts = path.split("/");
  return parts.map((_, index) => `${host}/${parts.slice(0, parts.length - index).join("/")}`);
}

function hostKeys(endpoint: Endpoint): readonly string[] {
  if (isHub(endpoint)) return HUB_KEYS;
  const port = endpoint.plain ? 80 : 443;
  return endpoint.host === endpoint.hostname
    ? [endpoint.host, `${endpoint.host}:${port}`]
    : [endpoint.host];
}

function isHub(endpoint: Endpoint): boolean {
  return endpoint.host === "registry-1.docker.io";
}
