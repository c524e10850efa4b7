import { digestAlgorithm, type Descriptor, type Manifest, type ManifestContents } from "#model";
import { parseManifest, referrerDescriptor } from "../manifest.ts";
import type { TagOutcome, TagWrite } from "../port.ts";
import { StoreError } from "../store-error.ts";
import { digestOfBytes } from "../verified-stream.ts";
import type { BlobFiles } from "./blobs.ts";
import { listInFallback } from "./fallback.ts";
import type { Graph } from "./graph.ts";
import type { IndexWriter } from "./index-writer.ts";
import type { ManifestFiles } from "./manifests.ts";
import type { Place } from "./place.ts";

/** What writing a manifest needs of its layout. */
export interface ManifestTarget {
  readonly place: Place;
  readonly files: ManifestFiles;
  readonly graph: Graph;
  readonly blobs: BlobFiles;
  readonly writer: IndexWriter;
  readonly maxBytes: number;
}

/** A manifest, and the tags that it is to have. */
export interface ManifestWrite {
  readonly manifest: Manifest;
  readonly tags: readonly TagWrite[];
}

/**
 * Writes a manifest's file, then lists it in index.json: under its tags, or by digest alone. What it points at must be
 * there already, so that no tag of a layout names something incomplete; a subject may come later (distribution-spec).
 */
export async function putManifest(
  target: ManifestTarget,
  { manifest, tags }: ManifestWrite,
  signal: AbortSignal,
): Promise<readonly TagOutcome[]> {
  const { place, files } = target;
  checkBytes(target, manifest);
  const contents = parseManifest(manifest, place.repository);
  await checkClosure(target, manifest, contents);
  await files.write(manifest);
  const descriptor = listedAs(manifest, contents);
  const { subject } = contents;
  const change = {
    descriptor,
    tags,
    children: contents.manifests.map((child) => child.digest),
    also: (draft: Parameters<typeof listInFallback>[1]): Promise<void> =>
      subject === undefined
        ? Promise.resolve()
        : listInFallback(files, draft, { descriptor, subject: subject.digest }),
  };
  const outcomes = await target.writer.commit(change, signal);
  target.graph.changed();
  return outcomes;
}

/** A referrer's entry says what it is, as oras writes and reads it. */
function listedAs(manifest: Manifest, contents: ManifestContents): Descriptor {
  if (contents.subject !== undefined) return referrerDescriptor(manifest, contents);
  return {
    mediaType: manifest.mediaType,
    digest: manifest.digest,
    size: manifest.bytes.length,
  };
}

function checkBytes({ place, maxBytes }: ManifestTarget, { digest, bytes }: Manifest): void {
  const { repository } = place;
  if (bytes.length > maxBytes)
    throw new StoreError({
      code: "too-large",
      message: `the manifest ${digest} for ${repository} has ${bytes.length} bytes, and the limit is ${maxBytes}`,
      repository,
      digest,
    });
  if (digestOfBytes(bytes, digestAlgorithm(digest)) === digest) return;
  throw new StoreError({
    code: "digest-mismatch",
    message: `the bytes of the manifest ${digest} for ${repository} have another digest`,
    repository,
    digest,
  });
}

async function checkClosure(
  { place, blobs }: ManifestTarget,
  { digest }: Manifest,
  contents: ManifestContents,
): Promise<void> {
  for (const part of [...contents.blobs, ...contents.manifests]) {
    if (await blobs.has(part)) continue;
    throw new StoreError({
      code: "refused",
      message: `${place.repository} does not take the manifest ${digest}: what it points at is not there: ${part.digest}`,
      hint: "run again; if it stays so, the copy that should have brought it failed for its own reason",
      repository: place.repository,
      digest,
    });
  }
}
