import type { Digest, Manifest, Repository } from "#model";

/** Manifests that were read and proved in this run, by repository and digest, bounded by their bytes. */
export interface ManifestCache {
  get(repository: Repository, digest: Digest): Manifest | undefined;
  put(repository: Repository, manifest: Manifest): void;
}

const DEFAULT_MAX_BYTES = 64 * 1024 * 1024;

/** What an entry costs beside its bytes: key, object, map slot. */
const ENTRY_OVERHEAD = 512;

/**
 * Opens an empty cache, shared by a run's stores, so that apply's read of what planning read costs no request. The
 * least recently used goes first. `maxBytes` is 64 MiB by default. The key has the repository in it: that one
 * repository holds a digest says nothing of another.
 */
export function openManifestCache(maxBytes: number = DEFAULT_MAX_BYTES): ManifestCache {
  // A Map keeps insertion order: taking an entry out and in again makes it the youngest.
  const entries = new Map<string, Manifest>();
  let held = 0;
  function drop(key: string, manifest: Manifest): void {
    if (entries.delete(key)) held -= costOf(manifest);
  }
  return {
    get(repository, digest) {
      const key = keyOf(repository, digest);
      const found = entries.get(key);
      if (found === undefined) return undefined;
      entries.delete(key);
      entries.set(key, found);
      return found;
    },
    put(repository, manifest) {
      const key = keyOf(repository, manifest.digest);
      const old = entries.get(key);
      if (old !== undefined) drop(key, old);
      if (costOf(manifest) > maxBytes) return;
      entries.set(key, manifest);
      held += costOf(manifest);
      for (const [oldest, entry] of entries) {
        if (held <= maxBytes) break;
        drop(oldest, entry);
      }
    },
  };
}

function keyOf(repository: Repository, digest: Digest): string {
  return `${repository}@${digest}`;
}

function costOf(manifest: Manifest): number {
  return manifest.bytes.byteLength + ENTRY_OVERHEAD;
}
