import { isIndexType, type Descriptor, type Digest } from "#model";
import { parseManifest, type ReadRepository } from "#stores";
import { MAX_DEPTH, MAX_MANIFESTS, tooManyManifests } from "./caps.ts";

/**
 * Every manifest below an index, below indexes in it too; only indexes are read. What an index that is not there would
 * list is left out. Throws a StoreError where one cannot be read, or where there are too many.
 */
export async function manifestsBelow(
  repository: ReadRepository,
  index: Digest,
  signal: AbortSignal,
): Promise<ReadonlySet<Digest>> {
  const below = new Set<Digest>();
  let level: readonly Digest[] = [index];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_DEPTH || below.size > MAX_MANIFESTS)
      throw tooManyManifests(repository.repository, index);
    const lists = await Promise.all(level.map((digest) => childrenOf(repository, digest, signal)));
    const fresh = lists.flat().filter((child) => !below.has(child.digest));
    for (const child of fresh) below.add(child.digest);
    level = [...new Set(fresh.filter(isIndex).map((child) => child.digest))];
  }
  return below;
}

function isIndex({ mediaType }: Descriptor): boolean {
  return isIndexType(mediaType);
}

async function childrenOf(
  repository: ReadRepository,
  index: Digest,
  signal: AbortSignal,
): Promise<readonly Descriptor[]> {
  const manifest = await repository.manifest(index, signal);
  return manifest ? parseManifest(manifest, repository.repository).manifests : [];
}
