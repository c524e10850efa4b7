import type { Digest } from "#model";
import type { TagOutcome, TagWrite, WriteRepository } from "../../../src/stores/port.ts";
import { contentOf, type Built } from "../../support/images.ts";
import { descriptorOfBuilt, digestOfBuilt, never, sourceOf } from "../registry/client/fixture.ts";

/** One store of a kind, empty at the start. */
export interface StoreUnderTest extends AsyncDisposable {
  /** A repository as one run of waybill has it; the same path gives the same repository. */
  repository(path: string): WriteRepository;
  /** The same repository as another run has it, with nothing learned and nothing kept. */
  elsewhere(path: string): WriteRepository;
  /** Changes the bytes that the store keeps under a digest, behind its back. */
  tamper(path: string, digest: Digest, bytes: Uint8Array): Promise<void>;
  /** Makes the store unable to answer about a repository. */
  breakDown(path: string): Promise<void>;
}

/** A kind of store, and the two things in which kinds differ. */
export interface StoreKind {
  readonly name: string;
  open(): Promise<StoreUnderTest>;
  /** A tag can be given to a manifest of a sha512 digest. */
  readonly tagsSha512: boolean;
}

/** Writes what was built and everything below it, in the order that apply keeps. */
export async function push(
  repository: WriteRepository,
  built: Built,
  tags: readonly (string | TagWrite)[] = [],
): Promise<readonly TagOutcome[]> {
  const { blobs, manifests } = contentOf(built);
  for (const item of blobs)
    await repository.putBlob(descriptorOfBuilt(item), sourceOf(item), never);
  for (const item of manifests)
    if (item.digest !== built.digest) await putManifest(repository, item, []);
  return putManifest(repository, built, tags);
}

/** Writes only the manifest, under tags that are new where nothing else is said. */
export function putManifest(
  repository: WriteRepository,
  built: Built,
  tags: readonly (string | TagWrite)[],
): Promise<readonly TagOutcome[]> {
  const writes = tags.map((tag) => (typeof tag === "string" ? { tag, expect: undefined } : tag));
  const { mediaType, bytes } = built;
  return repository.putManifest({ digest: digestOfBuilt(built), mediaType, bytes }, writes, never);
}

/** What a tag names, by another run's reading. */
export async function tagNow(
  store: StoreUnderTest,
  path: string,
  tag: string,
): Promise<string | undefined> {
  return (await store.elsewhere(path).head(tag, never))?.digest;
}
