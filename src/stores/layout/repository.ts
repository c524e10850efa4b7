import { isDigest, isTag, type Descriptor, type Digest, type Repository } from "#model";
import type { ReadRepository, TagListing, WriteRepository } from "../port.ts";
import { StoreError } from "../store-error.ts";
import { blobFiles, type BlobFiles } from "./blobs.ts";
import { ensureLayout } from "./folder.ts";
import { onDisk, throwIfInterrupted } from "./failure.ts";
import { openGraph, type Graph } from "./graph.ts";
import { indexWriter } from "./index-writer.ts";
import { LOCK_TIMING, type LockTiming } from "./lock.ts";
import { manifestFiles, type ManifestFiles } from "./manifests.ts";
import { placeOf, type PathRules, type Place } from "./place.ts";
import { putManifest } from "./put-manifest.ts";
import type { LayoutsShared } from "./run-wide.ts";
import { lookAt, type Look } from "./view.ts";

/** What a layout is opened with. */
export interface LayoutSettings extends PathRules {
  readonly maxManifestBytes: number;
  readonly shared: LayoutsShared;
  readonly timing?: LockTiming;
}

/** The parts of one open layout. */
interface Parts {
  readonly place: Place;
  readonly look: Look;
  readonly files: ManifestFiles;
  readonly graph: Graph;
  readonly blobs: BlobFiles;
}

const STATS_AT_ONCE = 32;

/** Opens a layout as a repository (image-spec, image-layout.md). Nothing is read or made before it is asked. */
export function openLayoutRepository(
  repository: Repository,
  settings: LayoutSettings,
): WriteRepository {
  const place = placeOf(repository, settings);
  const files = manifestFiles(place, settings.maxManifestBytes);
  const graph = openGraph(place, files);
  const blobs = blobFiles({ place, shared: settings.shared }, settings);
  const parts: Parts = { place, look: lookAt(place, settings), files, graph, blobs };
  const timing = settings.timing ?? LOCK_TIMING;
  const writer = indexWriter({ place, timing, holds: files.holds });
  const ready = once(() => ensureLayout(place, settings, timing));
  return {
    ...reading(parts),
    putBlob: (blob, source, signal) =>
      guarded(place, signal, { what: "write a blob", digest: blob.digest }, async () => {
        await ready();
        return blobs.put(blob, source, signal);
      }),
    putManifest: (manifest, tags, signal) =>
      guarded(place, signal, { what: "write a manifest", digest: manifest.digest }, async () => {
        await ready();
        const limits = { maxBytes: settings.maxManifestBytes };
        return putManifest({ ...parts, ...limits, writer }, { manifest, tags }, signal);
      }),
  };
}

function reading(parts: Parts): ReadRepository {
  const { place, look, files, graph, blobs } = parts;
  async function find(reference: string): Promise<Descriptor | undefined> {
    const view = await look();
    if (view === undefined) return undefined;
    const found = isDigest(reference)
      ? await graph.find(view, reference)
      : view.tags.get(checkTag(place, reference));
    if (found === "ambiguous") throw ambiguous(place, reference);
    return found;
  }
  return {
    repository: place.repository,
    head: (reference, signal) =>
      guarded(place, signal, { what: `look for ${reference.slice(0, 160)}` }, async () => {
        const found = await find(reference);
        if (found === undefined || !(await files.holds(found))) return undefined;
        return { mediaType: found.mediaType, digest: found.digest, size: found.size };
      }),
    manifest: (digest, signal) =>
      guarded(place, signal, { what: "read a manifest", digest }, async () => {
        const found = await find(digest);
        return found === undefined ? undefined : files.readSource(found);
      }),
    tags: (signal) => guarded(place, signal, { what: "list the tags" }, () => listTags(parts)),
    referrers: (digest, signal) =>
      guarded(place, signal, { what: "list the referrers of a manifest", digest }, async () => {
        const view = await look();
        return view === undefined ? [] : graph.referrers(view, digest);
      }),
    hasBlob: (blob, signal) =>
      guarded(place, signal, { what: "look for a blob", digest: blob.digest }, () =>
        blobs.has(blob),
      ),
    blob: (blob, signal) =>
      guarded(place, signal, { what: "read a blob", digest: blob.digest }, () =>
        blobs.open(blob, signal),
      ),
  };
}

/** A tag whose manifest is not there is not listed; one that cannot be judged leaves the digests to be asked one by one. */
async function listTags({ look, files }: Parts): Promise<TagListing> {
  const view = await look();
  if (view === undefined)
    return { exists: false, tags: [], digests: new Map(), manifests: undefined };
  const listed = [...view.tags];
  const states: boolean[] = [];
  let proved = true;
  for (let at = 0; at < listed.length; at += STATS_AT_ONCE) {
    const some = listed.slice(at, at + STATS_AT_ONCE);
    for (const state of await Promise.all(some.map(([, named]) => stateOfTag(files, named)))) {
      states.push(state !== "gone");
      if (state === "unknown") proved = false;
    }
  }
  const there = listed.filter((_, at) => states[at]);
  const digests = new Map<string, Digest>();
  for (const [tag, named] of there) if (named !== "ambiguous") digests.set(tag, named.digest);
  return {
    exists: true,
    tags: there.map(([tag]) => tag),
    digests: proved ? digests : undefined,
    manifests: undefined,
  };
}

async function stateOfTag(
  files: ManifestFiles,
  named: Descriptor | "ambiguous",
): Promise<"there" | "gone" | "unknown"> {
  if (named === "ambiguous") return "unknown";
  try {
    return (await files.holds(named)) ? "there" : "gone";
  } catch (error) {
    // Whoever asks for this tag gets the reason; the others are not held up by it.
    if (error instanceof StoreError) return "unknown";
    throw error;
  }
}

interface What {
  readonly what: string;
  readonly digest?: Digest;
}

function guarded<T>(
  { repository }: Place,
  signal: AbortSignal,
  what: What,
  work: () => Promise<T>,
): Promise<T> {
  return onDisk({ repository, ...what }, () => {
    throwIfInterrupted(signal, repository);
    return work();
  });
}

/** Does the work once; where it fails, the next one tries again. */
function once(work: () => Promise<void>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return async () => {
    done ??= work();
    const mine = done;
    try {
      await mine;
    } catch (error) {
      if (done === mine) done = undefined;
      throw error;
    }
  };
}

function checkTag({ repository }: Place, text: string): string {
  if (isTag(text)) return text;
  throw new StoreError({
    code: "refused",
    message: `${repository}: "${text.slice(0, 160)}" is neither a tag nor a digest`,
    repository,
  });
}

function ambiguous({ repository }: Place, tag: string): StoreError {
  return new StoreError({
    code: "invalid-layout",
    message: `${repository}: index.json names two different manifests "${tag}"`,
    hint: "take the tag off one of them; nothing was changed",
    repository,
  });
}
