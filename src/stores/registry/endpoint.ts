import { isAbsolute, join } from "node:path";
import { registryEntryOf, type RegistryHost } from "#model";
import { isLoopback } from "./http/address-kind.ts";

/** Where the requests of one canonical registry host really go (contract §2, registries.yaml). */
export interface Endpoint {
  /** The host as plans show it. */
  readonly canonical: string;
  /** Scheme, host and port: `https://mirror.internal:5000`. */
  readonly origin: string;
  /** Host and port as a URL has them; credentials, limits and tokens belong to it. */
  readonly host: string;
  readonly hostname: string;
  /** Folder of the endpoint that every repository lies in, such as a Harbor proxy cache's project; empty for most. */
  readonly folder: string;
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
  const named = registryEntryOf(canonical, hosts);
  const url = new URL(named?.endpoint ?? impliedEndpoint(canonical, named?.plainHttp ?? false));
  // Limits and authorities belong to the host that is really asked, which may have an entry of its own.
  const real = url.host === canonical ? undefined : hosts.find((host) => host.match === url.host);
  return {
    canonical,
    origin: url.origin,
    host: url.host,
    hostname: url.hostname,
    folder: url.pathname.replaceAll(/^\/+|\/+$/g, ""),
    plain: url.protocol === "http:",
    ...rulesOf(
      [named, real].filter((entry) => entry !== undefined),
      root,
    ),
    tokenHosts: [
      ...[named, real].flatMap((entry) => entry?.tokenHosts ?? []),
      ...(KNOWN_TOKEN_HOSTS.get(url.host) ?? []),
    ],
  };
}

type Rules = Pick<
  Endpoint,
  "blobRedirectHosts" | "caFile" | "maxConcurrency" | "requestsPerSecond"
>;

/** What the entries say, the first that says something. */
function rulesOf(entries: readonly RegistryHost[], root: string): Rules {
  const caFile = entries.map((entry) => entry.caFile).find((file) => file !== undefined);
  return {
    caFile: caFile === undefined || isAbsolute(caFile) ? caFile : join(root, caFile),
    maxConcurrency: smallest(entries.map((entry) => entry.maxConcurrency)),
    requestsPerSecond: smallest(entries.map((entry) => entry.requestsPerSecond)),
    blobRedirectHosts: entries
      .map((entry) => entry.blobRedirectHosts)
      .find((list) => list !== undefined),
  };
}

function smallest(limits: readonly (number | undefined)[]): number | undefined {
  const given = limits.filter((limit) => limit !== undefined);
  return given.length === 0 ? undefined : Math.min(...given);
}

function impliedEndpoint(host: string, plainHttp: boolean): string {
  const known = KNOWN_ENDPOINTS.get(host);
  if (known !== undefined) return known;
  return `${plainHttp || isLoopback(new URL(`http://${host}`).hostname) ? "http" : "https"}://${host}`;
}
