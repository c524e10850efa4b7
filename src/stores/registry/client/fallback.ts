import {
  fallbackTag,
  MEDIA_TYPES,
  type Descriptor,
  type Digest,
  type Manifest,
  type ManifestContents,
} from "#model";
import { isJsonObject, parseJsonObject } from "../../descriptor-json.ts";
import { referrerDescriptor } from "../../manifest.ts";
import { StoreError } from "../../store-error.ts";
import { digestOfBytes } from "../../verified-stream.ts";
import type { Client } from "./client.ts";
import { sendManifest } from "./manifest-put.ts";
import { getManifest, headManifest, type TaggedManifest } from "./manifest-reads.ts";
import { apiReferrers, fallbackEntries, isFallbackIndex, MAX_REFERRERS } from "./referrers.ts";
import { pause } from "./pause.ts";
import { lacksContent } from "./harbor.ts";
import { refusalOf } from "./refusal.ts";

/** Times that a lost race for the index is run again. */
const MAX_RACES = 6;

/** A manifest that refers to another, and was just stored. */
export interface Referring {
  readonly manifest: Manifest;
  readonly contents: ManifestContents;
  readonly subject: Descriptor;
}

/**
 * Makes sure that a manifest stands among the referrers of its subject, where the answer to its PUT did not say so
 * (`OCI-Subject`). A host with the API is asked; every other gets it listed in the fallback index: read, merged,
 * written, looked at again, and done over where another writer was faster (distribution-spec, "Referrers Tag Schema").
 * The caller writes the referrers of one subject one by one.
 */
export async function listReferrer(
  client: Client,
  referring: Referring,
  signal: AbortSignal,
): Promise<void> {
  const { manifest, subject } = referring;
  if (client.can.referrers === true) {
    const listed = await apiReferrers(client, subject.digest, signal);
    if (listed.some(({ digest }) => digest === manifest.digest)) return;
  }
  await merge(client, referring, signal);
}

async function merge(client: Client, referring: Referring, signal: AbortSignal): Promise<void> {
  const tag = fallbackTag(referring.subject.digest);
  let gone: ReadonlySet<unknown> = new Set();
  for (let race = 0; race < MAX_RACES; race += 1) {
    if (race > 0) await pause(race, client, signal);
    const current = await readFallback(client, tag, referring.subject.digest, signal);
    if (current !== undefined && lists(client, current.manifest, referring)) return;
    const index = grown(client, current?.manifest, { ...referring, gone });
    const written = await write(client, { tag, index, current }, signal);
    if (written === "dangling") gone = await absentEntries(client, index, referring, signal);
    if (written !== "written") continue;
    const named = await headManifest(client, tag, signal);
    if (named?.descriptor.digest === index.digest) return;
  }
  throw new StoreError({
    code: "conflict",
    message: `others keep writing the referrers index ${tag} of ${client.repository}: ${referring.manifest.digest} is stored there, and not listed`,
    hint: "run apply again with --deep, which lists it",
    repository: client.repository,
    digest: referring.manifest.digest,
  });
}

/** The index under the tag. Where a host gives the subject for it, there is none yet; anything else is not ours to replace. */
async function readFallback(
  client: Client,
  tag: string,
  subject: Digest,
  signal: AbortSignal,
): Promise<TaggedManifest | undefined> {
  const read = await getManifest(client, tag, signal);
  if (read === undefined || read.manifest.digest === subject) return undefined;
  if (isFallbackIndex(read.manifest, subject)) return read;
  throw new StoreError({
    code: "refused",
    message: `the tag ${tag} of ${client.repository} names ${read.manifest.digest}, which is no index of referrers`,
    hint: "that name belongs to the referrers of the digest: move what is there to another tag",
    repository: client.repository,
    digest: subject,
    retryable: false,
  });
}

function lists(client: Client, index: Manifest, { manifest }: Referring): boolean {
  return fallbackEntries(index, client).some(({ digest }) => digest === manifest.digest);
}

/**
 * What an index lists and the repository does not hold: some registries refuse to write such an index again, and one
 * entry that was deleted must not keep all others out.
 */
async function absentEntries(
  client: Client,
  index: Manifest,
  { manifest }: Referring,
  signal: AbortSignal,
): Promise<ReadonlySet<Digest>> {
  const gone = new Set<Digest>();
  for (const { digest } of fallbackEntries(index, client)) {
    if (digest === manifest.digest) continue;
    if ((await headManifest(client, digest, signal)) === undefined) gone.add(digest);
  }
  return gone;
}

/** The index with one more entry; what others wrote stays as they wrote it. */
function grown(
  client: Client,
  index: Manifest | undefined,
  referring: Referring & { readonly gone: ReadonlySet<unknown> },
): Manifest {
  const base = (index && parseJsonObject(index.bytes)) ?? {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociIndex,
  };
  const before: unknown = base["manifests"];
  const all: readonly unknown[] = Array.isArray(before) ? before : [];
  const entries = all.filter((item) => !(isJsonObject(item) && referring.gone.has(item["digest"])));
  const entry = referrerDescriptor(referring.manifest, referring.contents);
  const text = JSON.stringify({ ...base, manifests: [...entries, entry] });
  const bytes = new TextEncoder().encode(text);
  if (entries.length >= MAX_REFERRERS || bytes.length > client.maxManifestBytes)
    throw full(client, referring);
  const mediaType = index?.mediaType ?? MEDIA_TYPES.ociIndex;
  return { digest: digestOfBytes(bytes, "sha256"), mediaType, bytes };
}

function full(client: Client, { subject, manifest }: Referring): StoreError {
  return new StoreError({
    code: "too-large",
    message: `the referrers index of ${subject.digest} in ${client.repository} is full`,
    repository: client.repository,
    digest: manifest.digest,
    retryable: false,
  });
}

interface IndexWrite {
  readonly tag: string;
  readonly index: Manifest;
  readonly current: TaggedManifest | undefined;
}

/** Writes the index, on condition where the host keeps conditions. `dangling`: refused for what it lists. */
async function write(
  client: Client,
  { tag, index, current }: IndexWrite,
  signal: AbortSignal,
): Promise<"written" | "overtaken" | "dangling"> {
  const etag = current?.etag;
  const ifMatch = etag === undefined ? {} : { "if-match": etag };
  const headers = current === undefined ? { "if-none-match": "*" } : ifMatch;
  const answer = await sendManifest(client, index, { reference: tag, headers }, signal);
  if (answer.kind === "stored") return "written";
  if (answer.problem.status === 412) return "overtaken";
  if (lacksContent(answer.problem) && current !== undefined) return "dangling";
  throw refusalOf(client, answer.problem, `write the referrers index ${tag}`, index.digest);
}
