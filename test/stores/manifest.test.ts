import type { Digest, Manifest } from "#model";
import { describe, expect, it } from "vitest";
import {
  isSchema1,
  manifestMediaType,
  parseManifest,
  referrerDescriptor,
} from "../../src/stores/manifest.ts";
import { StoreError } from "../../src/stores/store-error.ts";
import { digestOfBytes } from "../../src/stores/verified-stream.ts";
import { artifact, image, index, MEDIA, multiArch, sbomFor } from "../support/images.ts";

const layer = { mediaType: MEDIA.layer, digest: hex("a"), size: 10 };
const config = { mediaType: MEDIA.config, digest: hex("c"), size: 2 };

function hex(character: string): string {
  return `sha256:${character.repeat(64)}`;
}

function manifestOf(document: unknown, mediaType: string = MEDIA.manifest): Manifest {
  const bytes = Buffer.from(typeof document === "string" ? document : JSON.stringify(document));
  return { digest: digestOfBytes(bytes, "sha256"), mediaType, bytes };
}

function built(one: { digest: string; mediaType: string; bytes: Buffer }): Manifest {
  return { digest: one.digest as Digest, mediaType: one.mediaType, bytes: one.bytes };
}

function codeOf(document: unknown, mediaType?: string): string {
  try {
    parseManifest(manifestOf(document, mediaType));
    return "read";
  } catch (error) {
    return error instanceof StoreError ? error.code : "defect";
  }
}

describe("parseManifest", () => {
  it("reads an image: config first, layers in order, each digest once", () => {
    const twice = {
      schemaVersion: 2,
      config,
      layers: [layer, layer, { ...layer, digest: hex("b") }],
    };
    const contents = parseManifest(manifestOf(twice));
    expect(contents.kind).toBe("image");
    expect(contents.blobs.map(({ digest }) => digest)).toEqual([hex("c"), hex("a"), hex("b")]);
    expect(contents.config?.digest).toBe(hex("c"));
  });

  it.for([
    ["OCI image", image(), "image", 2, 0],
    ["Docker image", image({ docker: true }), "image", 2, 0],
    ["image without mediaType", image({ bareMediaType: true }), "image", 2, 0],
    ["image without layers", image({ layers: 0 }), "image", 1, 0],
    ["OCI index", multiArch(), "index", 0, 2],
    ["Docker list", multiArch(["amd64", "arm64"], { docker: true }), "index", 0, 2],
    ["nested index", index([multiArch(), image()]), "index", 0, 2],
    ["empty index", index([]), "index", 0, 0],
    ["artifact with files", artifact({ files: { a: "1", b: "2" } }), "image", 3, 0],
    ["artifact without files", artifact(), "image", 1, 0],
    ["sha512 image", image({ algorithm: "sha512" }), "image", 2, 0],
  ] as const)("002-49 reads: %s", ([, one, kind, blobs, manifests]) => {
    const contents = parseManifest(built(one));
    expect([contents.kind, contents.blobs.length, contents.manifests.length]).toEqual([
      kind,
      blobs,
      manifests,
    ]);
  });

  it("leaves out foreign layers, by their media type or their URLs", () => {
    const urls = { ...layer, digest: hex("d"), urls: ["https://layers.invalid/d"] };
    const docker = { ...layer, digest: hex("e"), mediaType: MEDIA.foreignLayer };
    const oci = {
      ...layer,
      digest: hex("f"),
      mediaType: "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
    };
    const contents = parseManifest(
      manifestOf({ schemaVersion: 2, config, layers: [layer, urls, docker, oci] }),
    );
    expect(contents.blobs.map(({ digest }) => digest)).toEqual([hex("c"), hex("a")]);
  });

  it("sorts what an index lists into manifests and blobs (build caches); unknown types count as manifests", () => {
    const cache = {
      mediaType: "application/vnd.buildkit.cacheconfig.v0",
      digest: hex("1"),
      size: 1,
    };
    const tar = { mediaType: MEDIA.dockerLayer, digest: hex("2"), size: 2 };
    const child = { mediaType: MEDIA.manifest, digest: hex("3"), size: 3 };
    const unknown = { mediaType: "application/vnd.example+json", digest: hex("4"), size: 4 };
    const contents = parseManifest(
      manifestOf({ schemaVersion: 2, manifests: [cache, tar, child, unknown] }, MEDIA.index),
    );
    expect(contents.blobs.map(({ size }) => size)).toEqual([1, 2]);
    expect(contents.manifests.map(({ size }) => size)).toEqual([3, 4]);
  });

  it("reads an OCI artifact manifest with its blobs, and a subject on any kind", () => {
    const subject = { mediaType: MEDIA.manifest, digest: hex("5"), size: 5 };
    const old = "application/vnd.oci.artifact.manifest.v1+json";
    const contents = parseManifest(
      manifestOf({ mediaType: old, artifactType: "a/b", blobs: [layer], subject }, old),
    );
    expect(contents).toMatchObject({
      kind: "image",
      artifactType: "a/b",
      subject,
      config: undefined,
    });
    expect(contents.blobs).toHaveLength(1);
    const list = manifestOf({ schemaVersion: 2, manifests: [], subject }, MEDIA.index);
    expect(parseManifest(list).subject).toEqual(subject);
  });

  it.for([
    ["an index", { manifests: [] }, "index"],
    ["an image", { config, layers: [] }, "image"],
    ["blobs", { blobs: [layer] }, "image"],
  ] as const)("reads an unknown media type by its shape: %s", ([, shape, kind]) => {
    expect(parseManifest(manifestOf(shape, "application/vnd.example.v9+json")).kind).toBe(kind);
  });

  it("keeps platform, annotations and artifactType of a descriptor, and ignores unknown fields", () => {
    const child = {
      mediaType: MEDIA.manifest,
      digest: hex("3"),
      size: 3,
      artifactType: "a/b",
      platform: { os: "linux", architecture: "arm64", variant: "v8", "os.version": "1" },
      annotations: { good: "yes", bad: 7 },
      data: "e30=",
      novelty: [{}],
    };
    const document = { schemaVersion: 2, novelty: true, manifests: [child] };
    expect(parseManifest(manifestOf(document, MEDIA.index)).manifests).toEqual([
      {
        mediaType: MEDIA.manifest,
        digest: hex("3"),
        size: 3,
        artifactType: "a/b",
        platform: { os: "linux", architecture: "arm64", variant: "v8" },
        annotations: { good: "yes" },
      },
    ]);
  });

  it.for([
    ["no JSON", "{", "invalid-answer"],
    ["an array", [], "invalid-answer"],
    ["another type in the body", { mediaType: MEDIA.index, config, layers: [] }, "invalid-answer"],
    ["a type in the body that is no text", { mediaType: 7, config, layers: [] }, "invalid-answer"],
    ["an image and an index at once", { config, layers: [], manifests: [] }, "invalid-answer"],
    ["layers that are no list", { config, layers: { 0: layer } }, "invalid-answer"],
    ["a descriptor that is no object", { config, layers: ["x"] }, "invalid-answer"],
    ["a digest in capitals", { config: { ...config, digest: hex("A") } }, "invalid-answer"],
    ["a digest of an unknown kind", { config: { ...config, digest: "md5:00" } }, "invalid-answer"],
    ["a negative size", { config: { ...config, size: -1 } }, "invalid-answer"],
    ["a fractional size", { config: { ...config, size: 1.5 } }, "invalid-answer"],
    ["a size beyond safe integers", { config: { ...config, size: 2 ** 53 } }, "invalid-answer"],
    ["a size as text", { config: { ...config, size: "2" } }, "invalid-answer"],
    ["no media type", { config: { ...config, mediaType: "" } }, "invalid-answer"],
    [
      "two sizes for one digest",
      { config, layers: [layer, { ...layer, size: 11 }] },
      "invalid-answer",
    ],
    ["a broken subject", { config, subject: { digest: "x" } }, "invalid-answer"],
    [
      "too many layers",
      { config, layers: Array.from({ length: 10_001 }, () => layer) },
      "too-large",
    ],
    ["schema 1 by its version", { schemaVersion: 1, fsLayers: [] }, "unsupported"],
  ] as const)("refuses %s", ([, document, code]) => {
    expect(codeOf(document)).toBe(code);
  });

  it("refuses bytes that are no UTF-8", () => {
    const bytes = Buffer.concat([
      Buffer.from('{"config":null,"x":"'),
      Buffer.from([0xff]),
      Buffer.from('"}'),
    ]);
    const manifest = { digest: digestOfBytes(bytes, "sha256"), mediaType: MEDIA.manifest, bytes };
    expect(() => parseManifest(manifest)).toThrow("not a JSON object");
  });

  it("refuses an unknown type that reads as both, which would mean two things by one digest", () => {
    const both = { config, layers: [], manifests: [] };
    expect(codeOf(both, "application/vnd.example.v9+json")).toBe("invalid-answer");
    expect(codeOf({ novelty: 1 }, "application/vnd.example.v9+json")).toBe("invalid-answer");
  });

  it("refuses an index type that holds an image, and the other way round", () => {
    expect(codeOf({ config, layers: [] }, MEDIA.index)).toBe("invalid-answer");
    expect(codeOf({ manifests: [] }, MEDIA.manifest)).toBe("invalid-answer");
  });

  it.for(["v1+json", "v1+prettyjws"])("refuses schema 1 with its reason: %s", (suffix) => {
    const mediaType = `application/vnd.docker.distribution.manifest.${suffix}`;
    expect(isSchema1(mediaType)).toBe(true);
    expect(() => parseManifest(manifestOf({ schemaVersion: 1 }, mediaType))).toThrow(
      /schema 1 manifest, whose digest does not cover the bytes/,
    );
  });

  it("names the manifest and the store", () => {
    const manifest = manifestOf("{");
    expect(() => parseManifest(manifest, "r.example.com/a" as never)).toThrow(
      `${manifest.digest} in r.example.com/a cannot be read`,
    );
  });
});

describe("referrerDescriptor", () => {
  it("002-43 has the manifest's artifactType, and its annotations", () => {
    const subject = image();
    const sbom = built(sbomFor(subject));
    expect(referrerDescriptor(sbom, parseManifest(sbom))).toEqual({
      mediaType: MEDIA.manifest,
      digest: sbom.digest,
      size: sbom.bytes.length,
      artifactType: MEDIA.spdx,
      annotations: { "org.opencontainers.image.created": "2026-01-01T00:00:00Z" },
    });
  });

  it("falls back to the config's media type", () => {
    const plain = built(image({ subject: image({ seed: "subject" }) }));
    expect(referrerDescriptor(plain, parseManifest(plain)).artifactType).toBe(MEDIA.config);
  });
});

describe("manifestMediaType", () => {
  it.for([
    ["application/vnd.oci.image.index.v1+json; charset=utf-8", {}, MEDIA.index],
    ["Application/Vnd.Docker.Distribution.Manifest.v2+JSON", {}, MEDIA.dockerManifest],
    ["application/json", { mediaType: MEDIA.dockerList }, MEDIA.dockerList],
    ["text/plain", { manifests: [] }, MEDIA.index],
    [undefined, { config }, MEDIA.manifest],
    [undefined, { schemaVersion: 1 }, "application/vnd.docker.distribution.manifest.v1+json"],
  ] as const)("%s", ([header, document, expected]) => {
    expect(manifestMediaType(header, Buffer.from(JSON.stringify(document)))).toBe(expected);
  });
});
