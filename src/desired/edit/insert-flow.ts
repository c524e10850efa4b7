import type { YAMLMap, YAMLSeq } from "yaml";
import type { Splice } from "./edit.ts";
import { endOf, indentAt, isFirstInLine, lineEnd, lineStart, startOf } from "./layout.ts";
import type { EditedDocument } from "./open-document.ts";

/** Something new in a list or map in brackets: its text on one line, and the index that it should have. */
export interface FlowInsertion {
  readonly index: number;
  readonly text: string;
}

/** Inserts into brackets: behind a comma, or on a line of its own where the neighbours have one. */
export function insertInFlow(
  doc: EditedDocument,
  collection: YAMLSeq | YAMLMap,
  { index, text }: FlowInsertion,
): readonly Splice[] {
  const elements: readonly unknown[] = collection.items;
  const before = elements[index - 1];
  const after = elements[index];
  if (before !== undefined) return insertAfter(doc, { before, after, collection }, text);
  if (after !== undefined) return [insertFirst(doc, after, text)];
  return [insertAlone(doc, collection, text)];
}

/** `{ a: 1 }` has spaces inside its braces and `{a: 1}` has none; the new text does as its neighbours do. */
export function isPadded(text: string, start: number): boolean {
  return /\s/.test(text[start + 1] ?? "");
}

function insertAlone(
  { text }: EditedDocument,
  collection: YAMLSeq | YAMLMap,
  added: string,
): Splice {
  const start = startOf(collection) + 1;
  const end = endOf(collection) - 1;
  const inside = text.slice(start, end);
  if (inside.trim() !== "")
    return { start, end: start, text: /^\s/.test(inside) ? added : `${added} ` };
  const pad = "items" in collection && text[start - 1] === "{" ? " " : "";
  return { start, end, text: pad + added + pad };
}

function insertFirst({ text, eol }: EditedDocument, first: unknown, added: string): Splice {
  const offset = startOf(first);
  if (!isFirstInLine(text, offset)) return { start: offset, end: offset, text: `${added}, ` };
  const start = lineStart(text, offset);
  return { start, end: start, text: `${indentAt(text, offset)}${added},${eol}` };
}

interface Neighbours {
  readonly before: unknown;
  readonly after: unknown;
  readonly collection: YAMLSeq | YAMLMap;
}

function insertAfter(
  { text, eol }: EditedDocument,
  { before, after, collection }: Neighbours,
  added: string,
): readonly Splice[] {
  const end = endOf(before);
  const next = after === undefined ? endOf(collection) - 1 : startOf(after);
  const hasLines = isFirstInLine(text, startOf(before)) && isFirstInLine(text, next);
  if (!hasLines) return [{ start: end, end, text: `, ${added}` }];
  const comma = /^[ \t]*,/.test(text.slice(end, next));
  const line = lineEnd(text, end);
  const own = `${eol}${indentAt(text, startOf(before))}${added}`;
  return comma
    ? [{ start: line, end: line, text: `${own},` }]
    : [
        { start: end, end, text: "," },
        { start: line, end: line, text: own },
      ];
}
