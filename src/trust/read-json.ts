import type { Json } from "#model";

/** JSON from outside, or why it is none. */
export type ReadJson =
  | { readonly kind: "json"; readonly value: Json }
  | { readonly kind: "bad"; readonly why: string };

/** No document of this field is nested deeper; what is, was made to exhaust a stack. */
const MAX_DEPTH = 200;

/** Reads foreign bytes as one JSON value, of at most `maxBytes`; never throws. */
export function readJson(bytes: Uint8Array, maxBytes: number): ReadJson {
  if (bytes.length > maxBytes) return bad(`it has ${bytes.length} bytes, more than ${maxBytes}`);
  if (bytes.length === 0) return bad("it is empty");
  if (isDeeper(bytes, MAX_DEPTH)) return bad(`it is nested deeper than ${MAX_DEPTH}`);
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return bad("it is not UTF-8");
  }
  if (text.trimStart().startsWith("<")) return bad("it is an HTML or XML page, not JSON");
  try {
    return { kind: "json", value: JSON.parse(text) as Json };
  } catch {
    return bad("it is not JSON");
  }
}

function bad(why: string): ReadJson {
  return { kind: "bad", why };
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Counts open brackets outside of strings; in UTF-8 no other character has these bytes. */
function isDeeper(bytes: Uint8Array, limit: number): boolean {
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < bytes.length; at += 1) {
    const byte = bytes[at];
    if (quoted && byte === BACKSLASH) at += 1;
    else if (byte === QUOTE) quoted = !quoted;
    else if (!quoted && (byte === 0x5b || byte === 0x7b)) depth += 1;
    else if (!quoted && (byte === 0x5d || byte === 0x7d)) depth -= 1;
    if (depth > limit) return true;
  }
  return false;
}

/** A JSON object's own value under a key; undefined for all else, so that no prototype is ever read. */
export function valueAt(value: Json | undefined, key: string): Json | undefined {
  if (value === null || typeof value !== "object" || Array.isArray(value)) return undefined;
  return Object.hasOwn(value, key) ? (value as { readonly [name: string]: Json })[key] : undefined;
}

/** The text under a key of a JSON object. */
export function textAt(value: Json | undefined, key: string): string | undefined {
  const found = valueAt(value, key);
  return typeof found === "string" ? found : undefined;
}

/** The items of a JSON array; none for all else. */
export function itemsOf(value: Json | undefined): readonly Json[] {
  return isArray(value) ? value : [];
}

function isArray(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}
