import type { Digest, Repository } from "#model";
import { StoreError } from "#stores";

/** Most manifests that one artifact may have in all: what an index says of itself is somebody else's word. */
export const MAX_MANIFESTS = 2_000;

/** How deep indexes may nest. */
export const MAX_DEPTH = 8;

/** Why an artifact is not walked to its end: nothing is known of the rest (promise 3). */
export function tooManyManifests(repository: Repository, digest: Digest): StoreError {
  return new StoreError({
    code: "too-large",
    message: `${repository}@${digest} nests more than ${MAX_DEPTH} indexes or holds more than ${MAX_MANIFESTS} manifests.`,
    hint: "Push it as several smaller indexes, and register those.",
    repository,
    digest,
  });
}
