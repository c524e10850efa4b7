import {
  fallbackTag,
  isIndexType,
  MEDIA_TYPES,
  type Descriptor,
  type Digest,
  type Manifest,
} from "#model";
import { isJsonObject, parseJsonObject, type JsonObject } from "../descriptor-json.ts";
import { digestOfBytes } from "../verified-stream.ts";
import type { IndexDraft } from "./index-draft.ts";
import type { ManifestFiles } from "./manifests.ts";

/** A manifest with a subject. */
export interface Referrer {
  readonly descriptor: Descriptor;
  readonly subject: Digest;
}

/**
 * Lists a referrer in the fallback index of its subject too (distribution-spec, "Referrers Tag Schema"): regctl reads
 * no other list of a layout's referrers. What stands under that tag and is no index is somebody else's, and stays.
 */
export async function listInFallback(
  files: ManifestFiles,
  draft: IndexDraft,
  { descriptor, subject }: Referrer,
): Promise<void> {
  const tag = fallbackTag(subject);
  const [named, ...others] = draft.named(tag);
  const old = named === undefined ? undefined : await files.read(named);
  const index = old === undefined ? NEW_INDEX : readIndex(old);
  if (others.length > 0 || index === undefined || lists(index, descriptor.digest)) return;
  const manifests = [...index.manifests, descriptor];
  const { mediaType } = index;
  const bytes = Buffer.from(JSON.stringify({ ...index.json, mediaType, manifests }));
  const digest = digestOfBytes(bytes, "sha256");
  await files.write({ digest, mediaType, bytes });
  draft.name(tag, { mediaType, digest, size: bytes.length }, "forget");
}

interface FallbackIndex {
  readonly mediaType: string;
  readonly json: JsonObject;
  readonly manifests: readonly unknown[];
}

const NEW_INDEX: FallbackIndex = {
  mediaType: MEDIA_TYPES.ociIndex,
  json: { schemaVersion: 2 },
  manifests: [],
};

function readIndex({ mediaType, bytes }: Manifest): FallbackIndex | undefined {
  const json = isIndexType(mediaType) ? parseJsonObject(bytes) : undefined;
  const manifests = json?.["manifests"] ?? [];
  return json === undefined || !isList(manifests) ? undefined : { mediaType, json, manifests };
}

function lists({ manifests }: FallbackIndex, digest: Digest): boolean {
  return manifests.some((item) => isJsonObject(item) && item["digest"] === digest);
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}
