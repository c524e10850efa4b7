import type { Manifest, Repository } from "#model";
import { describe, expect, it } from "vitest";
import { openManifestCache } from "../../src/stores/manifest-cache.ts";
import { digestOfBytes } from "../../src/stores/verified-stream.ts";

const here = "registry.example.com/a" as Repository;
const there = "registry.example.com/b" as Repository;

function manifestOf(seed: number, size = 1_000): Manifest {
  const bytes = Buffer.alloc(size, seed);
  return { digest: digestOfBytes(bytes, "sha256"), mediaType: "m/n", bytes };
}

describe("openManifestCache", () => {
  it("knows a manifest by repository and digest, and in no other repository", () => {
    const cache = openManifestCache();
    const one = manifestOf(1);
    cache.put(here, one);
    expect(cache.get(here, one.digest)).toBe(one);
    expect(cache.get(there, one.digest)).toBeUndefined();
  });

  it("holds no more bytes than it may, and lets the least used go", () => {
    const cache = openManifestCache(5_000);
    const all = [1, 2, 3].map((seed) => manifestOf(seed));
    const [first, second, third] = all;
    if (!first || !second || !third) throw new Error("three were made");
    for (const one of all) cache.put(here, one);
    expect(cache.get(here, first.digest)).toBe(first);
    cache.put(here, manifestOf(4));
    expect(cache.get(here, first.digest)).toBe(first);
    expect(cache.get(here, second.digest)).toBeUndefined();
    expect(cache.get(here, third.digest)).toBe(third);
  });

  it("counts a manifest that is put twice once, and takes none that is larger than all of it", () => {
    const cache = openManifestCache(5_000);
    const one = manifestOf(1);
    const huge = manifestOf(9, 6_000);
    for (let time = 0; time < 20; time += 1) cache.put(here, one);
    cache.put(here, manifestOf(2));
    cache.put(here, huge);
    expect(cache.get(here, one.digest)).toBe(one);
    expect(cache.get(here, huge.digest)).toBeUndefined();
  });
});
