import { isScalar, type YAMLMap } from "yaml";
import type { Splice } from "./edit.ts";
import { insertInFlow } from "./insert-flow.ts";
import { columnOf, endOf, isFlow, lineAfter, lineEnd, pairIn, startOf } from "./layout.ts";
import type { EditedDocument } from "./open-document.ts";
import { quoteOf, scalarText } from "./scalar-text.ts";

/** A key of a map and the text of its value: on one line, or lines of a block, each behind a line end. */
export interface NewPair {
  readonly key: string;
  readonly text: string;
  /**
   * The key that it goes behind where the map does not have it yet; at the end where that is not there
   * either.
   */
  readonly after?: string;
}

/**
 * Gives a key of a map a value: replaces what is there, or inserts the pair in the layout of its
 * neighbours.
 */
export function setKey(doc: EditedDocument, map: YAMLMap, pair: NewPair): readonly Splice[] {
  const present = pairIn(map, pair.key);
  if (present !== undefined) return [replaceValue(doc, present.value, pair.text)];
  const after = map.items.findIndex(({ key }) => isScalar(key) && key.value === pair.after);
  const index = after < 0 ? map.items.length : after + 1;
  const text = `${keyText(map, pair.key)}:${behindColon(pair.text)}`;
  if (isFlow(map)) return insertInFlow(doc, map, { index, text });
  return [lineAfter(doc, endOf(map.items[index - 1]), indentOfKeys(doc, map) + text)];
}

/** What the keys of a block map stand behind. */
export function indentOfKeys({ text }: EditedDocument, map: YAMLMap): string {
  return " ".repeat(columnOf(text, startOf(map.items[0])));
}

/** A key, quoted as the other keys of its map are. */
export function keyText(map: YAMLMap | undefined, key: string): string {
  return scalarText(key, quoteOf(map?.items[0]?.key));
}

/** Puts a text where a value stands; a key without a value has its place right behind the colon. */
export function replaceValue({ text, eol }: EditedDocument, value: unknown, added: string): Splice {
  const start = startOf(value);
  const end = endOf(value);
  if (start === end) return fillValue(text, start, added);
  const isBlock = text[end - 1] === "\n";
  return { start, end, text: isBlock ? added + eol : added };
}

/** Lines go behind a comment that stands behind the colon, a word goes before it. */
function fillValue(text: string, colon: number, added: string): Splice {
  const filled = behindColon(added);
  const offset = filled === added ? lineEnd(text, colon) : colon;
  return { start: offset, end: offset, text: filled };
}

function behindColon(text: string): string {
  return /^\r?\n/.test(text) ? text : ` ${text}`;
}
