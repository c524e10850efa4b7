import type { YAMLMap } from "yaml";
import { isPadded } from "./insert-flow.ts";
import type { NewItem } from "./insert-item.ts";
import { isFlow, startOf, valueIn } from "./layout.ts";
import { quoteOf, scalarText } from "./scalar-text.ts";
import { keyText } from "./set-key.ts";

/** The keys and values of a new map, in their order. */
export type Fields = readonly (readonly [key: string, value: string])[];

/**
 * A version's line in the layout, quotes and braces of a neighbour; `{ version: v1, digest: "…" }` where
 * there is none.
 */
export function newLine(neighbour: YAMLMap | undefined, text: string, fields: Fields): NewItem {
  const pairs = fields.map(([key, value]) => {
    const like = key === "from" ? "version" : key;
    const fallback = key === "digest" ? "double" : undefined;
    const quote = quoteOf(neighbour && valueIn(neighbour, like)) ?? fallback;
    return `${keyText(neighbour, key)}: ${scalarText(value, quote)}`;
  });
  const isBlock = neighbour !== undefined && !isFlow(neighbour);
  const isTight = neighbour !== undefined && !isBlock && !isPadded(text, startOf(neighbour));
  const flow = inBraces(pairs, !isTight);
  return isBlock ? { flow, block: pairs } : { flow };
}

/** Pairs in braces, with or without spaces inside. */
export function inBraces(pairs: readonly string[], padded: boolean): string {
  return padded ? `{ ${pairs.join(", ")} }` : `{${pairs.join(", ")}}`;
}
