import type { YAMLMap } from "yaml";
import { isFlow } from "./layout.ts";
import { inBraces } from "./new-line.ts";
import type { EditedDocument, JsonObject } from "./open-document.ts";
import { scalarText } from "./scalar-text.ts";
import { indentOfKeys, keyText } from "./set-key.ts";
import { quoteOfKeys } from "./version-lines.ts";

/** What a pin says, as data; a pin of nothing but a version is written as that version. */
export interface Pin extends JsonObject {
  readonly version: string;
}

/** The keys of a pin, in the order in which they are written. */
export const PIN_KEYS = ["version", "reason", "until"] as const;

/**
 * A pin under keys that are not there yet, as the value of a key of `map`: lines of a block, or braces in
 * braces.
 */
export function pinUnder(
  doc: EditedDocument,
  map: YAMLMap,
  { path, pin }: { readonly path: readonly string[]; readonly pin: Pin },
): string {
  const value = pinText(doc, pin);
  if (path.length === 0) return value;
  if (isFlow(map)) return `{ ${pinInBraces(doc, path, pin)} }`;
  const indent = indentOfKeys(doc, map);
  const lines = path.map(
    (key, depth) => `${doc.eol}${indent}${"  ".repeat(depth + 1)}${keyText(undefined, key)}:`,
  );
  return `${lines.join("")} ${value}`;
}

/** The inside of braces: `prod: { stable: v1.4.1 }`. */
export function pinInBraces(doc: EditedDocument, path: readonly string[], pin: Pin): string {
  const [key = "", ...rest] = path;
  const inner = rest.length === 0 ? pinText(doc, pin) : `{ ${pinInBraces(doc, rest, pin)} }`;
  return `${keyText(doc.root, key)}: ${inner}`;
}

function pinText(doc: EditedDocument, pin: Pin): string {
  const quote = quoteOfKeys(doc.root);
  const pairs = PIN_KEYS.flatMap((key) => {
    const value = pin[key];
    return typeof value === "string"
      ? [`${keyText(doc.root, key)}: ${scalarText(value, quote)}`]
      : [];
  });
  return pairs.length === 1 ? scalarText(pin.version, quote) : inBraces(pairs, true);
}
