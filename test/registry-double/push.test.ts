import { describe, expect, it } from "vitest";
import { blob, image, pattern } from "../support/images.ts";
import {
  startRegistry,
  type LocationShape,
  type Registry,
  type RegistryOptions,
} from "../support/registry/index.ts";
import {
  beginUpload,
  bodyOf,
  call,
  errorCode,
  pushBlob,
  pushManifest,
  withDigest,
} from "./requests.ts";

const LAYER = blob(pattern("layer", 3000), "application/octet-stream");

describe("pushing a blob", () => {
  it("POST then PUT stores the bytes (spec end-4a, end-6)", async () => {
    await using registry = await startRegistry();
    const response = await pushBlob(registry, "a/b", LAYER);
    expect(response.status).toBe(201);
    expect(response.headers.get("location")).toBe(`/v2/a/b/blobs/${LAYER.digest}`);
    expect(response.headers.get("docker-content-digest")).toBe(LAYER.digest);
    expect(registry.repository("a/b").blobs.get(LAYER.digest)).toEqual(LAYER.bytes);
    expect(registry.count({ kind: "upload" })).toBe(2);
    expect(registry.requests.at(-1)).toMatchObject({ bytesIn: 3000, status: 201, method: "PUT" });
  });

  it("takes sha512 digests", async () => {
    await using registry = await startRegistry();
    const layer = blob("x", "application/octet-stream", "sha512");
    expect((await pushBlob(registry, "a", layer)).status).toBe(201);
    expect((await call(registry, "HEAD", `/v2/a/blobs/${layer.digest}`)).status).toBe(200);
  });

  it("refuses bytes that are another digest's, and forgets the upload", async () => {
    await using registry = await startRegistry();
    const response = await pushBlob(registry, "a", { ...LAYER, bytes: Buffer.from("lie") });
    expect(response.status).toBe(400);
    expect(await errorCode(response)).toBe("DIGEST_INVALID");
    expect(registry.repository("a").uploads.size).toBe(0);
  });

  it.each<[NonNullable<RegistryOptions["onePost"]>, number, boolean]>([
    ["honoured", 201, true],
    ["ignored", 202, false],
    ["refused", 400, false],
  ])("one POST with the body is %s: %i (spec end-4b)", async (onePost, status, stored) => {
    await using registry = await startRegistry({ onePost });
    const path = `/v2/a/blobs/uploads/?digest=${LAYER.digest}`;
    const response = await call(registry, "POST", path, bodyOf(LAYER.bytes));
    expect(response.status).toBe(status);
    expect(registry.repository("a").blobs.has(LAYER.digest)).toBe(stored);
    expect(registry.requests[0]?.bytesIn).toBe(3000);
  });

  it.each<[LocationShape, RegExp]>([
    ["relative", /^\/v2\/a\/blobs\/uploads\/[^?]+$/u],
    ["relative-with-query", /^\/v2\/a\/blobs\/uploads\/.+\?_state=.+&sig=a%2Fb%3D$/u],
    ["absolute", /^http:\/\/127\.0\.0\.1:\d+\/v2\/a\/blobs\/uploads\/[^?]+$/u],
    ["absolute-with-query", /^http:\/\/127\.0\.0\.1:\d+\/v2\/.+\?_state=/u],
    ["port-dropped", /^http:\/\/127\.0\.0\.1\/v2\/a\/blobs\/uploads\//u],
    ["other-host", /^http:\/\/127\.0\.0\.1:\d+\/v2\/.+\?_state=/u],
  ])("gives a Location that is %s", async (location, shape) => {
    await using registry = await startRegistry({ location });
    const given = await beginUpload(registry, "a");
    expect(given).toMatch(shape);
    const host = new URL(given, registry.origin).host;
    expect(host === registry.blobHost).toBe(location === "other-host");
    if (location !== "port-dropped") {
      const url = withDigest(registry, given, LAYER.digest);
      expect((await call(registry, "PUT", url, bodyOf(LAYER.bytes))).status).toBe(201);
    }
  });

  it("answers 204 to the PUT where old registries do", async () => {
    await using registry = await startRegistry({ putStatus: 204 });
    expect((await pushBlob(registry, "a", LAYER)).status).toBe(204);
  });

  it("answers a proxy's 413 in HTML above the limit, and takes smaller chunks", async () => {
    await using registry = await startRegistry({ maxBodyBytes: 2000 });
    const response = await pushBlob(registry, "a", LAYER);
    expect(response.status).toBe(413);
    expect(response.headers.get("content-type")).toContain("text/html");
    const location = await beginUpload(registry, "a");
    const chunk = bodyOf(LAYER.bytes.subarray(0, 2000));
    expect((await call(registry, "PATCH", location, chunk)).status).toBe(202);
  });

  it("refuses an upload without a length where told", async () => {
    await using registry = await startRegistry({ lengthRequired: true });
    const location = await beginUpload(registry, "a");
    const stream = new Blob([new Uint8Array(LAYER.bytes)]).stream();
    const init: RequestInit = { body: stream, duplex: "half" };
    const response = await call(
      registry,
      "PUT",
      withDigest(registry, location, LAYER.digest),
      init,
    );
    expect(response.status).toBe(411);
  });

  it("cancels an upload (spec end-14)", async () => {
    await using registry = await startRegistry();
    const location = await beginUpload(registry, "a");
    expect((await call(registry, "DELETE", location)).status).toBe(204);
    const after = await call(registry, "GET", location);
    expect(after.status).toBe(404);
    expect(await errorCode(after)).toBe("BLOB_UPLOAD_UNKNOWN");
  });
});

async function chunk(
  registry: Registry,
  location: string,
  [start, end]: readonly [number, number],
): Promise<Response> {
  const headers = { "content-range": `${start}-${end - 1}` };
  const init = { ...bodyOf(LAYER.bytes.subarray(start, end)), headers };
  return await call(registry, "PATCH", location, init);
}

describe("chunks", () => {
  it("in order, with a Location that moves, and the digest at the end (spec end-5, end-6)", async () => {
    await using registry = await startRegistry({ location: "relative-with-query" });
    const first = await beginUpload(registry, "a");
    const one = await chunk(registry, first, [0, 1000]);
    expect(one.status).toBe(202);
    expect(one.headers.get("range")).toBe("0-999");
    const second = one.headers.get("location") ?? "";
    expect(second).not.toBe(first);
    const stale = await chunk(registry, first, [1000, 2000]);
    expect(await errorCode(stale)).toBe("BLOB_UPLOAD_INVALID");
    const two = await chunk(registry, second, [1000, 3000]);
    const last = withDigest(registry, two.headers.get("location") ?? "", LAYER.digest);
    expect((await call(registry, "PUT", last)).status).toBe(201);
    expect(registry.repository("a").liars()).toEqual([]);
  });

  it("the last chunk may be in the PUT", async () => {
    await using registry = await startRegistry();
    const location = await beginUpload(registry, "a");
    await chunk(registry, location, [0, 2000]);
    const init = {
      ...bodyOf(LAYER.bytes.subarray(2000)),
      headers: { "content-range": "2000-2999" },
    };
    const response = await call(
      registry,
      "PUT",
      withDigest(registry, location, LAYER.digest),
      init,
    );
    expect(response.status).toBe(201);
  });

  it.each<[string, readonly [number, number]]>([
    ["a gap", [2000, 3000]],
    ["an overlap", [500, 1500]],
  ])("416 for %s, and GET tells where to go on (spec end-13)", async (_, range) => {
    await using registry = await startRegistry();
    const location = await beginUpload(registry, "a");
    await chunk(registry, location, [0, 1000]);
    const refused = await chunk(registry, location, range);
    expect(refused.status).toBe(416);
    expect(refused.headers.get("range")).toBe("0-999");
    const status = await call(registry, "GET", location);
    expect(status.status).toBe(204);
    expect(status.headers.get("range")).toBe("0-999");
    expect(status.headers.get("location")).toContain("/v2/a/blobs/uploads/");
  });

  it("416 for a Content-Range of another form", async () => {
    await using registry = await startRegistry();
    const location = await beginUpload(registry, "a");
    const headers = { "content-range": "bytes 0-2999/3000" };
    const response = await call(registry, "PATCH", location, { ...bodyOf(LAYER.bytes), headers });
    expect(response.status).toBe(416);
  });

  it("OCI-Chunk-Min-Length is told, and holds for all but the last", async () => {
    await using registry = await startRegistry({ chunkMinLength: 1000 });
    const begun = await call(registry, "POST", "/v2/a/blobs/uploads/");
    expect(begun.headers.get("oci-chunk-min-length")).toBe("1000");
    const location = begun.headers.get("location") ?? "";
    expect((await chunk(registry, location, [0, 10])).status).toBe(202);
    expect((await chunk(registry, location, [10, 1500])).status).toBe(416);
  });

  it("405 where chunks are not taken", async () => {
    await using registry = await startRegistry({ chunks: "refused" });
    const location = await beginUpload(registry, "a");
    expect((await chunk(registry, location, [0, 10])).status).toBe(405);
  });
});

describe("mounting (spec end-11)", () => {
  it.each<[NonNullable<RegistryOptions["mount"]>, boolean, number]>([
    ["from", true, 201],
    ["from", false, 202],
    ["anonymous", true, 201],
    ["anonymous", false, 201],
    ["off", true, 202],
    ["error", true, 400],
  ])("%s, with from: %s, answers %i", async (mount, withFrom, status) => {
    await using registry = await startRegistry({ mount });
    registry.repository("src").putBlob(LAYER.bytes);
    const from = withFrom ? "&from=src" : "";
    const path = `/v2/dst/blobs/uploads/?mount=${LAYER.digest}${from}`;
    const response = await call(registry, "POST", path);
    expect(response.status).toBe(status);
    expect(registry.repository("dst").blobs.has(LAYER.digest)).toBe(status === 201);
    const location = response.headers.get("location") ?? "";
    expect(location.includes("/uploads/")).toBe(status === 202);
  });

  it("a missing blob is 202, and its Location takes the upload", async () => {
    await using registry = await startRegistry();
    const path = `/v2/dst/blobs/uploads/?mount=${LAYER.digest}&from=nowhere`;
    const response = await call(registry, "POST", path);
    expect(response.status).toBe(202);
    const url = withDigest(registry, response.headers.get("location") ?? "", LAYER.digest);
    expect((await call(registry, "PUT", url, bodyOf(LAYER.bytes))).status).toBe(201);
  });
});

describe("an image, whole", () => {
  it("goes in over HTTP and comes out the same", async () => {
    await using registry = await startRegistry();
    const built = image({ layers: 3, annotations: { a: "b" } });
    for (const layer of built.blobs) {
      await pushBlob(registry, "team/app", layer);
    }
    const put = await pushManifest(registry, "/v2/team/app/manifests/v1", built);
    expect(put.status).toBe(201);
    expect(put.headers.get("docker-content-digest")).toBe(built.digest);
    const got = await call(registry, "GET", "/v2/team/app/manifests/v1");
    expect(got.headers.get("content-type")).toBe(built.mediaType);
    expect(Buffer.from(await got.arrayBuffer())).toEqual(built.bytes);
    expect(registry.repository("team/app").liars()).toEqual([]);
    expect(registry.repositoryNames()).toEqual(["team/app"]);
  });
});
