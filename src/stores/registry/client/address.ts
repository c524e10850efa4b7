import type { RegistryAnswer } from "../call.ts";

/**
 * Reads an address that the registry gave (a `Location`, a `Link`): relative or absolute, with or without a query. A
 * registry behind a proxy often leaves out its own port or `https`, which is mended. Undefined: no address at all.
 */
export function givenAddress(answer: RegistryAnswer, text: string | undefined): URL | undefined {
  const asked = answer.url;
  if (text === undefined || !URL.canParse(text, asked.href)) return undefined;
  const url = new URL(text, asked);
  if (url.protocol !== "https:" && url.protocol !== "http:") return undefined;
  if (url.hostname !== asked.hostname) return url;
  if (url.port === "" && (url.protocol === asked.protocol || asked.protocol === "https:")) {
    url.protocol = asked.protocol;
    url.port = asked.port;
  }
  return url;
}

/** Adds to a query without touching what is there: it may be signed. */
export function withQuery(url: URL, addition: string): URL {
  const grown = new URL(url);
  grown.search = url.search === "" ? addition : `${url.search}&${addition}`;
  return grown;
}

/** The address of the next page, from `Link: <…>; rel="next"` (RFC 8288; distribution-spec, "Listing Tags"). */
export function nextPage(answer: RegistryAnswer): URL | "foreign" | undefined {
  const header = answer.header("link");
  if (header === undefined) return undefined;
  for (const [, target, parameters] of header.matchAll(/<([^<>]*)>((?:\s*;[^,<]*)*)/g)) {
    if (!/;\s*rel="?(?:[^";]*\s)?next(?:\s[^";]*)?"?\s*(?:;|$)/i.test(parameters ?? "")) continue;
    const url = givenAddress(answer, target);
    return url?.host === answer.url.host ? url : "foreign";
  }
  return undefined;
}
