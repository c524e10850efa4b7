import { expect } from "vitest";
import type { Digest } from "#model";
import { parseManifest } from "../../../src/stores/manifest.ts";
import type { ReadRepository } from "../../../src/stores/port.ts";
import { never, readAll } from "../registry/client/fixture.ts";

/** Reads everything that a repository's tags lead to, each byte hashed, and gives back its tags. */
export async function walkTags(repository: ReadRepository): Promise<ReadonlyMap<string, Digest>> {
  const { tags } = await repository.tags(never);
  const found = new Map<string, Digest>();
  const read = new Set<Digest>();
  for (const tag of tags) {
    const head = await repository.head(tag, never);
    expect(head, tag).toBeDefined();
    if (head === undefined) continue;
    found.set(tag, head.digest);
    await walk(repository, head.digest, read);
  }
  return found;
}

async function walk(repository: ReadRepository, digest: Digest, read: Set<Digest>): Promise<void> {
  if (read.has(digest)) return;
  read.add(digest);
  const manifest = await repository.manifest(digest, never);
  expect(manifest, digest).toBeDefined();
  if (manifest === undefined) return;
  const { blobs, manifests } = parseManifest(manifest);
  for (const blob of blobs) await readAll(await repository.blob(blob, never));
  for (const child of manifests) await walk(repository, child.digest, read);
  for (const referrer of await repository.referrers(digest, never))
    await walk(repository, referrer.digest, read);
}
