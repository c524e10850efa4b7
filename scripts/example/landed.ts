import type { Digest, Repository } from "#model";
import { parseManifest, type ReadRepository } from "#stores";

/** What a walk through one repository found; every byte was hashed on the way. */
export interface Landed {
  readonly repository: Repository;
  readonly tags: readonly string[];
  readonly digests: ReadonlyMap<string, Digest>;
  readonly manifests: number;
  readonly blobs: number;
  readonly referrers: number;
}

/** Walks everything that the tags of a repository lead to, referrers included; undefined where there is none. */
export async function landed(
  repository: ReadRepository,
  signal: AbortSignal,
): Promise<Landed | undefined> {
  const listing = await repository.tags(signal);
  if (!listing.exists) return undefined;
  const digests = new Map<string, Digest>();
  for (const tag of listing.tags) {
    const head = await repository.head(tag, signal);
    if (head) digests.set(tag, head.digest);
  }
  const seen = new Set<Digest>();
  const blobs = new Set<Digest>();
  let referrers = 0;
  const queue = [...digests.values()];
  for (let digest = queue.pop(); digest !== undefined; digest = queue.pop()) {
    if (seen.has(digest)) continue;
    seen.add(digest);
    const manifest = await repository.manifest(digest, signal);
    if (manifest === undefined) throw new Error(`${repository.repository} lacks ${digest}`);
    const contents = parseManifest(manifest, repository.repository);
    for (const blob of contents.blobs) {
      // Reading to the end is what proves the hash.
      for await (const _ of await repository.blob(blob, signal)) signal.throwIfAborted();
      blobs.add(blob.digest);
    }
    const about = await repository.referrers(digest, signal);
    referrers += about.length;
    queue.push(
      ...contents.manifests.map((child) => child.digest),
      ...about.map((item) => item.digest),
    );
  }
  return {
    repository: repository.repository,
    tags: listing.tags,
    digests,
    manifests: seen.size,
    blobs: blobs.size,
    referrers,
  };
}
