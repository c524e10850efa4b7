import type { Digest } from "#model";
import { describe, expect, it } from "vitest";
import { image, index, MEDIA, multiArch, pattern, seed } from "../../../support/images.ts";
import { digestOfBuilt, never, startBench, trace } from "./fixture.ts";

const app = multiArch(["amd64", "arm64"], { seed: "app" });
const digest = digestOfBuilt(app);

describe("head", () => {
  it("tells digest, media type and size of a tag in one request", async () => {
    await using bench = await startBench();
    seed(bench.registry.repository("team/app"), app, ["v1"]);
    const repository = bench.open("team/app");
    expect(await repository.head("v1", never)).toEqual({
      mediaType: MEDIA.index,
      digest,
      size: app.bytes.length,
    });
    expect(await repository.head(digest, never)).toMatchObject({ digest });
    expect(trace(bench.registry)).toEqual(["HEAD manifest 200", "HEAD manifest 200"]);
  });

  it("is undefined for what the registry proves absent, repository and tag alike", async () => {
    await using bench = await startBench();
    seed(bench.registry.repository("team/app"), app, ["v1"]);
    expect(await bench.open("team/app").head("v2", never)).toBeUndefined();
    expect(await bench.open("no/such").head("v1", never)).toBeUndefined();
  });

  it("asks for all media types, so that an index is not resolved to one of its platforms", async () => {
    await using bench = await startBench({ accept: "first-child" });
    seed(bench.registry.repository("team/app"), app, ["v1"]);
    const repository = bench.open("team/app");
    expect((await repository.head("v1", never))?.digest).toBe(digest);
    expect((await repository.manifest(digest, never))?.digest).toBe(digest);
  });

  it("falls back to GET where HEAD names no digest, and learns that for the host", async () => {
    await using bench = await startBench({ digestHeader: "omitted-on-head" });
    seed(bench.registry.repository("team/app"), app, ["v1", "v2"]);
    seed(bench.registry.repository("team/other"), app, ["v1"]);
    expect((await bench.open("team/app").head("v1", never))?.digest).toBe(digest);
    expect((await bench.open("team/other").head("v1", never))?.digest).toBe(digest);
    expect(trace(bench.registry)).toEqual([
      "HEAD manifest 200",
      "GET manifest 200",
      "GET manifest 200",
    ]);
  });

  it("takes the hash of the bytes for a tag where no answer names a digest", async () => {
    await using bench = await startBench({ digestHeader: "omitted" });
    seed(bench.registry.repository("team/app"), app, ["v1"]);
    expect((await bench.open("team/app").head("v1", never))?.digest).toBe(digest);
  });

  it("refuses a HEAD by digest that names another digest", async () => {
    await using bench = await startBench({ digestHeader: "wrong" });
    seed(bench.registry.repository("team/app"), app, ["v1"]);
    await expect(bench.open("team/app").head(digest, never)).rejects.toMatchObject({
      code: "digest-mismatch",
      digest,
    });
  });
});

describe("manifest", () => {
  it("001-23 gives the exact bytes and asks once a run", async () => {
    await using bench = await startBench();
    seed(bench.registry.repository("team/app"), app, ["v1"]);
    const first = await bench.open("team/app").manifest(digest, never);
    const second = await bench.open("team/app").manifest(digest, never);
    expect(Buffer.from(first?.bytes ?? []).equals(app.bytes)).toBe(true);
    expect(second).toBe(first);
    expect(bench.registry.count()).toBe(1);
  });

  it("is undefined where the digest is absent, and asks again the next time", async () => {
    await using bench = await startBench();
    const repository = bench.open("team/app");
    expect(await repository.manifest(digest, never)).toBeUndefined();
    seed(bench.registry.repository("team/app"), app);
    expect(await repository.manifest(digest, never)).toBeDefined();
  });

  it.for([
    ["a byte that was changed", { kind: "corrupt", at: 3 }],
    ["bytes that are missing", { kind: "shorten", to: 100 }],
    ["bytes too many", { kind: "lengthen", by: 1 }],
    ["another manifest", { kind: "body", bytes: "{}" }],
  ] as const)("003-03 hashes what it gets: %s", async ([, fault]) => {
    await using bench = await startBench();
    seed(bench.registry.repository("team/app"), app, ["v1"]);
    bench.registry.fault({ match: { method: "GET", kind: "manifest" }, do: fault });
    const read = bench.open("team/app").manifest(digest, never);
    await expect(read).rejects.toMatchObject({ code: "digest-mismatch", retryable: false, digest });
    await expect(read).rejects.toThrow(/gave bytes of another digest for sha256:/);
  });

  it("believes the bytes and not a header that lies about them", async () => {
    await using bench = await startBench({ digestHeader: "wrong" });
    seed(bench.registry.repository("team/app"), app, ["v1"]);
    expect((await bench.open("team/app").manifest(digest, never))?.digest).toBe(digest);
  });

  it("hashes with the algorithm of the digest", async () => {
    await using bench = await startBench();
    const long = image({ algorithm: "sha512" });
    seed(bench.registry.repository("team/app"), long);
    const read = await bench.open("team/app").manifest(digestOfBuilt(long), never);
    expect(read?.digest).toBe(long.digest);
  });

  it("refuses schema 1 before it looks at the hash, which could not fit", async () => {
    await using bench = await startBench();
    const type = "application/vnd.docker.distribution.manifest.v1+prettyjws";
    const named = `sha256:${"1".repeat(64)}` as Digest;
    bench.registry.repository("team/app").putManifest('{"schemaVersion":1}', type, [], named);
    await expect(bench.open("team/app").manifest(named, never)).rejects.toMatchObject({
      code: "unsupported",
      hint: expect.stringContaining("push the image again"),
    });
  });

  it("reads a manifest of 3.9 MB, and refuses one over the cap, which a setting raises", async () => {
    await using bench = await startBench({ maxManifestBytes: 64 * 1024 ** 2 });
    const stored = bench.registry.repository("team/app");
    const near = image({ annotations: { filler: "x".repeat(3_900_000) } });
    const over = image({ annotations: { filler: "x".repeat(4_300_000) } });
    seed(stored, near);
    seed(stored, over);
    const repository = bench.open("team/app");
    expect((await repository.manifest(digestOfBuilt(near), never))?.bytes.length).toBeGreaterThan(
      3_900_000,
    );
    await expect(repository.manifest(digestOfBuilt(over), never)).rejects.toMatchObject({
      code: "too-large",
      retryable: false,
      hint: expect.stringContaining("maxManifestBytes"),
    });
    const wide = bench.open("team/app", { maxManifestBytes: 8 * 1024 ** 2 });
    expect((await wide.manifest(digestOfBuilt(over), never))?.digest).toBe(over.digest);
  });

  it("finds the media type in the body where the header says nothing", async () => {
    await using bench = await startBench();
    const stored = bench.registry.repository("team/app");
    stored.putManifest(app.bytes, "application/json; charset=utf-8");
    expect((await bench.open("team/app").manifest(digest, never))?.mediaType).toBe(MEDIA.index);
  });

  it("is an error, not an absence, where the registry fails", async () => {
    await using bench = await startBench();
    seed(bench.registry.repository("team/app"), app, ["v1"]);
    bench.registry.fault({
      match: { kind: "manifest", times: Infinity },
      do: { kind: "answer", status: 500 },
    });
    await expect(bench.open("team/app").manifest(digest, never)).rejects.toMatchObject({
      code: "unavailable",
    });
  });

  it("is interrupted by its signal", async () => {
    await using bench = await startBench();
    bench.registry.fault({ match: { kind: "manifest" }, do: { kind: "hang" } });
    const stop = new AbortController();
    const read = bench.open("team/app").manifest(digest, stop.signal);
    setTimeout(() => stop.abort(), 20);
    await expect(read).rejects.toMatchObject({ code: "interrupted" });
  });
});

describe("a manifest's write", () => {
  it("001-23 sends the exact bytes, white space and all", async () => {
    await using bench = await startBench({ checkContent: false });
    const odd = Buffer.from(
      `{ "schemaVersion": 2,\n\t"config": ${JSON.stringify({ mediaType: MEDIA.config, digest: digestOfBuilt(index([])), size: 3 })}, "layers": [ ], "unknown": [1] }\n`,
    );
    const manifest = {
      digest: digestOfBuilt({
        digest: bench.registry.repository("x").putManifest(odd, MEDIA.manifest),
      }),
      mediaType: MEDIA.manifest,
      bytes: odd,
    };
    await bench.open("team/app").putManifest(manifest, [], never);
    const stored = bench.registry.repository("team/app").resolve(manifest.digest);
    expect(stored?.bytes.equals(odd)).toBe(true);
    expect(stored?.mediaType).toBe(MEDIA.manifest);
  });

  it("needs no read of what this run wrote itself", async () => {
    await using bench = await startBench({ checkContent: false });
    const repository = bench.open("team/app");
    const one = index([]);
    const manifest = { digest: digestOfBuilt(one), mediaType: one.mediaType, bytes: one.bytes };
    await repository.putManifest(manifest, [], never);
    expect(await repository.manifest(manifest.digest, never)).toEqual(manifest);
    expect(bench.registry.count({ method: "GET" })).toBe(0);
  });

  it("says what is missing where the registry refuses it for its content", async () => {
    await using bench = await startBench();
    const big = image({ layerBytes: pattern("x", 10).length });
    const manifest = { digest: digestOfBuilt(big), mediaType: big.mediaType, bytes: big.bytes };
    const write = bench.open("team/app").putManifest(manifest, [], never);
    await expect(write).rejects.toMatchObject({ code: "refused", digest: big.digest });
    await expect(write).rejects.toThrow(
      new RegExp(`content that it names is missing there: ${big.blobs[0]?.digest}`),
    );
  });

  it("does not take a registry's word for another digest", async () => {
    await using bench = await startBench({ checkContent: false, digestHeader: "wrong" });
    const one = index([]);
    const manifest = { digest: digestOfBuilt(one), mediaType: one.mediaType, bytes: one.bytes };
    const write = bench.open("team/app").putManifest(manifest, [], never);
    await expect(write).rejects.toMatchObject({ code: "digest-mismatch" });
  });
});
