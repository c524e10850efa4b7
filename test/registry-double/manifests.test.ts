import { describe, expect, it } from "vitest";
import {
  blob,
  image,
  index,
  MEDIA,
  multiArch,
  sbomFor,
  seed,
  type BuiltBlob,
} from "../support/images.ts";
import { startRegistry, type RegistryOptions } from "../support/registry/index.ts";
import { call, errorCode, pushManifest } from "./requests.ts";

const IMAGE = image({ layers: 2 });
const PATH = "/v2/app/manifests/v1";
const BY_DIGEST = `/v2/app/manifests/${IMAGE.digest}`;

async function withBlobs(options: RegistryOptions): ReturnType<typeof startRegistry> {
  const registry = await startRegistry(options);
  for (const item of IMAGE.blobs) {
    registry.repository("app").putBlob(item.bytes);
  }
  return registry;
}

describe("PUT of a manifest", () => {
  it.each<[string, BuiltBlob, string, string]>([
    ["bytes that are no JSON", blob("not json", MEDIA.manifest), PATH, "MANIFEST_INVALID"],
    [
      "another type than the body's",
      { ...IMAGE, mediaType: MEDIA.index },
      PATH,
      "MANIFEST_INVALID",
    ],
    ["another digest's bytes", blob("{}", MEDIA.manifest), BY_DIGEST, "DIGEST_INVALID"],
    ["a reference that is no tag", IMAGE, "/v2/app/manifests/-v1", "TAG_INVALID"],
    ["a name that is none", IMAGE, "/v2/App/manifests/v1", "NAME_INVALID"],
    ["missing blobs", image({ seed: "other" }), PATH, "MANIFEST_BLOB_UNKNOWN"],
    ["missing children", multiArch(), PATH, "MANIFEST_BLOB_UNKNOWN"],
  ])("refuses %s", async (_, manifest, path, code) => {
    await using registry = await withBlobs({});
    const response = await pushManifest(registry, path, manifest);
    expect(response.status).toBe(400);
    expect(await errorCode(response)).toBe(code);
    expect(registry.repository("app").manifests.size).toBe(0);
  });

  it("names every missing blob at once", async () => {
    await using registry = await startRegistry();
    const response = await pushManifest(registry, PATH, IMAGE);
    const body = await response.text();
    expect(IMAGE.blobs.filter(({ digest }) => body.includes(digest))).toHaveLength(3);
  });

  it("says MANIFEST_UNKNOWN or 404 where registries do", async () => {
    await using registry = await withBlobs({
      missingChildCode: "MANIFEST_UNKNOWN",
      missingContentStatus: 404,
    });
    const response = await pushManifest(registry, PATH, multiArch());
    expect([response.status, await errorCode(response)]).toEqual([404, "MANIFEST_UNKNOWN"]);
  });

  it("does not look for foreign layers, and takes what it cannot check where told", async () => {
    await using registry = await startRegistry();
    const foreign = image({ layers: 1, foreignLayers: 1, docker: true });
    for (const item of foreign.blobs) {
      registry.repository("app").putBlob(item.bytes);
    }
    expect((await pushManifest(registry, PATH, foreign)).status).toBe(201);
    registry.configure({ checkContent: false });
    expect((await pushManifest(registry, PATH, multiArch())).status).toBe(201);
  });

  it("refuses what is too large, or of a type it does not take", async () => {
    await using registry = await withBlobs({ maxManifestBytes: 100 });
    expect((await pushManifest(registry, PATH, IMAGE)).status).toBe(413);
    registry.configure({ maxManifestBytes: 1e6, manifestTypes: [MEDIA.dockerManifest] });
    expect(await errorCode(await pushManifest(registry, PATH, IMAGE))).toBe("MANIFEST_INVALID");
  });

  it("sets several tags by parameter and lists them in OCI-Tag, only where it can", async () => {
    await using registry = await withBlobs({ ociTag: true });
    const path = `/v2/app/manifests/${IMAGE.digest}?tag=a&tag=b`;
    const response = await pushManifest(registry, path, IMAGE);
    expect(response.headers.get("oci-tag")).toBe("a, b");
    expect(registry.repository("app").sortedTags()).toEqual(["a", "b"]);
    registry.configure({ ociTag: false });
    const ignored = await pushManifest(registry, path.replace("tag=a", "tag=c"), IMAGE);
    expect(ignored.headers.get("oci-tag")).toBeNull();
    expect(registry.repository("app").tags.has("c")).toBe(false);
  });

  it("takes a referrer before its subject, and names it in OCI-Subject", async () => {
    await using registry = await startRegistry();
    const sbom = sbomFor(IMAGE);
    for (const item of sbom.blobs) {
      registry.repository("app").putBlob(item.bytes);
    }
    const path = `/v2/app/manifests/${sbom.digest}`;
    const response = await pushManifest(registry, path, sbom);
    expect(response.status).toBe(201);
    expect(response.headers.get("oci-subject")).toBe(IMAGE.digest);
    registry.configure({ ociSubject: false });
    const silent = await pushManifest(registry, path, sbom);
    expect(silent.headers.get("oci-subject")).toBeNull();
    registry.configure({ subjectRequired: true });
    expect((await pushManifest(registry, path, sbom)).status).toBe(400);
  });

  it("honours If-Match and If-None-Match where told", async () => {
    await using registry = await withBlobs({ conditional: "if-match" });
    async function put(headers: Record<string, string>): Promise<number> {
      const body = new Uint8Array(IMAGE.bytes);
      return (await call(registry, "PUT", PATH, { body, headers })).status;
    }
    expect(await put({ "if-match": `"${IMAGE.digest}"` })).toBe(412);
    expect(await put({ "if-none-match": "*" })).toBe(201);
    expect(await put({ "if-none-match": "*" })).toBe(412);
    expect(await put({ "if-match": `"${IMAGE.digest}"` })).toBe(201);
    const read = await call(registry, "GET", PATH);
    const etag = read.headers.get("etag") ?? "";
    const again = await call(registry, "GET", PATH, { headers: { "if-none-match": etag } });
    expect(again.status).toBe(304);
  });

  it.each<["conflict" | "forbidden" | "harbor", number, string, number]>([
    ["harbor", 412, "PRECONDITION", 412],
    ["conflict", 409, "TAG_INVALID", 201],
    ["forbidden", 403, "DENIED", 201],
  ])("immutable tags as %s", async (as, status, code, same) => {
    await using registry = await withBlobs({ immutable: { tags: /^v/u, as } });
    registry.repository("app").putManifest("{}", MEDIA.manifest, ["v1"]);
    const moved = await pushManifest(registry, PATH, IMAGE);
    expect([moved.status, await errorCode(moved)]).toEqual([status, code]);
    expect((await pushManifest(registry, "/v2/app/manifests/v2", IMAGE)).status).toBe(201);
    expect((await pushManifest(registry, "/v2/app/manifests/v2", IMAGE)).status).toBe(same);
    expect((await pushManifest(registry, "/v2/app/manifests/latest", IMAGE)).status).toBe(201);
    expect((await call(registry, "DELETE", PATH)).status).toBe(status);
  });
});

describe("reading manifests and blobs", () => {
  it("HEAD has the headers of GET and no body", async () => {
    await using registry = await startRegistry();
    seed(registry.repository("app"), IMAGE, ["v1"]);
    const head = await call(registry, "HEAD", PATH);
    expect(head.headers.get("content-length")).toBe(String(IMAGE.bytes.length));
    expect(head.headers.get("content-type")).toBe(MEDIA.manifest);
    expect(head.headers.get("docker-content-digest")).toBe(IMAGE.digest);
    expect(registry.requests[0]?.bytesOut).toBe(0);
    const gone = await call(registry, "GET", "/v2/app/manifests/v9");
    expect([gone.status, await errorCode(gone)]).toEqual([404, "MANIFEST_UNKNOWN"]);
    const lost = await call(registry, "GET", `/v2/app/blobs/${IMAGE.digest}`);
    expect([lost.status, await errorCode(lost)]).toEqual([404, "BLOB_UNKNOWN"]);
  });

  it.each<[NonNullable<RegistryOptions["digestHeader"]>, "GET" | "HEAD", boolean]>([
    ["sent", "HEAD", true],
    ["omitted", "GET", false],
    ["omitted-on-head", "HEAD", false],
    ["omitted-on-head", "GET", true],
  ])("Docker-Content-Digest %s on %s", async (digestHeader, method, there) => {
    await using registry = await startRegistry({ digestHeader });
    seed(registry.repository("app"), IMAGE, ["v1"]);
    const response = await call(registry, method, PATH);
    expect(response.headers.get("docker-content-digest") === IMAGE.digest).toBe(there);
  });

  it("lies about the digest where told", async () => {
    await using registry = await startRegistry({ digestHeader: "wrong" });
    seed(registry.repository("app"), IMAGE, ["v1"]);
    const response = await call(registry, "GET", PATH);
    expect(response.headers.get("docker-content-digest")).toMatch(/^sha256:[0-9a-f]{64}$/u);
    expect(response.headers.get("docker-content-digest")).not.toBe(IMAGE.digest);
  });

  it("resolves an index to its first child, or not at all, for an Accept without indexes", async () => {
    await using registry = await startRegistry({ accept: "first-child" });
    const built = multiArch();
    seed(registry.repository("app"), built, ["v1"]);
    const headers = { accept: MEDIA.manifest };
    const child = await call(registry, "HEAD", PATH, { headers });
    expect(child.headers.get("docker-content-digest")).toBe(built.children[0]?.digest);
    registry.configure({ accept: "strict" });
    expect((await call(registry, "HEAD", PATH, { headers })).status).toBe(404);
    const both = { accept: `${MEDIA.manifest}, ${MEDIA.index};q=0.9` };
    expect((await call(registry, "HEAD", PATH, { headers: both })).status).toBe(200);
  });

  it("resolves sha256-<hex> as a digest where GitLab would", async () => {
    await using registry = await startRegistry({ digestTagQuirk: true });
    seed(registry.repository("app"), IMAGE);
    const tag = IMAGE.digest.replace(":", "-");
    expect((await call(registry, "HEAD", `/v2/app/manifests/${tag}`)).status).toBe(200);
    registry.configure({ digestTagQuirk: false });
    expect((await call(registry, "HEAD", `/v2/app/manifests/${tag}`)).status).toBe(404);
  });

  it.each<[string, number, string | null, number]>([
    ["bytes=0-9", 206, "bytes 0-9/", 10],
    ["bytes=10-", 206, "bytes 10-", -10],
    ["bytes=-5", 206, null, 5],
    ["bytes=999999-", 416, "bytes */", 0],
    ["lines=1-2", 200, null, -0],
  ])("Range %s of a blob is %i", async (range, status, contentRange, length) => {
    await using registry = await startRegistry();
    seed(registry.repository("app"), IMAGE);
    const layer = IMAGE.blobs[1] ?? IMAGE;
    const path = `/v2/app/blobs/${layer.digest}`;
    const response = await call(registry, "GET", path, { headers: { range } });
    expect(response.status).toBe(status);
    expect(response.headers.get("content-range") ?? "").toContain(contentRange ?? "");
    const got = (await response.arrayBuffer()).byteLength;
    expect(got).toBe(length > 0 || status === 416 ? length : layer.bytes.length + length);
    registry.configure({ ranges: "ignored" });
    const whole = await call(registry, "GET", path, { headers: { range } });
    expect(whole.status).toBe(200);
  });
});

describe("deleting", () => {
  it("by tag leaves the manifest; by digest takes every tag (spec end-9)", async () => {
    await using registry = await startRegistry();
    const repository = registry.repository("app");
    seed(repository, IMAGE, ["v1", "v2", "v3"]);
    expect((await call(registry, "DELETE", PATH)).status).toBe(202);
    expect(repository.sortedTags()).toEqual(["v2", "v3"]);
    const path = `/v2/app/manifests/${IMAGE.digest}`;
    expect((await call(registry, "DELETE", path)).status).toBe(202);
    expect(repository.snapshot().tags).toEqual({});
    expect((await call(registry, "HEAD", path)).status).toBe(404);
    expect((await call(registry, "DELETE", path)).status).toBe(404);
    const layer = `/v2/app/blobs/${IMAGE.blobs[1]?.digest ?? ""}`;
    expect((await call(registry, "DELETE", layer)).status).toBe(202);
    expect((await call(registry, "HEAD", layer)).status).toBe(404);
  });

  it("is refused with 405 where it is off", async () => {
    await using registry = await startRegistry({ delete: { tag: true } });
    seed(registry.repository("app"), IMAGE, ["v1"]);
    const byDigest = await call(registry, "DELETE", `/v2/app/manifests/${IMAGE.digest}`);
    expect([byDigest.status, await errorCode(byDigest)]).toEqual([405, "UNSUPPORTED"]);
    expect((await call(registry, "DELETE", `/v2/app/blobs/${IMAGE.digest}`)).status).toBe(405);
    expect((await call(registry, "DELETE", PATH)).status).toBe(202);
  });

  it("is refused for tagged digests as Google does, and for children as zot does", async () => {
    await using registry = await startRegistry({ delete: { digest: true, untagFirst: true } });
    const built = index([multiArch(), IMAGE]);
    seed(registry.repository("app"), built, ["v1"]);
    const tagged = await call(registry, "DELETE", `/v2/app/manifests/${built.digest}`);
    expect(await errorCode(tagged)).toBe("GOOGLE_MANIFEST_DANGLING_TAG");
    registry.configure({ delete: { digest: true, keepChildren: true } });
    const child = await call(registry, "DELETE", `/v2/app/manifests/${IMAGE.digest}`);
    expect([child.status, await errorCode(child)]).toEqual([405, "DENIED"]);
    const root = await call(registry, "DELETE", `/v2/app/manifests/${built.digest}`);
    expect(root.status).toBe(202);
  });
});
