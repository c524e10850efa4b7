import { isTag, type Descriptor, type Digest } from "#model";
import {
  isJsonObject,
  parseJsonObject,
  readDescriptor,
  type JsonObject,
} from "../descriptor-json.ts";
import { invalidLayout } from "./failure.ts";
import type { Place } from "./place.ts";

/** The annotation that holds a tag (image-spec annotations.md; what every layout tool reads and writes). */
export const REF_NAME = "org.opencontainers.image.ref.name";

/** A digest of an algorithm that we do not know, such as blake3: kept as it stands, never read (image-spec descriptor.md). */
const SOME_DIGEST = /^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[A-Za-z0-9=_-]{1,512}$/;

/** One line of index.json: its JSON as it was written, fields unknown to us included, and what we read of it. */
export interface IndexEntry {
  readonly json: JsonObject;
  /** Undefined: of an unknown algorithm, kept and not read. */
  readonly descriptor: Descriptor | undefined;
  readonly name: string | undefined;
}

/** index.json, read. */
export interface IndexDocument {
  /** Every field but `manifests`. */
  readonly json: JsonObject;
  readonly entries: readonly IndexEntry[];
}

export const EMPTY_INDEX: IndexDocument = {
  json: { schemaVersion: 2, mediaType: "application/vnd.oci.image.index.v1+json" },
  entries: [],
};

/** Reads index.json; throws `invalid-layout` where it is none or an entry could lead astray. */
export function parseIndex(place: Place, bytes: Uint8Array): IndexDocument {
  const json = parseJsonObject(bytes);
  if (json === undefined) throw invalidLayout(place.repository, "index.json is not a JSON object");
  const { manifests, ...rest } = json;
  // Go writes an empty list as null.
  if (manifests === undefined || manifests === null) return { json: rest, entries: [] };
  if (!Array.isArray(manifests))
    throw invalidLayout(place.repository, "the manifests of index.json are not a list");
  return { json: rest, entries: manifests.map((item: unknown) => readEntry(place, item)) };
}

function readEntry(place: Place, item: unknown): IndexEntry {
  if (!isJsonObject(item))
    throw invalidLayout(place.repository, "an entry of index.json is no object");
  const descriptor = readDescriptor(item);
  if (typeof descriptor !== "string")
    return { json: item, descriptor, name: descriptor.annotations?.[REF_NAME] };
  const digest = item["digest"];
  const known = typeof digest === "string" && /^sha(?:256|512):/.test(digest);
  if (typeof digest !== "string" || known || !SOME_DIGEST.test(digest))
    throw invalidLayout(place.repository, `in index.json, ${descriptor}`);
  return { json: item, descriptor: undefined, name: undefined };
}

/** Entries as JSON text: of thousands, most are the same from one write to the next. */
const texts = new WeakMap<IndexEntry, string>();

/** Writes index.json in the order in which it was read; new entries come last. */
export function formatIndex({ json, entries }: IndexDocument): string {
  const head = JSON.stringify({ ...json, manifests: [] });
  return `${head.slice(0, -"]}".length)}${entries.map(textOf).join(",")}]}`;
}

function textOf(entry: IndexEntry): string {
  const known = texts.get(entry);
  if (known !== undefined) return known;
  const text = JSON.stringify(entry.json);
  texts.set(entry, text);
  return text;
}

/** Tags → what they name, in order. A tag that stands twice with two digests is `ambiguous`. */
export function tagsOf(document: IndexDocument): ReadonlyMap<string, Descriptor | "ambiguous"> {
  const tags = new Map<string, Descriptor | "ambiguous">();
  for (const { name, descriptor } of document.entries) {
    if (name === undefined || descriptor === undefined || !isTag(name)) continue;
    const first = tags.get(name);
    if (first === undefined) tags.set(name, descriptor);
    else if (first !== "ambiguous" && first.digest !== descriptor.digest)
      tags.set(name, "ambiguous");
  }
  return tags;
}

/** Digest → descriptor of everything that index.json lists, tagged or not. */
export function listedIn(document: IndexDocument): ReadonlyMap<Digest, Descriptor> {
  const listed = new Map<Digest, Descriptor>();
  for (const { descriptor } of document.entries) {
    if (descriptor !== undefined && !listed.has(descriptor.digest))
      listed.set(descriptor.digest, descriptor);
  }
  return listed;
}
