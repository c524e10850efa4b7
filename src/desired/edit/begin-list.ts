import type { Splice } from "./edit.ts";
import { insertItem, type NewItem } from "./insert-item.ts";
import { asList, endOf, isFlow, lineAfter, pairIn, startOf, valueIn } from "./layout.ts";
import type { EditedDocument } from "./open-document.ts";
import { replaceValue, setKey } from "./set-key.ts";

/** Where a new item of one of the file's own lists goes. */
export interface ListPlace {
  /** The list's key, at the top of the file. */
  readonly key: string;
  readonly index: number;
}

/** Puts an item into a list at the top of a file, which begins with it where there is none yet. */
export function insertInList(
  doc: EditedDocument,
  { key, index }: ListPlace,
  item: NewItem,
): readonly Splice[] {
  const list = asList(valueIn(doc.root, key));
  if (list !== undefined && list.items.length > 0) return insertItem(doc, list, { index, item });
  return beginList(doc, key, item);
}

/**
 * `key:` is missing, says nothing, or is `[]`: a list of lines begins under it, but within braces it stays in
 * brackets.
 */
function beginList(doc: EditedDocument, key: string, item: NewItem): readonly Splice[] {
  const pair = pairIn(doc.root, key);
  const list = asList(pair?.value);
  const isInside = isFlow(doc.root);
  const lines = (item.block ?? [item.flow]).join(`${doc.eol}    `);
  const text = isInside ? `[${item.flow}]` : `${doc.eol}  - ${lines}`;
  if (pair === undefined) return setKey(doc, doc.root, { key, text });
  if (isInside) return [replaceValue(doc, pair.value, text)];
  if (list === undefined && startOf(pair.value) === endOf(pair.value))
    return [lineAfter(doc, startOf(pair.value), `  - ${lines}`)];
  const colon = doc.text.indexOf(":", startOf(pair.key));
  return [{ ...replaceValue(doc, pair.value, text), start: colon + 1 }];
}
