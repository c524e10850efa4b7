import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { BlobSource } from "../../../../src/stores/port.ts";
import { StoreError } from "../../../../src/stores/store-error.ts";
import { blob, pattern } from "../../../support/images.ts";
import type { LocationShape, RegistryOptions } from "../../../support/registry/index.ts";
import {
  descriptorOfBuilt,
  never,
  readAll,
  sourceOf,
  startBench,
  streamOf,
  trace,
  type Bench,
} from "./fixture.ts";

const OCTETS = "application/octet-stream";
const small = blob(pattern("small", 900), OCTETS);
const large = blob(pattern("large", 400_000), OCTETS);

function held(bench: Bench, of: typeof large = large): Buffer | undefined {
  return bench.registry.repository("team/app").blobs.get(of.digest);
}

function put(bench: Bench, source: BlobSource = sourceOf(large)): Promise<string> {
  return bench.open("team/app").putBlob(descriptorOfBuilt(large), source, never);
}

/** The same bytes every time, and no two stretches of them alike. */
function long(name: string): Buffer {
  return createHash("shake256", { outputLength: 6_000_000 }).update(name).digest();
}

describe("an upload in one piece", () => {
  it("sends what another repository streams while somebody else keeps such a stream", async () => {
    await using bench = await startBench();
    const sources = bench.registry.repository("team/source");
    const blobs = ["a", "b", "c", "d"].map((name) => blob(long(name), OCTETS));
    for (const { bytes } of blobs) sources.putBlob(bytes);
    const [from, to] = [bench.open("team/source"), bench.open("team/app")];
    const kept = blobs.map(async (one) => readAll(await from.blob(descriptorOfBuilt(one), never)));
    await Promise.all(
      blobs.map(async (one) => {
        const what = descriptorOfBuilt(one);
        const source = { near: [], look: false, open: () => from.blob(what, never) };
        expect(await to.putBlob(what, source, never)).toBe("uploaded");
        expect(held(bench, one)?.equals(one.bytes)).toBe(true);
      }),
    );
    expect(
      Buffer.concat(await Promise.all(kept)).equals(Buffer.concat(blobs.map((one) => one.bytes))),
    ).toBe(true);
  });

  it("is POST and PUT, with the length and type of the bytes", async () => {
    await using bench = await startBench({ lengthRequired: true });
    expect(await put(bench)).toBe("uploaded");
    expect(trace(bench.registry)).toEqual(["POST upload 202", "PUT upload 201"]);
    const [, last] = bench.registry.requests;
    expect(last?.headers).toMatchObject({ "content-length": "400000", "content-type": OCTETS });
    expect(held(bench)?.equals(large.bytes)).toBe(true);
  });

  it.for([
    "relative",
    "relative-with-query",
    "absolute",
    "absolute-with-query",
    "port-dropped",
    "other-host",
  ] satisfies LocationShape[])("goes to a Location that is %s", async (location) => {
    await using bench = await startBench({ location });
    expect(await put(bench)).toBe("uploaded");
    expect(
      await bench.open("team/app").putBlob(descriptorOfBuilt(small), sourceOf(small), never),
    ).toBe("uploaded");
    expect(held(bench)?.equals(large.bytes)).toBe(true);
    const [last] = bench.registry.find({ method: "PUT" });
    expect(last?.query.getAll("digest")).toEqual([large.digest]);
    if (location.endsWith("query")) expect(last?.query.get("sig")).toBe("a/b=");
  });

  it("takes 204 for done, as old registries answer", async () => {
    await using bench = await startBench({ putStatus: 204 });
    expect(await put(bench)).toBe("uploaded");
  });

  it.for(["sha256", "sha512"] as const)(
    "stores a blob by its %s, and an empty one",
    async (algorithm) => {
      await using bench = await startBench();
      const one = blob(pattern("one", 70_000), OCTETS, algorithm);
      const none = blob("", OCTETS, algorithm);
      for (const item of [one, none])
        await bench.open("team/app").putBlob(descriptorOfBuilt(item), sourceOf(item), never);
      expect(held(bench, one)?.equals(one.bytes)).toBe(true);
      expect(held(bench, none)?.length).toBe(0);
    },
  );

  it("does not open the source where the blob is there", async () => {
    await using bench = await startBench();
    bench.registry.repository("team/app").putBlob(large.bytes);
    const source = sourceOf(large);
    expect(await put(bench, source)).toBe("present");
    expect(source.opened()).toBe(0);
  });

  it("looks first when it is told to, and then does not ask for a mount of itself", async () => {
    await using bench = await startBench();
    expect(await put(bench, sourceOf(large, { look: true }))).toBe("uploaded");
    expect(await put(bench, sourceOf(large, { look: true }))).toBe("present");
    expect(trace(bench.registry)).toEqual([
      "HEAD blob 404",
      "POST upload 202",
      "PUT upload 201",
      "HEAD blob 200",
    ]);
    expect(bench.registry.count({ query: /mount=/ })).toBe(0);
  });
});

async function* half(): AsyncGenerator<Uint8Array> {
  yield large.bytes.subarray(0, 200_000);
  throw new StoreError({ code: "unreachable", message: "the source lost it" });
}

describe("a source that fails", () => {
  const failing: readonly (readonly [string, BlobSource["open"]])[] = [
    [
      "at once",
      async () => {
        throw new StoreError({ code: "not-found", message: "the source lost it" });
      },
    ],
    ["in the middle", async () => half()],
  ];
  it.for(failing)(
    "%s is told as it is, nothing is committed, and the upload is cancelled",
    async ([, open]) => {
      await using bench = await startBench();
      const error = put(bench, { near: [], look: false, open });
      await expect(error).rejects.toThrow("the source lost it");
      expect(held(bench)).toBeUndefined();
      expect(bench.registry.repository("team/app").uploads.size).toBe(0);
      expect(bench.registry.count({ method: "DELETE", kind: "upload" })).toBe(1);
    },
  );

  it.for([small, large])(
    "003-03 with other bytes is refused, and nothing is committed",
    async (one) => {
      await using bench = await startBench();
      const wrong = Buffer.from(one.bytes).fill(0, 10, 12);
      const source = { near: [], look: false, open: async () => streamOf(wrong) };
      const write = bench.open("team/app").putBlob(descriptorOfBuilt(one), source, never);
      await expect(write).rejects.toMatchObject({ code: "digest-mismatch" });
      expect(bench.registry.repository("team/app").blobs.size).toBe(0);
    },
  );

  it.for([
    ["fewer", large.bytes.subarray(0, 399_000)],
    ["no", Buffer.alloc(0)],
  ] as const)("with %s bytes commits nothing", async ([, bytes]) => {
    await using bench = await startBench();
    const write = put(bench, { near: [], look: false, open: async () => streamOf(bytes) });
    await expect(write).rejects.toBeInstanceOf(StoreError);
    expect(bench.registry.repository("team/app").blobs.size).toBe(0);
  });
});

describe("an upload in chunks", () => {
  it("follows a 413: halves until it fits, and starts with that the next time", async () => {
    await using bench = await startBench({
      maxBodyBytes: 110_000,
      location: "relative-with-query",
    });
    expect(await put(bench)).toBe("uploaded");
    expect(held(bench)?.equals(large.bytes)).toBe(true);
    expect(trace(bench.registry, { method: "PUT" })).toEqual(["PUT upload 413", "PUT upload 201"]);
    const ranges = bench.registry
      .find({ method: "PATCH", status: 202 })
      .map(({ headers }) => headers["content-range"]);
    expect(ranges).toEqual(["0-99999", "100000-199999", "200000-299999", "300000-399999"]);
    bench.registry.reset();
    const next = blob(pattern("next", 250_000), OCTETS);
    await bench.open("team/b").putBlob(descriptorOfBuilt(next), sourceOf(next), never);
    expect(trace(bench.registry)).toEqual([
      "POST upload 202",
      "PATCH upload 202",
      "PATCH upload 202",
      "PATCH upload 202",
      "PUT upload 201",
    ]);
  });

  it("keeps to OCI-Chunk-Min-Length", async () => {
    await using bench = await startBench({ maxBodyBytes: 320_000, chunkMinLength: 250_000 });
    expect(await put(bench)).toBe("uploaded");
    const sizes = bench.registry
      .find({ method: "PATCH", status: 202 })
      .map(({ bytesIn }) => bytesIn);
    expect(sizes).toEqual([250_000, 150_000]);
  });

  it("says that it is too large where even the smallest chunk is", async () => {
    await using bench = await startBench({ maxBodyBytes: 10 });
    const write = put(bench);
    await expect(write).rejects.toMatchObject({
      code: "refused",
      hint: expect.stringContaining("raise the limit"),
    });
    await expect(write).rejects.toThrow(/larger than the registry takes/);
  });

  it("goes on where the registry says after a 416", async () => {
    await using bench = await startBench({ maxBodyBytes: 200_000 });
    bench.registry.fault({
      match: { method: "PATCH", nth: 2 },
      do: { kind: "partial", keep: 50_000, outcome: 416 },
    });
    expect(await put(bench)).toBe("uploaded");
    expect(held(bench)?.equals(large.bytes)).toBe(true);
  });
});

describe("an upload that breaks", () => {
  const shapes: readonly (readonly [string, RegistryOptions])[] = [
    ["plain", {}],
    ["with a Location that changes with each part", { location: "relative-with-query" }],
  ];
  it.for(shapes)("is resumed where the registry kept its bytes: %s", async ([, options]) => {
    await using bench = await startBench(options);
    bench.registry.fault({
      match: { method: "PUT", kind: "upload" },
      do: { kind: "partial", keep: 150_000, outcome: "drop" },
    });
    expect(await put(bench)).toBe("uploaded");
    expect(held(bench)?.equals(large.bytes)).toBe(true);
    const [patch] = bench.registry.find({ method: "PATCH" });
    expect(patch?.headers["content-range"]).toBe("150000-399999");
    expect(bench.registry.count({ method: "POST" })).toBe(1);
  });

  it("starts again where the registry has forgotten it", async () => {
    await using bench = await startBench();
    bench.registry.fault({ match: { method: "PUT", kind: "upload" }, do: { kind: "drop" } });
    bench.registry.fault({
      match: { method: "GET", kind: "upload" },
      do: { kind: "answer", status: 404 },
    });
    const source = sourceOf(large);
    expect(await put(bench, source)).toBe("uploaded");
    expect(source.opened()).toBe(2);
    expect(held(bench)?.equals(large.bytes)).toBe(true);
  });

  it("starts again where the registry answers that it knows no such upload", async () => {
    await using bench = await startBench();
    bench.registry.fault({
      match: { method: "PUT", kind: "upload" },
      do: {
        kind: "answer",
        status: 404,
        headers: { "Content-Type": "application/json" },
        body: '{"errors":[{"code":"BLOB_UPLOAD_UNKNOWN"}]}',
      },
    });
    bench.registry.fault({
      match: { method: "GET", kind: "upload" },
      do: { kind: "answer", status: 404 },
    });
    expect(await put(bench)).toBe("uploaded");
    expect(bench.registry.count({ method: "POST" })).toBe(2);
  });

  it("finds the blob there where only the answer was lost", async () => {
    await using bench = await startBench();
    bench.registry.fault({ match: { method: "PUT", kind: "upload" }, do: { kind: "drop-after" } });
    const source = sourceOf(large);
    expect(await put(bench, source)).toBe("uploaded");
    expect(source.opened()).toBe(1);
    expect(bench.registry.count({ method: "PUT" })).toBe(1);
  });

  it("is given up after three tries without progress, and cancelled", async () => {
    await using bench = await startBench();
    bench.registry.fault({
      match: { method: "PUT", kind: "upload", times: Infinity },
      do: { kind: "drop" },
    });
    const source = sourceOf(large);
    await expect(put(bench, source)).rejects.toMatchObject({
      code: "unreachable",
      retryable: true,
      digest: large.digest,
    });
    expect(source.opened()).toBe(3);
    expect(bench.registry.repository("team/app").uploads.size).toBe(0);
  });

  it("is tried in chunks where a whole body is cut off, as some proxies do in place of a 413", async () => {
    await using bench = await startBench();
    const giant = blob(Buffer.alloc(65 * 1024 ** 2, 7), OCTETS);
    bench.registry.fault({ match: { method: "PUT", kind: "upload" }, do: { kind: "drop" } });
    const repository = bench.open("team/app");
    const source = { near: [], look: false, open: async () => streamOf(giant.bytes, 1024 ** 2) };
    expect(await repository.putBlob(descriptorOfBuilt(giant), source, never)).toBe("uploaded");
    const sizes = bench.registry.find({ method: "PATCH" }).map(({ bytesIn }) => bytesIn);
    expect(sizes).toEqual([64 * 1024 ** 2, 1024 ** 2]);
    expect(held(bench, giant)?.equals(giant.bytes)).toBe(true);
  });

  it.for([429, 503])(
    "waits and goes on after a %i to a stream, which cannot be sent again as it was",
    async (status) => {
      await using bench = await startBench();
      bench.registry.fault({
        match: { method: "PUT", kind: "upload" },
        do: { kind: "answer", status, headers: { "Retry-After": "0" } },
      });
      expect(await put(bench)).toBe("uploaded");
      expect(held(bench)?.equals(large.bytes)).toBe(true);
    },
  );

  it("is cancelled when the run is interrupted", async () => {
    await using bench = await startBench();
    bench.registry.fault({ match: { method: "PUT", kind: "upload" }, do: { kind: "hang" } });
    const stop = new AbortController();
    bench.registry.onRequest((_index, { method }) => {
      if (method === "PUT") setTimeout(() => stop.abort(), 10);
    });
    const write = bench
      .open("team/app")
      .putBlob(descriptorOfBuilt(large), sourceOf(large), stop.signal);
    await expect(write).rejects.toMatchObject({ code: "interrupted" });
    expect(bench.registry.repository("team/app").uploads.size).toBe(0);
  });

  it("is asked after with the right to write, which some registries want for it", async () => {
    const anonymous = [{ repository: "*", actions: ["*"] }] as const;
    await using bench = await startBench({ auth: { kind: "bearer", anonymous } });
    bench.registry.fault({ match: { method: "PUT", kind: "upload" }, do: { kind: "drop" } });
    expect(await put(bench)).toBe("uploaded");
    expect(bench.registry.count({ method: "GET", kind: "upload" })).toBe(1);
    expect(bench.registry.tokensAsked.map(({ scopes }) => scopes.join())).toEqual([
      "repository:team/app:pull,push",
    ]);
  });

  it("lets its source go", async () => {
    await using bench = await startBench();
    bench.registry.fault({
      match: { method: "PUT", kind: "upload", times: Infinity },
      do: { kind: "drop" },
    });
    let left = 0;
    async function* watched(): AsyncGenerator<Uint8Array> {
      try {
        yield* streamOf(large.bytes);
      } finally {
        left += 1;
      }
    }
    const source = { near: [], look: false, open: async () => watched() };
    await expect(put(bench, source)).rejects.toBeInstanceOf(StoreError);
    expect(left).toBe(3);
  });

  it("survives a token that ends in the middle of it", async () => {
    await using bench = await startBench({
      auth: {
        kind: "bearer",
        anonymous: [{ repository: "*", actions: ["*"] }],
        uses: 2,
      },
    });
    for (const item of [large, small])
      await bench.open("team/app").putBlob(descriptorOfBuilt(item), sourceOf(item), never);
    expect(held(bench)?.equals(large.bytes)).toBe(true);
    expect(held(bench, small)?.equals(small.bytes)).toBe(true);
  });

  it("is refused where a registry begins it without saying where", async () => {
    await using bench = await startBench();
    bench.registry.fault({
      match: { method: "POST" },
      do: { kind: "headers", set: { location: undefined } },
    });
    await expect(put(bench)).rejects.toMatchObject({ code: "invalid-answer" });
  });
});
