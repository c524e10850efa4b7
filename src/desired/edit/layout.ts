import {
  isCollection,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import type { EditedDocument } from "./open-document.ts";

/**
 * Where an element of a list or map begins (a node, or a pair): its first character that is no dash,
 * comment or space.
 */
export function startOf(element: unknown): number {
  if (isPair(element)) return startOf(element.key);
  return isNode(element) ? (element.range?.[0] ?? 0) : 0;
}

/**
 * Where an element's own text ends. For block lists and maps that is where their last word ends: yaml
 * counts the comments and empty lines behind it as theirs, and a person does not.
 */
export function endOf(element: unknown): number {
  if (isPair(element)) return isNode(element.value) ? endOf(element.value) : endOf(element.key);
  if (!isNode(element)) return 0;
  const [start, end] = element.range ?? [0, 0];
  if (!isCollection(element) || element.flow === true) return end;
  const last: unknown = element.items.at(-1);
  return last === undefined ? start : Math.max(start, endOf(last));
}

/** Where the line of an offset begins. */
export function lineStart(text: string, offset: number): number {
  const start = text.lastIndexOf("\n", offset - 1) + 1;
  return start === 0 && text.startsWith("\uFEFF") ? 1 : start;
}

/** Where the line of an offset ends, its line end not included. */
export function lineEnd(text: string, offset: number): number {
  const newline = text.indexOf("\n", offset);
  if (newline < 0) return text.length;
  return text[newline - 1] === "\r" && newline > offset ? newline - 1 : newline;
}

/** How far an offset stands from the start of its line. */
export function columnOf(text: string, offset: number): number {
  return offset - lineStart(text, offset);
}

/** Whether nothing but spaces stands before an offset in its line. */
export function isFirstInLine(text: string, offset: number): boolean {
  return text.slice(lineStart(text, offset), offset).trim() === "";
}

/** The white space before the first word of an offset's line. */
export function indentAt(text: string, offset: number): string {
  return /^[ \t]*/.exec(text.slice(lineStart(text, offset)))?.[0] ?? "";
}

/** The offsets of the dashes of a block list. */
export function dashesOf(list: YAMLSeq): readonly number[] {
  const token = list.srcToken;
  if (token?.type !== "block-seq") return [];
  return token.items.flatMap(({ start }) =>
    start.flatMap((part) => (part.type === "seq-item-ind" ? [part.offset] : [])),
  );
}

/** Whether a list or map stands in brackets or braces. */
export function isFlow(collection: YAMLSeq | YAMLMap): boolean {
  return collection.flow === true;
}

/** A new line of a file, to go right behind the element that ends at an offset, its comment included. */
export function lineAfter(
  { text, eol }: EditedDocument,
  offset: number,
  line: string,
): { start: number; end: number; text: string } {
  // A block scalar ends behind its line end, everything else before it.
  if (text[offset - 1] === "\n") return { start: offset, end: offset, text: line + eol };
  const end = lineEnd(text, offset);
  return { start: end, end, text: eol + line };
}

/** The value of a map under a key. */
export function valueIn(map: YAMLMap, key: string): unknown {
  return pairIn(map, key)?.value;
}

/** The pair of a map under a key. */
export function pairIn(map: YAMLMap, key: string): YAMLMap["items"][number] | undefined {
  return map.items.find((pair) => isScalar(pair.key) && pair.key.value === key);
}

/** The map that a path of keys leads to. */
export function mapAt(root: YAMLMap, path: readonly string[]): YAMLMap | undefined {
  let map: YAMLMap | undefined = root;
  for (const key of path) map = map && asMap(valueIn(map, key));
  return map;
}

/** A value as a map; undefined for everything else. */
export function asMap(value: unknown): YAMLMap | undefined {
  return isMap(value) ? value : undefined;
}

/** A value as a list; undefined for everything else. */
export function asList(value: unknown): YAMLSeq | undefined {
  return isSeq(value) ? value : undefined;
}
