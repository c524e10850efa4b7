import { ForgeError } from "../forge-error.ts";

/** The variables of a process, read only. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Where a repository lives on one GitHub: github.com, a subdomain of ghe.com, or a server of one's own. */
export interface GitHubPlace {
  /** The address that people see, without a slash at its end. */
  readonly server: string;
  readonly api: string;
  readonly graphql: string;
  readonly owner: string;
  readonly name: string;
}

const OWNER = /^[A-Za-z0-9](?:[A-Za-z0-9_-]{0,98}[A-Za-z0-9_])?$/;
const NAME = /^[A-Za-z0-9._-]{1,100}$/;

/**
 * The place of a git remote on GitHub; undefined where the remote is no GitHub (issue 6 §5: its host is github.com,
 * *.ghe.com or GITHUB_SERVER_URL's). GITHUB_API_URL and GITHUB_GRAPHQL_URL are addresses of GITHUB_SERVER_URL's host and
 * are used for that host alone, so that no token goes to another.
 */
export function gitHubPlaceOf(remote: string, env: Environment): GitHubPlace | undefined {
  const parts = partsOf(remote);
  if (parts === undefined) return undefined;
  const server = new URL(env["GITHUB_SERVER_URL"] || "https://github.com");
  const isServers = parts.hasPort ? parts.host === server.host : parts.host === server.hostname;
  if (!isServers && !isGitHubs(parts.host)) return undefined;
  const origin = isServers ? server.origin : `https://${parts.host}`;
  const api = (isServers && env["GITHUB_API_URL"]) || defaultApi(origin);
  const graphql = (isServers && env["GITHUB_GRAPHQL_URL"]) || defaultGraphQl(api);
  for (const address of [api, graphql]) checkAddress(address);
  const trimmed = { api: withoutSlash(api), graphql: withoutSlash(graphql) };
  return { server: origin, ...trimmed, owner: parts.owner, name: parts.name };
}

/** The GitHub that the environment names, github.com where it names none. */
export function gitHubServerOf(env: Environment): Pick<GitHubPlace, "server" | "api" | "graphql"> {
  const place = gitHubPlaceFromName("any/repository", env);
  if (place !== undefined) return place;
  throw new ForgeError({ code: "refused", message: "GITHUB_SERVER_URL is no GitHub's address." });
}

/** The place of `OWNER/NAME` on GITHUB_SERVER_URL, as Actions names it in GITHUB_REPOSITORY. */
export function gitHubPlaceFromName(repository: string, env: Environment): GitHubPlace | undefined {
  const server = env["GITHUB_SERVER_URL"] || "https://github.com";
  return gitHubPlaceOf(`${withoutSlash(server)}/${repository}`, env);
}

interface RemoteParts {
  readonly host: string;
  readonly hasPort: boolean;
  readonly owner: string;
  readonly name: string;
}

/** Reads `https://HOST/O/N.git`, `ssh://git@HOST/O/N.git` and `git@HOST:O/N.git`. */
function partsOf(remote: string): RemoteParts | undefined {
  const scp = /^(?:[A-Za-z0-9._-]+@)?([A-Za-z0-9.-]+):(?!\/\/)(.+)$/.exec(remote);
  const [, scpHost, scpPath] = scp ?? [];
  if (scpHost !== undefined && scpPath !== undefined) {
    return withPath({ host: scpHost.toLowerCase(), hasPort: false }, scpPath);
  }
  const url = URL.parse(remote);
  if (url === null) return undefined;
  // A port of SSH says nothing about the port of the server's pages.
  if (url.protocol === "ssh:")
    return withPath({ host: url.hostname, hasPort: false }, url.pathname);
  const isHttp = url.protocol === "https:" || url.protocol === "http:";
  return isHttp ? withPath({ host: url.host, hasPort: true }, url.pathname) : undefined;
}

function withPath(
  where: { readonly host: string; readonly hasPort: boolean },
  path: string,
): RemoteParts | undefined {
  const [owner = "", name = "", ...rest] = path
    .replace(/^\/+/, "")
    .replace(/\/+$/, "")
    .replace(/\.git$/, "")
    .split("/");
  const ok = rest.length === 0 && OWNER.test(owner) && NAME.test(name) && !/^\.+$/.test(name);
  return ok ? { ...where, owner, name } : undefined;
}

function isGitHubs(host: string): boolean {
  return host === "github.com" || /^[a-z0-9-]+\.ghe\.com$/.test(host);
}

function defaultApi(origin: string): string {
  const { host, protocol } = new URL(origin);
  return isGitHubs(host) ? `https://api.${host}` : `${protocol}//${host}/api/v3`;
}

function defaultGraphQl(api: string): string {
  return api.endsWith("/api/v3") ? `${api.slice(0, -"/v3".length)}/graphql` : `${api}/graphql`;
}

/** A token goes out on every request: over TLS, or to this machine itself. */
function checkAddress(address: string): void {
  const url = URL.parse(address);
  const isLocal = /^(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(url?.hostname ?? "");
  if (url?.protocol === "https:" || (url?.protocol === "http:" && isLocal)) return;
  throw new ForgeError({
    code: "refused",
    message: `${url?.origin ?? "The address in GITHUB_API_URL"} is no https address, and a token is not sent over anything else.`,
    hint: "Set GITHUB_SERVER_URL, GITHUB_API_URL and GITHUB_GRAPHQL_URL to the https addresses of your GitHub.",
  });
}

function withoutSlash(address: string): string {
  return address.replace(/\/+$/, "");
}
