import { isMap, isScalar, isSeq, parseDocument, type Scalar } from "yaml";

/** How a scalar is written. */
export type Quote = "plain" | "single" | "double";

// Line ends, control characters and what looks like nothing: only a double-quoted scalar can show them.
const HIDDEN =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]/;

const QUOTES: ReadonlyMap<unknown, Quote> = new Map([
  ["PLAIN", "plain"],
  ["QUOTE_SINGLE", "single"],
  ["QUOTE_DOUBLE", "double"],
]);

/** How a node is quoted; undefined for what is no scalar on one line. */
export function quoteOf(node: unknown): Quote | undefined {
  if (!isScalar(node)) return undefined;
  return QUOTES.get(node.type);
}

/**
 * Writes a string as one YAML scalar on one line, quoted as wished where that says the same, in brackets as
 * well as out of them.
 */
export function scalarText(value: string, quote: Quote = "plain"): string {
  if (quote === "plain" && isPlain(value)) return value;
  if (quote === "single" && !isHidden(value)) return `'${value.replaceAll("'", "''")}'`;
  return JSON.stringify(value).replace(
    /[\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g,
    escape,
  );
}

function escape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

function isHidden(value: string): boolean {
  return !value.isWellFormed() || HIDDEN.test(value.replace(/[\ud800-\udfff]/g, ""));
}

/**
 * Asks yaml itself whether the bare text is read as this string, in a list in brackets and as the value of
 * a key.
 */
function isPlain(value: string): boolean {
  if (value === "" || isHidden(value) || value.trim() !== value) return false;
  const list = parseDocument(`[${value}]`, { schema: "core", logLevel: "silent" });
  const map = parseDocument(`k: ${value}\n`, { schema: "core", logLevel: "silent" });
  if (list.errors.length > 0 || map.errors.length > 0) return false;
  const item: unknown =
    isSeq(list.contents) && list.contents.items.length === 1 ? list.contents.items[0] : undefined;
  return isThis(item, value) && isMap(map.contents) && isThis(map.contents.items[0]?.value, value);
}

function isThis(node: unknown, value: string): node is Scalar {
  return isScalar(node) && node.type === "PLAIN" && node.value === value;
}
