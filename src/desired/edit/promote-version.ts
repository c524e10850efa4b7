import type { Diagnostic, Json } from "#model";
import { errorAt, shown } from "../diagnostics.ts";
import { suggestion } from "../nearest.ts";
import type { SourceFile } from "../yaml/read.ts";
import { covers, indexForUse, isPartOf, useOf, type Use } from "./channel-uses.ts";
import type { Edit, Splice } from "./edit.ts";
import { insertInFlow } from "./insert-flow.ts";
import { insertItem, type NewItem } from "./insert-item.ts";
import { startOf } from "./layout.ts";
import { channelsOf, newUse, newUses } from "./new-use.ts";
import { itemsOf, type EditedDocument } from "./open-document.ts";
import { runSteps, type Change } from "./run-steps.ts";
import { replaceValue, setKey } from "./set-key.ts";
import { lineOfVersion, textIn, withLine, type Line } from "./version-lines.ts";

/** Channels that a version should gain. */
export interface Promotion {
  readonly version: string;
  readonly channels: readonly string[];
  /** Only the channels' sites of this environment. */
  readonly environment?: string;
  /** All channels that there are, in the order of `channels.yaml`. */
  readonly order: readonly string[];
}

/**
 * Adds channels to a version's line, in channel order (contract §4, `promote`). What they forbid is the
 * rules' to say, not ours.
 */
export function promoteVersion(file: SourceFile, promotion: Promotion): Edit {
  const { version, channels, environment, order } = promotion;
  return runSteps(
    file,
    order
      .filter((channel) => channels.includes(channel))
      .concat(channels.filter((channel) => !order.includes(channel)))
      .map((channel) => (doc) => {
        const line = lineOfVersion(doc, version);
        if ("code" in line) return line;
        const refusal = checkStep(doc, line, { channel, order });
        return refusal ?? addUse(doc, line, { channel, environment, order });
      }),
  );
}

function checkStep(
  doc: EditedDocument,
  line: Line,
  { channel, order }: { readonly channel: string; readonly order: readonly string[] },
): Diagnostic | undefined {
  const at = doc.positionAt(startOf(line.node));
  if (!order.includes(channel)) {
    return errorAt(at, "unknown-channel", {
      message: `There is no channel ${shown(channel)}.`,
      hint: suggestion(channel, order, `the channels are ${order.join(", ")}`),
    });
  }
  const state = textIn(line, "state");
  if (state === "") return undefined;
  return errorAt(at, `promotes-${state}`, {
    message: `${shown(textIn(line, "version"))} is ${state}, and what is ${state} is promoted nowhere.`,
    hint: "promote a version that is in use",
  });
}

interface Asked {
  readonly channel: string;
  readonly environment: string | undefined;
  readonly order: readonly string[];
}

function addUse(doc: EditedDocument, line: Line, asked: Asked): Change | Diagnostic | undefined {
  const use: Use = { channel: asked.channel, environment: asked.environment, hasSites: false };
  const items = itemsOf(line.data["channels"]);
  const uses = items.map(useOf);
  const index = uses.findIndex((each) => each?.channel === use.channel);
  if (index < 0) {
    const at = indexForUse(uses, use, asked.order);
    const splices = insertUse(doc, line, { index: at, item: newUse(doc, line, use) });
    return change(doc, line, { splices, channels: items.toSpliced(at, 0, dataOf(use)) });
  }
  if (covers(uses[index], use)) return undefined;
  if (!isPartOf(uses[index], use)) return otherPart(doc, line, use);
  const old = channelsOf(line)?.items[index];
  const splices = [replaceValue(doc, old, newUse(doc, line, use).flow)];
  return change(doc, line, { splices, channels: items.with(index, dataOf(use)) });
}

function change(
  doc: EditedDocument,
  line: Line,
  { splices, channels }: { readonly splices: readonly Splice[]; readonly channels: Json },
): Change {
  return { splices, expected: withLine(doc, line.index, { ...line.data, channels }) };
}

/** A line names a channel once, so what it names in part is not added to by naming another part. */
function otherPart(doc: EditedDocument, line: Line, { channel, environment }: Use): Diagnostic {
  return errorAt(doc.positionAt(startOf(line.node)), "duplicate-channel", {
    message: `${shown(textIn(line, "version"))} is in a part of channel ${shown(channel)} that has sites outside ${shown(environment ?? "")}.`,
    hint: "promote it to the whole channel, or list the sites that are meant (sites) by hand",
  });
}

function dataOf({ channel, environment }: Use): Json {
  return environment === undefined ? channel : { channel, environment };
}

function insertUse(
  doc: EditedDocument,
  line: Line,
  { index, item }: { readonly index: number; readonly item: NewItem },
): readonly Splice[] {
  const list = channelsOf(line);
  if (list !== undefined && list.items.length > 0) return insertItem(doc, list, { index, item });
  if (list !== undefined) return insertInFlow(doc, list, { index: 0, text: item.flow });
  return setKey(doc, line.node, { key: "channels", text: newUses(doc, line, item) });
}
