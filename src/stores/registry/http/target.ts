import { isNamed } from "../auth/realm.ts";
import type { Endpoint } from "../endpoint.ts";
import { isPrivateLiteral } from "./address-kind.ts";

/** Where one request goes, and whether that is the registry itself, which alone sees credentials. */
export interface Target {
  readonly origin: string;
  /** With its query. */
  readonly path: string;
  readonly home: boolean;
}

/** Resolves what a call asks for: a path of the API, or an address that the registry gave. A string tells why not. */
export function targetOf(target: string | URL, endpoint: Endpoint): Target | string {
  if (typeof target === "string") return { origin: endpoint.origin, path: target, home: true };
  return judge(atHome(target, endpoint), endpoint, endpoint.plain);
}

/** Judges where a redirect leads (research trust §7 rows 6 and 7); once away from home, no target is home again. */
export function redirectTarget(
  location: string,
  from: Target,
  endpoint: Endpoint,
): Target | string {
  const base = from.origin + from.path;
  if (location === "" || !URL.canParse(location, base)) return "to nowhere";
  const target = judge(new URL(location, base), endpoint, from.origin.startsWith("http:"));
  return typeof target === "string" ? target : { ...target, home: target.home && from.home };
}

function judge(url: URL, endpoint: Endpoint, plainAllowed: boolean): Target | string {
  if (url.protocol !== "https:" && url.protocol !== "http:") return `to a ${url.protocol} address`;
  if (url.protocol === "http:" && !plainAllowed) return `from https to plain http (${url.host})`;
  if (url.username !== "" || url.password !== "") return "to an address with a user name";
  const home = url.origin === endpoint.origin;
  const objection = home || url.host === endpoint.host ? undefined : objectionTo(url, endpoint);
  return objection ?? { origin: url.origin, path: url.pathname + url.search, home };
}

function objectionTo(url: URL, { blobRedirectHosts, hostname }: Endpoint): string | undefined {
  const unnamed = "which blobRedirectHosts in policies/registries.yaml does not name";
  if (isNamed(url, blobRedirectHosts ?? [])) return undefined;
  if (blobRedirectHosts !== undefined) return `to ${url.host}, ${unnamed}`;
  return isPrivateLiteral(url.hostname) && !isPrivateLiteral(hostname)
    ? `to a private address (${url.host}), ${unnamed}`
    : undefined;
}

/** A registry behind a proxy may forget that it is reached by https, or at which port: its own name is still itself. */
function atHome(url: URL, endpoint: Endpoint): URL {
  const forgotScheme =
    url.protocol === "http:" && !endpoint.plain && url.host === endpoint.hostname;
  const forgotPort = url.port === "" && url.hostname === endpoint.hostname;
  if (!forgotScheme && !forgotPort) return url;
  return new URL(url.pathname + url.search, endpoint.origin);
}
