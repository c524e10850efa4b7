import type { Diagnostic, Json } from "#model";
import type { SourceFile } from "../yaml/read.ts";
import type { Edit, Splice } from "./edit.ts";
import { insertInFlow } from "./insert-flow.ts";
import { asMap, mapAt, valueIn } from "./layout.ts";
import { objectIn, isObject, type EditedDocument, type JsonObject } from "./open-document.ts";
import { PIN_KEYS, pinInBraces, pinUnder, type Pin } from "./pin-text.ts";
import { removeKey } from "./remove-element.ts";
import { runSteps, type Change } from "./run-steps.ts";
import { scalarText } from "./scalar-text.ts";
import { setKey } from "./set-key.ts";
import { lineOfVersion, quoteOfKeys, textIn } from "./version-lines.ts";

/** Moving tags of one channel to hold at a version. */
export interface Pinning {
  readonly channel: string;
  readonly tags: readonly string[];
  readonly version: string;
  readonly reason: string | undefined;
  /** RFC 3339. */
  readonly until: string | undefined;
}

/** Holds tags at a version (contract §4, `rollback`); which tags those are is the caller's to know. */
export function pinTags(file: SourceFile, pinning: Pinning): Edit {
  return runSteps(
    file,
    pinning.tags.map((tag) => (doc) => pinTag(doc, tag, pinning)),
  );
}

function pinTag(
  doc: EditedDocument,
  tag: string,
  { channel, version, reason, until }: Pinning,
): Change | Diagnostic | undefined {
  const line = lineOfVersion(doc, version);
  if ("code" in line) return line;
  const pin: Pin = {
    version: textIn(line, "version"),
    ...(reason !== undefined && { reason }),
    ...(until !== undefined && { until }),
  };
  const pins = objectIn(doc.data, "pins");
  const held = objectIn(pins, channel);
  const next = nextPin(doc, { path: ["pins", channel, tag], pin, current: held[tag] });
  if (next === undefined) return undefined;
  const tags = { ...held, [tag]: next.data };
  return {
    splices: next.splices,
    expected: { ...doc.data, pins: { ...pins, [channel]: tags } },
  };
}

interface Target {
  readonly path: readonly string[];
  readonly pin: Pin;
}

interface Next {
  readonly splices: readonly Splice[];
  readonly data: Json;
}

function nextPin(
  doc: EditedDocument,
  { path, pin, current }: Target & { readonly current: Json | undefined },
): Next | undefined {
  if (isObject(current)) return nextKey(doc, { path, pin, current });
  const isBare = Object.keys(pin).length === 1;
  if (isBare && current === pin.version) return undefined;
  return { splices: setPin(doc, { path, pin }), data: isBare ? pin.version : pin };
}

/** A pin that is a map already changes key by key, so that its layout and comments stay. */
function nextKey(
  doc: EditedDocument,
  { path, pin, current }: Target & { readonly current: JsonObject },
): Next | undefined {
  const map = mapAt(doc.root, path);
  const key = PIN_KEYS.find((each) => current[each] !== pin[each]);
  if (key === undefined || map === undefined) return undefined;
  const value = pin[key];
  if (typeof value !== "string") {
    const { [key]: _, ...data } = current;
    return { splices: removeKey(doc, map, key), data };
  }
  const text = scalarText(value, quoteOfKeys(map));
  const after = key === "until" && "reason" in current ? "reason" : "version";
  return { splices: setKey(doc, map, { key, text, after }), data: { ...current, [key]: value } };
}

/** Writes the pin as one value, with as much of `pins` and the channel above it as is not there yet. */
function setPin(doc: EditedDocument, { path, pin }: Target): readonly Splice[] {
  const [key = "", ...rest] = path;
  let map = doc.root;
  let missing = { key, rest };
  for (const next of rest) {
    const inner = asMap(valueIn(map, missing.key));
    if (inner === undefined) break;
    if (inner.items.length === 0)
      return insertInFlow(doc, inner, { index: 0, text: pinInBraces(doc, missing.rest, pin) });
    map = inner;
    missing = { key: next, rest: missing.rest.slice(1) };
  }
  return setKey(doc, map, {
    key: missing.key,
    text: pinUnder(doc, map, { path: missing.rest, pin }),
  });
}
