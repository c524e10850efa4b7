import { parseTime, type Json } from "#model";
import type { YAMLMap } from "yaml";
import type { SourceFile } from "../yaml/read.ts";
import { insertInList } from "./begin-list.ts";
import type { Edit, Splice } from "./edit.ts";
import { insertInFlow } from "./insert-flow.ts";
import { insertItem } from "./insert-item.ts";
import { asList, asMap, valueIn } from "./layout.ts";
import { isObject, itemsOf, type EditedDocument, type JsonObject } from "./open-document.ts";
import { removeKey } from "./remove-element.ts";
import { digestText, entryOf, newEntry, type Revoking } from "./revocation-entry.ts";
import { runSteps, type Change, type Step } from "./run-steps.ts";
import { quoteOf, scalarText } from "./scalar-text.ts";
import { setKey } from "./set-key.ts";

/** The text of a new `policies/revocations.yaml` with its first entry (contract §2). */
export function newRevocations(revoking: Revoking): string {
  const { flow, block } = newEntry(undefined, "", entryOf(revoking));
  return [
    "# yaml-language-server: $schema=../schemas/revocations.v1.json",
    "apiVersion: waybill.dev/v1",
    "kind: Revocations",
    "revocations:",
    `  - ${(block ?? [flow]).join("\n    ")}`,
    "",
  ].join("\n");
}

/**
 * Adds an entry at the end, or makes the one that is there say as much: nothing that a file revokes is revoked less
 * afterwards, and an entry that was rescinded is in force again (issue 5 §2).
 */
export function revoke(file: SourceFile, revoking: Revoking): Edit {
  return runSteps(file, [
    (doc) => addEntry(doc, revoking),
    ...STRENGTHENING.map((strengthen): Step => (doc) => {
      const entry = findEntry(doc, revoking);
      return entry && strengthen(doc, entry, revoking);
    }),
  ]);
}

interface Entry {
  readonly index: number;
  readonly data: JsonObject;
  readonly node: YAMLMap;
}

const KEY = "revocations";

function findEntry(doc: EditedDocument, { target }: Revoking): Entry | undefined {
  const wanted = entryOf({ target, reason: "", reference: undefined, at: undefined });
  const keys = ["digest", "key", "authority", "project", "name", "versions"];
  const nodes = asList(valueIn(doc.root, KEY))?.items ?? [];
  return itemsOf(doc.data[KEY]).flatMap((data, index): readonly Entry[] => {
    const node = asMap(nodes[index]);
    if (node === undefined || !isObject(data)) return [];
    return keys.every((key) => data[key] === wanted[key]) ? [{ index, data, node }] : [];
  })[0];
}

function addEntry(doc: EditedDocument, revoking: Revoking): Change | undefined {
  if (findEntry(doc, revoking) !== undefined) return undefined;
  const items = itemsOf(doc.data[KEY]);
  const neighbour = asMap(asList(valueIn(doc.root, KEY))?.items.at(-1));
  const entry = entryOf(revoking);
  const item = newEntry(neighbour, doc.text, entry);
  return {
    splices: insertInList(doc, { key: KEY, index: items.length }, item),
    expected: { ...doc.data, [KEY]: [...items, entry] },
  };
}

type Strengthening = (doc: EditedDocument, entry: Entry, revoking: Revoking) => Change | undefined;

const STRENGTHENING: readonly Strengthening[] = [
  giveReasonAgain,
  (doc, entry) => without(doc, entry, "rescinded"),
  (doc, entry) => (entry.data["only"] === true ? without(doc, entry, "only") : undefined),
  beginEarlier,
  addDigests,
];

/** An entry that comes back into force does so for a reason of its own. */
function giveReasonAgain(
  doc: EditedDocument,
  entry: Entry,
  { reason }: Revoking,
): Change | undefined {
  if (!("rescinded" in entry.data) || entry.data["reason"] === reason) return undefined;
  return withText(doc, entry, { key: "reason", value: reason });
}

/** Only for what signs: what is revoked itself is so at any time. */
function beginEarlier(
  doc: EditedDocument,
  entry: Entry,
  { target, at }: Revoking,
): Change | undefined {
  if (target.kind !== "key" && target.kind !== "authority") return undefined;
  const now = entry.data["at"];
  if (typeof now !== "string") return undefined;
  if (at === undefined) return without(doc, entry, "at");
  const [before, asked] = [parseTime(now), parseTime(at)];
  if (before === undefined || asked === undefined || before <= asked) return undefined;
  return withText(doc, entry, { key: "at", value: at });
}

function addDigests(doc: EditedDocument, entry: Entry, { target }: Revoking): Change | undefined {
  if (target.kind !== "versions") return undefined;
  const known = itemsOf(entry.data["digests"]);
  const missing = target.digests.find((digest) => !known.includes(digest));
  if (missing === undefined) return undefined;
  return {
    splices: insertDigest(doc, entry, missing),
    expected: withEntry(doc, entry, { ...entry.data, digests: [...known, missing] }),
  };
}

function insertDigest(doc: EditedDocument, { node }: Entry, digest: string): readonly Splice[] {
  const list = asList(valueIn(node, "digests"));
  const text = digestText(digest);
  if (list === undefined)
    return setKey(doc, node, { key: "digests", text: `[${text}]`, after: "versions" });
  const index = list.items.length;
  if (index === 0) return insertInFlow(doc, list, { index, text });
  return insertItem(doc, list, { index, item: { flow: text } });
}

function without(doc: EditedDocument, entry: Entry, key: string): Change | undefined {
  if (!(key in entry.data)) return undefined;
  const { [key]: _, ...data } = entry.data;
  return { splices: removeKey(doc, entry.node, key), expected: withEntry(doc, entry, data) };
}

function withText(
  doc: EditedDocument,
  entry: Entry,
  { key, value }: { readonly key: string; readonly value: string },
): Change {
  const text = scalarText(value, quoteOf(valueIn(entry.node, key)));
  return {
    splices: setKey(doc, entry.node, { key, text }),
    expected: withEntry(doc, entry, { ...entry.data, [key]: value }),
  };
}

function withEntry(doc: EditedDocument, { index }: Entry, data: JsonObject): JsonObject {
  const items: readonly Json[] = itemsOf(doc.data[KEY]);
  return { ...doc.data, [KEY]: items.with(index, data) };
}
