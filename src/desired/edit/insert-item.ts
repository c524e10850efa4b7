import { isNode, type YAMLSeq } from "yaml";
import type { Splice } from "./edit.ts";
import { insertInFlow } from "./insert-flow.ts";
import { columnOf, dashesOf, endOf, isFlow, lineAfter, lineStart, startOf } from "./layout.ts";
import type { EditedDocument } from "./open-document.ts";

/**
 * A new item of a list: on one line, and as the lines of a block (without indentation) where the list would
 * have it so.
 */
export interface NewItem {
  readonly flow: string;
  readonly block?: readonly string[];
}

/** Inserts an item into a list that is not empty, in the layout of its neighbours. */
export function insertItem(
  doc: EditedDocument,
  list: YAMLSeq,
  { index, item }: { readonly index: number; readonly item: NewItem },
): readonly Splice[] {
  if (isFlow(list)) return insertInFlow(doc, list, { index, text: item.flow });
  const line = blockLine(doc, list, item);
  const blank = hasBlankLines(doc, list) ? doc.eol : "";
  const before = list.items[index - 1];
  if (isNode(before)) return [lineAfter(doc, endOf(before), blank + line)];
  const start = startOfFirst(doc, list);
  return [{ start, end: start, text: line + doc.eol + blank }];
}

function blockLine({ text, eol }: EditedDocument, list: YAMLSeq, item: NewItem): string {
  const dash = dashesOf(list)[0] ?? 0;
  const [first] = list.items;
  const between = isNode(first) ? text.slice(dash + 1, startOf(first)) : " ";
  const gap = /^ +$/.test(between) ? between : " ";
  const indent = " ".repeat(columnOf(text, dash));
  const lines = item.block ?? [item.flow];
  return `${indent}-${gap}${lines.join(`${eol}${indent} ${gap}`)}`;
}

/** A blank line between the first two items is the custom of the file. */
function hasBlankLines({ text }: EditedDocument, list: YAMLSeq): boolean {
  const [first, second] = list.items;
  if (!isNode(first) || !isNode(second)) return false;
  return /\n[ \t]*\r?\n/.test(text.slice(endOf(first), startOf(second)));
}

/**
 * A comment above the first item is about the list, and stays on top; where other items have comments above
 * them too, it is about its item.
 */
function startOfFirst({ text }: EditedDocument, list: YAMLSeq): number {
  const [first = 0, ...others] = dashesOf(list);
  const isPerItem = others.some((dash) => commentsAbove(text, dash) < lineStart(text, dash));
  return isPerItem ? commentsAbove(text, first) : lineStart(text, first);
}

function commentsAbove(text: string, offset: number): number {
  const above = text.slice(0, lineStart(text, offset));
  const block = /(?:^|\n)((?:[ \t]*#[^\n]*\n)+)$/.exec(above)?.[1] ?? "";
  return above.length - block.length;
}
