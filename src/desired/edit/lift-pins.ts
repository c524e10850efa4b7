import type { SourceFile } from "../yaml/read.ts";
import type { Edit } from "./edit.ts";
import { mapAt } from "./layout.ts";
import { objectIn, type EditedDocument } from "./open-document.ts";
import { removeKey } from "./remove-element.ts";
import { runSteps, type Change } from "./run-steps.ts";

/** Pins to let go of: those of some tags, or of all tags, of a channel. */
export interface Lifting {
  readonly channel: string;
  readonly tags?: readonly string[];
}

/** Lets go of pins (contract §4, `rollback --lift`); what is left empty goes too. */
export function liftPins(file: SourceFile, { channel, tags }: Lifting): Edit {
  return runSteps(file, [
    (doc) => {
      const held = Object.keys(objectIn(objectIn(doc.data, "pins"), channel));
      const tag = held.find((each) => tags === undefined || tags.includes(each));
      return tag === undefined ? undefined : liftTag(doc, channel, tag);
    },
  ]);
}

function liftTag(doc: EditedDocument, channel: string, tag: string): Change {
  const { pins: _pins, ...rest } = doc.data;
  const pins = objectIn(doc.data, "pins");
  const { [channel]: _channel, ...channels } = pins;
  const { [tag]: _tag, ...tags } = objectIn(pins, channel);
  if (Object.keys(tags).length > 0)
    return removal(doc, ["pins", channel, tag], { ...rest, pins: { ...pins, [channel]: tags } });
  if (Object.keys(channels).length > 0)
    return removal(doc, ["pins", channel], { ...rest, pins: channels });
  return removal(doc, ["pins"], rest);
}

function removal(
  doc: EditedDocument,
  path: readonly string[],
  expected: Change["expected"],
): Change {
  const map = mapAt(doc.root, path.slice(0, -1));
  return { splices: map === undefined ? [] : removeKey(doc, map, path.at(-1) ?? ""), expected };
}
