import type { Digest, ImageFacts } from "#model";
import type { ReadRepository } from "#stores";
import { readImage } from "./trust/image-facts.ts";

/** Where a version was made, by its own annotations and labels; foreign words. */
export interface SourceOrigin {
  /** As it is written: an address, or anything else. */
  readonly source: string | undefined;
  /** A commit in hex; undefined where it is none, or platforms disagree. */
  readonly revision: string | undefined;
  /** Sorted. */
  readonly platforms: readonly string[];
}

const SOURCE = "org.opencontainers.image.source";
const REVISION = "org.opencontainers.image.revision";
const HEX = /^[0-9a-f]{7,64}$/;

/**
 * Reads where a version was made (image-spec, annotations.md): what the manifest says counts before what its platforms and
 * their configs say. Undefined where the manifest is not there; throws a StoreError where it cannot be read.
 */
export async function readOrigin(
  repository: ReadRepository,
  digest: Digest,
  signal: AbortSignal,
): Promise<SourceOrigin | undefined> {
  const image = await readImage(repository, digest, "labels", signal);
  if (image === undefined) return undefined;
  const revision = saidBy(image.facts, REVISION);
  return {
    source: saidBy(image.facts, SOURCE),
    revision: revision !== undefined && HEX.test(revision) ? revision : undefined,
    platforms: image.facts.platforms.map(({ platform }) => platform).toSorted(),
  };
}

/** One word for all of an image; platforms that say different things say nothing. */
function saidBy({ annotations, labels, platforms }: ImageFacts, key: string): string | undefined {
  const own = annotations[key] ?? labels[key];
  if (own !== undefined) return own;
  const words = new Set(platforms.map((one) => one.annotations[key] ?? one.labels[key]));
  const [word] = words;
  return words.size === 1 ? word : undefined;
}
