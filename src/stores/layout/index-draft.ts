import type { Descriptor, Digest } from "#model";
import { isJsonObject, type JsonObject } from "../descriptor-json.ts";
import { REF_NAME, type IndexDocument, type IndexEntry } from "./index-document.ts";
import { indexRows, type IndexRows } from "./index-rows.ts";

/** Changes to an index.json that are made together; whoever opened it writes them. */
export interface IndexDraft {
  /** What the index lists under a tag, each digest once. */
  named(tag: string): readonly Descriptor[];
  /** Makes a tag name a descriptor. What it named before stays listed by digest, unless `forget`. */
  name(tag: string, descriptor: Descriptor, forget?: "forget"): void;
  /** Makes sure that a descriptor is listed, under whatever name. */
  list(descriptor: Descriptor): void;
  /** Takes out entries that say nothing beyond their digest: an index that is listed reaches them now. */
  reached(digests: Iterable<Digest>): void;
  /** The changed document, once; undefined where nothing changed since the last one. */
  take(): IndexDocument | undefined;
}

/** Opens a draft over a document, which stays as it is. */
export function draftIndex(document: IndexDocument): IndexDraft {
  const rows = indexRows(document.entries);
  return {
    named(tag) {
      const found = rows.find("name", tag).map((row) => rows.at(row).descriptor);
      const known = found.filter((descriptor) => descriptor !== undefined);
      return [...new Map(known.map((descriptor) => [descriptor.digest, descriptor])).values()];
    },
    name(tag, descriptor, forget) {
      const before = rows.find("name", tag);
      const only = before[0];
      const same = only !== undefined && rows.at(only).descriptor?.digest === descriptor.digest;
      if (before.length === 1 && same) return;
      for (const row of before) release(rows, row, forget);
      putUnderName(rows, descriptor, tag);
    },
    list(descriptor) {
      if (rows.find("digest", descriptor.digest).length === 0)
        rows.add(entryOf(descriptor, undefined));
    },
    reached(digests) {
      for (const digest of digests) {
        for (const row of rows.find("digest", digest)) if (isPlain(rows.at(row))) rows.remove(row);
      }
    },
    take() {
      return rows.takeChanges() ? { json: document.json, entries: rows.entries() } : undefined;
    },
  };
}

/** Takes a tag off its entry; the entry goes where another one lists its digest, or where it is to be forgotten. */
function release(rows: IndexRows, row: number, forget: "forget" | undefined): void {
  const entry = rows.at(row);
  const digest = entry.descriptor?.digest;
  const listedElsewhere = digest !== undefined && rows.find("digest", digest).length > 1;
  if (forget !== undefined || listedElsewhere) rows.remove(row);
  else rows.replace(row, { ...entry, json: withoutName(entry.json), name: undefined });
}

/** Names the nameless entry of that digest where there is one (as skopeo does), else adds an entry. */
function putUnderName(rows: IndexRows, descriptor: Descriptor, tag: string): void {
  const nameless = rows
    .find("digest", descriptor.digest)
    .find((row) => rows.at(row).name === undefined);
  if (nameless === undefined) return rows.add(entryOf(descriptor, tag));
  const entry = rows.at(nameless);
  return rows.replace(nameless, { ...entry, json: withName(entry.json, tag), name: tag });
}

/** An entry with nothing but what says where the bytes are. */
function isPlain({ json }: IndexEntry): boolean {
  return json["annotations"] === undefined && json["artifactType"] === undefined;
}

/** A new entry, without the ref.name that a manifest's own annotations may hold: only a push says what a tag names. */
function entryOf(descriptor: Descriptor, tag: string | undefined): IndexEntry {
  const json = withoutName({ ...descriptor });
  return { json: tag === undefined ? json : withName(json, tag), descriptor, name: tag };
}

function withName(json: JsonObject, tag: string): JsonObject {
  return { ...json, annotations: { ...annotationsOf(json), [REF_NAME]: tag } };
}

function withoutName(json: JsonObject): JsonObject {
  const { [REF_NAME]: _name, ...annotations } = annotationsOf(json);
  const { annotations: _all, ...rest } = json;
  return Object.keys(annotations).length === 0 ? rest : { ...rest, annotations };
}

function annotationsOf(json: JsonObject): JsonObject {
  const annotations = json["annotations"];
  return isJsonObject(annotations) ? annotations : {};
}
