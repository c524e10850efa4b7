import type { Endpoint } from "../endpoint.ts";
import { isPrivateLiteral } from "../http/address-kind.ts";

/** Whether a token realm may be asked, and whether it may see our credentials. */
export type RealmVerdict =
  | { readonly kind: "trusted"; readonly url: URL }
  /** On a host that nobody named: it may be asked, but anonymously. */
  | { readonly kind: "anonymous"; readonly url: URL }
  | { readonly kind: "refused"; readonly reason: string };

/**
 * Judges a token realm that a registry named (research trust §7 row 6): https, or http where the registry itself is;
 * credentials only for the registry's own host, hosts in `tokenHosts`, and those known to belong together.
 */
export function judgeRealm(realm: string, endpoint: Endpoint, asked: URL): RealmVerdict {
  if (!URL.canParse(realm, asked.href)) return refused("its token realm is not an address");
  const url = new URL(realm, asked);
  if (url.username !== "" || url.password !== "")
    return refused("its token realm carries a user name");
  if (url.protocol !== "https:" && !(url.protocol === "http:" && endpoint.plain))
    return refused(`its token realm is not https (${url.protocol}//${url.host})`);
  if (url.host === endpoint.host || isNamed(url, endpoint.tokenHosts))
    return { kind: "trusted", url };
  if (isPrivateLiteral(url.hostname) && !isPrivateLiteral(endpoint.hostname))
    return refused(`its token realm is a private address of another host (${url.host})`);
  return { kind: "anonymous", url };
}

/** Tells whether a list of hosts (with a port, or without one: any) names a URL's host. */
export function isNamed(url: URL, hosts: readonly string[]): boolean {
  return hosts.some((host) => host === url.host || host === url.hostname);
}

function refused(reason: string): RealmVerdict {
  return { kind: "refused", reason };
}
