import type { YAMLMap } from "yaml";
import type { Splice } from "./edit.ts";
import { endOf, isFlow, lineEnd, lineStart, pairIn, startOf } from "./layout.ts";
import type { EditedDocument } from "./open-document.ts";

/** Takes a key and its value out of a map. */
export function removeKey(doc: EditedDocument, map: YAMLMap, key: string): readonly Splice[] {
  const pair = pairIn(map, key);
  return pair === undefined ? [] : [removePair(doc, map, map.items.indexOf(pair))];
}

/** Its lines, or in braces its text and one comma. */
function removePair(doc: EditedDocument, map: YAMLMap, index: number): Splice {
  const element: unknown = map.items[index];
  if (!isFlow(map)) return removeLines(doc, element);
  const before: unknown = map.items[index - 1];
  const after: unknown = map.items[index + 1];
  if (after !== undefined) return { start: startOf(element), end: startOf(after), text: "" };
  if (before !== undefined) return { start: endOf(before), end: endOf(element), text: "" };
  const comma = /^\s*,/.exec(doc.text.slice(endOf(element)))?.[0].length ?? 0;
  return { start: startOf(element), end: endOf(element) + comma, text: "" };
}

/** A file that ends without a line end does so afterwards too. */
function removeLines({ text, eol }: EditedDocument, element: unknown): Splice {
  const start = lineStart(text, startOf(element));
  const end = endOf(element);
  const isBlockScalar = text[end - 1] === "\n";
  const stop = isBlockScalar ? end : lineEnd(text, end);
  if (isBlockScalar) return { start, end: stop, text: "" };
  if (stop < text.length) return { start, end: text.indexOf("\n", stop) + 1, text: "" };
  return { start: Math.max(0, start - eol.length), end: stop, text: "" };
}
