import { isAbsolute, join } from "node:path";
import type { RegistryHost } from "#model";

/** Where the requests of one canonical registry host really go (contract §2, registries.yaml). */
export interface Endpoint {
  /** The host as plans show it. */
  readonly canonical: string;
  /** Scheme, host and port: `https://mirror.internal:5000`. */
  readonly origin: string;
  /** Host and port as a URL has them; credentials, limits and tokens belong to it. */
  readonly host: string;
  readonly hostname: string;
  /** What comes before `/v2/`; empty for most. */
  readonly base: string;
  readonly plain: boolean;
  /** Absolute. */
  readonly caFile: string | undefined;
  readonly maxConcurrency: number | undefined;
  readonly requestsPerSecond: number | undefined;
  readonly blobRedirectHosts: readonly string[] | undefined;
  readonly tokenHosts: readonly string[];
}

/** Hosts whose registry answers under another name than the one that references carry. */
const KNOWN_ENDPOINTS: ReadonlyMap<string, string> = new Map([
  ["docker.io", "https://registry-1.docker.io"],
  ["index.docker.io", "https://registry-1.docker.io"],
]);

/** Token services of other hosts that are known to belong to a registry. */
const KNOWN_TOKEN_HOSTS: ReadonlyMap<string, readonly string[]> = new Map([
  ["registry-1.docker.io", ["auth.docker.io"]],
  ["registry.gitlab.com", ["gitlab.com"]],
]);

/** Finds where a host's requests go: the exact entry, else the longest pattern that fits, else what its name implies. */
export function endpointOf(
  canonical: string,
  hosts: readonly RegistryHost[],
  root: string,
): Endpoint {
  const entry = entryOf(canonical, hosts);
  const url = new URL(entry?.endpoint ?? impliedEndpoint(canonical, entry?.plainHttp ?? false));
  // Limits and authorities belong to the host that is really asked, which may have an entry of its own.
  const real = url.host === canonical ? undefined : hosts.find((host) => host.match === url.host);
  const caFile = entry?.caFile ?? real?.caFile;
  return {
    canonical,
    origin: url.origin,
    host: url.host,
    hostname: url.hostname,
    base: url.pathname.replace(/\/+$/, ""),
    plain: url.protocol === "http:",
    caFile: caFile === undefined || isAbsolute(caFile) ? caFile : join(root, caFile),
    maxConcurrency: entry?.maxConcurrency ?? real?.maxConcurrency,
    requestsPerSecond: entry?.requestsPerSecond ?? real?.requestsPerSecond,
    blobRedirectHosts: entry?.blobRedirectHosts ?? real?.blobRedirectHosts,
    tokenHosts: [
      ...(entry?.tokenHosts ?? []),
      ...(real?.tokenHosts ?? []),
      ...(KNOWN_TOKEN_HOSTS.get(url.host) ?? []),
    ],
  };
}

/** The entry of `registries.yaml` that speaks of a host: the exact one, else the longest pattern that fits. */
export function entryOf(host: string, entries: readonly RegistryHost[]): RegistryHost | undefined {
  const exact = entries.find((entry) => entry.match === host);
  if (exact !== undefined) return exact;
  return entries
    .filter((entry) => entry.match.includes("*") && fits(entry.match, host))
    .toSorted((a, b) => b.match.length - a.match.length)
    .at(0);
}

/** Tells whether a host fits a pattern; `*` stands for any characters, dots too. */
function fits(pattern: string, host: string): boolean {
  const [first = "", ...rest] = pattern.split("*");
  const last = rest.pop();
  if (last === undefined) return pattern === host;
  if (host.length < first.length + last.length) return false;
  if (!host.startsWith(first) || !host.endsWith(last)) return false;
  let at = first.length;
  for (const part of rest) {
    const found = host.indexOf(part, at);
    if (found < 0 || found + part.length > host.length - last.length) return false;
    at = found + part.length;
  }
  return at <= host.length - last.length;
}

function impliedEndpoint(host: string, plainHttp: boolean): string {
  const known = KNOWN_ENDPOINTS.get(host);
  if (known !== undefined) return known;
  return `${plainHttp || isLoopback(new URL(`http://${host}`).hostname) ? "http" : "https"}://${host}`;
}

/** Tells whether a URL's host name is this machine: localhost, 127.0.0.0/8 or ::1. */
export function isLoopback(hostname: string): boolean {
  return (
    hostname === "localhost" ||
    hostname.endsWith(".localhost") ||
    hostname === "[::1]" ||
    /^127\.\d+\.\d+\.\d+$/.test(hostname)
  );
}

/** Tells whether a URL's host name is a literal address that is not of the public internet. */
export function isPrivateLiteral(hostname: string): boolean {
  if (isLoopback(hostname)) return true;
  if (hostname.startsWith("[")) return isPrivateV6(hostname.slice(1, -1));
  return /^\d+\.\d+\.\d+\.\d+$/.test(hostname) && isPrivateV4(hostname);
}

function isPrivateV4(address: string): boolean {
  const [a = 0, b = 0] = address.split(".").map(Number);
  return (
    a === 0 ||
    a === 10 ||
    a === 127 ||
    (a === 100 && b >= 64 && b <= 127) ||
    (a === 169 && b === 254) ||
    (a === 172 && b >= 16 && b <= 31) ||
    (a === 192 && b === 168)
  );
}

/** Unspecified, loopback, unique local (fc00::/7), link-local (fe80::/10), and every form that wraps an IPv4 address. */
function isPrivateV6(address: string): boolean {
  return (
    address === "::" ||
    /^f[cd]/.test(address) ||
    /^fe[89ab]/.test(address) ||
    address.startsWith("::") ||
    address.startsWith("64:ff9b:")
  );
}
