import { describe, expect, it } from "vitest";
import {
  fallbackIndex,
  image,
  index,
  MEDIA,
  sbomFor,
  seed,
  type Built,
} from "../../../support/images.ts";
import type { RegistryOptions, Repository } from "../../../support/registry/index.ts";
import { digestOfBuilt, never, startBench, trace } from "./fixture.ts";

const app = image({ seed: "app" });
const digest = digestOfBuilt(app);
const one = sbomFor(app, "one");
const two = sbomFor(app, "two");

function digests(list: readonly { readonly digest: string }[]): readonly string[] {
  return list.map((item) => item.digest).toSorted();
}

function seedFallback(repository: Repository, referrers: readonly Built[]): void {
  const { tag, index: list } = fallbackIndex(app, referrers);
  for (const referrer of referrers) seed(repository, referrer);
  repository.putManifest(list.bytes, list.mediaType, [tag]);
}

describe("referrers", () => {
  it("002-43 lists what the API lists, with type, size and annotations", async () => {
    await using bench = await startBench();
    const stored = bench.registry.repository("team/app");
    for (const item of [app, one, two]) seed(stored, item);
    const list = await bench.open("team/app").referrers(digest, never);
    expect(digests(list)).toEqual(digests([one, two]));
    expect(list[0]).toMatchObject({
      mediaType: MEDIA.manifest,
      artifactType: MEDIA.spdx,
      annotations: { "org.opencontainers.image.created": "2026-01-01T00:00:00Z" },
    });
    expect(list[0]?.size).toBe(one.bytes.length);
  });

  it("follows the pages of the API", async () => {
    await using bench = await startBench({ referrersPageSize: 2 });
    const stored = bench.registry.repository("team/app");
    const many = Array.from({ length: 5 }, (_, n) => sbomFor(app, `sbom ${n}`));
    for (const item of many) seed(stored, item);
    const list = await bench.open("team/app").referrers(digest, never);
    expect(digests(list)).toEqual(digests(many));
    expect(bench.registry.count({ kind: "referrers" })).toBe(3);
  });

  it("asks a host without the API once, however many ask at the same time", async () => {
    await using bench = await startBench({ referrers: "off" });
    const open = bench.open("team/app");
    const asked = Array.from({ length: 20 }, () => open.referrers(digest, never, "not-listed"));
    expect(await Promise.all(asked)).toEqual(Array.from({ length: 20 }, () => []));
    expect(bench.registry.count({ kind: "referrers" })).toBe(1);
  });

  it("unites the API with the fallback index, for what was pushed before the host had the API", async () => {
    await using bench = await startBench();
    const stored = bench.registry.repository("team/app");
    seed(stored, app);
    seed(stored, one);
    seedFallback(stored, [one]);
    const old = index([], { annotations: { old: "yes" } });
    const { tag, index: list } = fallbackIndex(app, [one, old]);
    stored.putManifest(list.bytes, list.mediaType, [tag]);
    expect(digests(await bench.open("team/app").referrers(digest, never))).toEqual(
      digests([one, old]),
    );
  });

  it("asks nothing for the fallback index where a listing proved that there is none", async () => {
    await using bench = await startBench();
    await bench.open("team/app").referrers(digest, never, "not-listed");
    expect(trace(bench.registry)).toEqual(["GET referrers 200"]);
  });

  it.for(["off", "off-json"] as const)(
    "reads the fallback index where the host has no API (%s), and asks for the API once",
    async (referrers) => {
      await using bench = await startBench({ referrers });
      seedFallback(bench.registry.repository("team/app"), [one, two]);
      const repository = bench.open("team/app");
      expect(digests(await repository.referrers(digest, never))).toEqual(digests([one, two]));
      expect(digests(await bench.open("team/other").referrers(digest, never))).toEqual([]);
      expect(bench.registry.count({ kind: "referrers" })).toBe(1);
    },
  );

  it("believes registries.yaml on whether a host has the API", async () => {
    await using bench = await startBench({ referrers: "off" });
    seedFallback(bench.registry.repository("team/app"), [one]);
    const repository = bench.open("team/app", { referrers: false });
    expect(digests(await repository.referrers(digest, never))).toEqual([one.digest]);
    expect(bench.registry.count({ kind: "referrers" })).toBe(0);
  });

  it.for(["NAME_UNKNOWN", "MANIFEST_UNKNOWN"])(
    "does not take a 404 about the content (%s) for a host without the API",
    async (code) => {
      await using bench = await startBench();
      seed(bench.registry.repository("team/app"), one);
      const headers = { "Content-Type": "application/json" };
      const body = JSON.stringify({ errors: [{ code, message: "unknown" }] });
      const fault = { kind: "answer", status: 404, headers, body } as const;
      bench.registry.fault({ match: { kind: "referrers" }, do: fault });
      expect(await bench.open("no/such").referrers(digest, never)).toEqual([]);
      const list = await bench.open("team/app").referrers(digest, never);
      expect(digests(list)).toEqual([one.digest]);
    },
  );

  it.for([
    ["an error", { kind: "answer", status: 500 }, "unavailable"],
    ["a refusal", { kind: "answer", status: 403 }, "forbidden"],
    [
      "a page of a web site",
      { kind: "body", bytes: "<html>", contentType: "text/html" },
      "invalid-answer",
    ],
    ["JSON that is no index", { kind: "body", bytes: "{}" }, "invalid-answer"],
    ["a descriptor that is none", { kind: "body", bytes: '{"manifests":[{}]}' }, "invalid-answer"],
  ] as const)("is unknown, never empty, after %s", async ([, fault, code]) => {
    await using bench = await startBench();
    seedFallback(bench.registry.repository("team/app"), [two]);
    const laid = bench.registry.fault({
      match: { kind: "referrers", times: Infinity },
      do: fault,
    });
    const repository = bench.open("team/app");
    await expect(repository.referrers(digest, never)).rejects.toMatchObject({ code });
    laid.remove();
    expect(digests(await repository.referrers(digest, never))).toContain(two.digest);
  });

  it.for([
    ["never end", "loop"],
    ["go on at another host", "other-host"],
  ] as const)("refuses pages that %s", async ([message, link]) => {
    await using bench = await startBench({ link, referrersPageSize: 1 });
    for (const item of [one, two]) seed(bench.registry.repository("team/app"), item);
    const read = bench.open("team/app").referrers(digest, never);
    await expect(read).rejects.toMatchObject({ code: "invalid-answer" });
    await expect(read).rejects.toThrow(message);
  });

  it("refuses more than ten thousand", async () => {
    await using bench = await startBench();
    const entry = { mediaType: MEDIA.manifest, size: 2 };
    const manifests = Array.from({ length: 10_001 }, (_, n) => ({
      ...entry,
      digest: `sha256:${n.toString(16).padStart(64, "0")}`,
    }));
    const bytes = JSON.stringify({ manifests });
    bench.registry.fault({ match: { kind: "referrers" }, do: { kind: "body", bytes } });
    await expect(bench.open("team/app").referrers(digest, never)).rejects.toMatchObject({
      code: "too-large",
    });
  });
});

describe("a fallback tag", () => {
  const quirks: readonly (readonly [string, RegistryOptions])[] = [
    ["the subject itself, as GitLab gives it", { referrers: "off", digestTagQuirk: true }],
    ["nothing", { referrers: "off" }],
  ];
  it.for(quirks)("that names %s is no list", async ([, options]) => {
    await using bench = await startBench(options);
    const list = index([app]);
    seed(bench.registry.repository("team/app"), list);
    const repository = bench.open("team/app");
    expect(await repository.referrers(digestOfBuilt(list), never)).toEqual([]);
  });

  it("that names an image is no list", async () => {
    await using bench = await startBench({ referrers: "off" });
    const { tag } = fallbackIndex(app, []);
    seed(bench.registry.repository("team/app"), one, [tag]);
    expect(await bench.open("team/app").referrers(digest, never)).toEqual([]);
  });

  it("that lists its own subject makes no loop", async () => {
    await using bench = await startBench({ referrers: "off" });
    seedFallback(bench.registry.repository("team/app"), [app, one]);
    const list = await bench.open("team/app").referrers(digest, never);
    expect(digests(list)).toEqual([one.digest]);
  });

  it("is cut to 64 characters for a sha512 subject", async () => {
    await using bench = await startBench({ referrers: "off" });
    const long = image({ algorithm: "sha512" });
    const about = sbomFor(long, "long");
    const list = index([about]);
    const stored = bench.registry.repository("team/app");
    seed(stored, list, [`sha512-${long.digest.slice(7, 71)}`]);
    const found = await bench.open("team/app").referrers(digestOfBuilt(long), never);
    expect(digests(found)).toEqual([about.digest]);
  });
});
