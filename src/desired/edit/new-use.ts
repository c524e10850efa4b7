import type { YAMLMap, YAMLSeq } from "yaml";
import type { Use } from "./channel-uses.ts";
import type { NewItem } from "./insert-item.ts";
import { isPadded } from "./insert-flow.ts";
import { asList, asMap, columnOf, dashesOf, isFlow, startOf, valueIn } from "./layout.ts";
import { inBraces } from "./new-line.ts";
import type { EditedDocument } from "./open-document.ts";
import { quoteOf, scalarText } from "./scalar-text.ts";
import { indentOfKeys, keyText } from "./set-key.ts";
import { linesOf, quoteOfKeys, type Line } from "./version-lines.ts";

/** The `channels` list of a line. */
export function channelsOf(line: Line): YAMLSeq | undefined {
  return asList(valueIn(line.node, "channels"));
}

/** An item of `channels` in the layout and quotes of its siblings, or else of other lines. */
export function newUse(doc: EditedDocument, line: Line, use: Use): NewItem {
  const siblings = channelsOf(line)?.items ?? [];
  const others = linesOf(doc).flatMap((other) => channelsOf(other)?.items ?? []);
  const like = [...siblings, ...others];
  const quote = like.map(quoteOf).find((known) => known !== undefined) ?? quoteOfKeys(line.node);
  const { channel, environment } = use;
  if (environment === undefined) return { flow: scalarText(channel, quote) };
  const twin = like.map(asMap).find((map) => map !== undefined);
  const pairs = [
    `${keyText(twin ?? line.node, "channel")}: ${scalarText(channel, quote)}`,
    `${keyText(twin ?? line.node, "environment")}: ${scalarText(environment, quote)}`,
  ];
  const flow = inBraces(pairs, isPaddedLike(doc, twin ?? line.node));
  return twin !== undefined && !isFlow(twin) ? { flow, block: pairs } : { flow };
}

function isPaddedLike({ text }: EditedDocument, map: YAMLMap): boolean {
  return !isFlow(map) || isPadded(text, startOf(map));
}

/**
 * A whole `channels` list with one item, in brackets or as lines, as other lines have theirs; lines begin
 * with a line end.
 */
export function newUses(doc: EditedDocument, line: Line, { flow }: NewItem): string {
  const neighbours = linesOf(doc).filter((other) => (channelsOf(other)?.items.length ?? 0) > 0);
  const block = neighbours.find((other) => !isFlow(channelsOf(other) ?? other.node));
  const list = block && channelsOf(block);
  if (block !== undefined && list !== undefined && !isFlow(line.node) && !isFlow(block.node)) {
    const shift = columnOf(doc.text, dashesOf(list)[0] ?? 0) - indentOfKeys(doc, block.node).length;
    return `${doc.eol}${indentOfKeys(doc, line.node)}${" ".repeat(Math.max(0, shift))}- ${flow}`;
  }
  const [first] = neighbours.flatMap((other) => channelsOf(other) ?? []);
  const isWide = first !== undefined && isFlow(first) && isPadded(doc.text, startOf(first));
  return isWide ? `[ ${flow} ]` : `[${flow}]`;
}
