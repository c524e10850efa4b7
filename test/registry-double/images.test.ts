import { describe, expect, it } from "vitest";
import {
  artifact,
  contentOf,
  evidenceTag,
  fallbackIndex,
  image,
  index,
  MEDIA,
  multiArch,
  sbomFor,
  seed,
  signatureFor,
  type Built,
} from "../support/images.ts";
import { digestOf, matchesDigest, startRegistry } from "../support/registry/index.ts";

interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
}

function document(built: Built): Record<string, unknown> & { layers?: Descriptor[] } {
  return JSON.parse(built.bytes.toString("utf8"));
}

const KINDS: readonly (readonly [string, () => Built])[] = [
  ["an image", () => image({ layers: 3, layerBytes: 100, labels: { a: "b" } })],
  ["a Docker image", () => image({ docker: true, foreignLayers: 1 })],
  ["an image with sha512 digests", () => image({ algorithm: "sha512" })],
  ["an index", () => multiArch(["amd64", "arm64", "s390x"])],
  ["a Docker list", () => multiArch(["amd64"], { docker: true })],
  ["a nested index", () => index([multiArch(), image({ seed: "other" })])],
  ["an artifact", () => artifact({ files: { "a.txt": "a", "b.txt": "b" } })],
  ["an artifact without files", () => artifact()],
  ["an SBOM", () => sbomFor(image())],
  ["a signature", () => signatureFor(image())],
];

describe("builders", () => {
  it.each(KINDS)("%s is the same each time, and each digest is its bytes'", (_, build) => {
    const [first, second] = [build(), build()];
    expect(first).toEqual(second);
    const { manifests, blobs } = contentOf(first);
    const all = [...manifests, ...blobs];
    expect(all.filter(({ bytes, digest }) => !matchesDigest(bytes, digest))).toEqual([]);
    expect(manifests.at(-1)).toBe(first);
  });

  it.each(KINDS)("%s is whole where it is seeded", async (_, build) => {
    await using registry = await startRegistry();
    const repository = registry.repository("app");
    const built = build();
    expect(seed(repository, built, ["v1", "v2"])).toBe(built.digest);
    expect(repository.liars()).toEqual([]);
    expect(repository.snapshot().tags).toEqual({ v1: built.digest, v2: built.digest });
    expect(repository.resolve("v1")?.mediaType).toBe(built.mediaType);
  });

  it("images of two seeds share their shared layers only", () => {
    const one = image({ seed: "one", layers: 3, sharedLayers: 1 });
    const two = image({ seed: "two", layers: 3, sharedLayers: 1 });
    const shared = one.blobs.filter(({ digest }) =>
      two.blobs.some((item) => item.digest === digest),
    );
    expect(shared).toHaveLength(1);
    expect(one.digest).not.toBe(two.digest);
  });

  it("evidence names its subject, by descriptor or by tag", () => {
    const subject = multiArch();
    const { digest, mediaType } = subject;
    const size = subject.bytes.length;
    expect(document(sbomFor(subject))["subject"]).toEqual({ mediaType, digest, size });
    expect(document(sbomFor(subject))["artifactType"]).toBe(MEDIA.spdx);
    expect(evidenceTag(digest)).toMatch(/^sha256-[0-9a-f]{64}\.sig$/u);
    const { tag, index: fallback } = fallbackIndex(subject, [sbomFor(subject)]);
    expect(tag).toBe(digest.replace(":", "-"));
    expect(document(fallback)["manifests"]).toMatchObject([{ artifactType: MEDIA.spdx }]);
  });

  it("files of an artifact have their titles", () => {
    const built = artifact({ files: { "a.txt": "hello" } });
    expect(document(built).layers).toMatchObject([
      {
        digest: digestOf("hello"),
        annotations: { "org.opencontainers.image.title": "a.txt" },
      },
    ]);
  });
});
