import type { YAMLMap, YAMLSeq } from "yaml";
import type { Splice } from "./edit.ts";
import { endOf, isFlow, lineEnd, lineStart, pairIn, startOf } from "./layout.ts";
import type { EditedDocument } from "./open-document.ts";

/** Takes an element out of a list or map: its lines, or in brackets its text and one comma. */
export function removeElement(
  doc: EditedDocument,
  collection: YAMLMap | YAMLSeq,
  index: number,
): Splice {
  const element: unknown = collection.items[index];
  if (!isFlow(collection)) return removeLines(doc, element);
  const before: unknown = collection.items[index - 1];
  const after: unknown = collection.items[index + 1];
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

/** Takes a key and its value out of a map. */
export function removeKey(doc: EditedDocument, map: YAMLMap, key: string): readonly Splice[] {
  const pair = pairIn(map, key);
  return pair === undefined ? [] : [removeElement(doc, map, map.items.indexOf(pair))];
}
