import { describe, expect, it } from "vitest";
import {
  artifact,
  blob,
  contentOf,
  image,
  index,
  MEDIA,
  multiArch,
  sbomFor,
  seed,
  type Built,
} from "../../../support/images.ts";
import { PROFILES, startRegistry, type RegistryOptions } from "../../../support/registry/index.ts";
import { copy, digestOfBuilt, never, newTags, startRun } from "./fixture.ts";

const subject = image({ seed: "subject" });
const sixMebibytes = 6 * 1024 ** 2;

/** A manifest of our own JSON, with blobs that are there. */
function custom(document: Readonly<Record<string, unknown>>, blobs: Built["blobs"]): Built {
  return {
    ...blob(
      JSON.stringify({ schemaVersion: 2, mediaType: MEDIA.manifest, ...document }),
      MEDIA.manifest,
    ),
    blobs,
    children: [],
    platform: undefined,
    artifactType: undefined,
  };
}

const plain = image({ seed: "plain", layers: 2 });
const parts = JSON.parse(plain.bytes.toString("utf8")) as { config: object; layers: object[] };

/** The data sets of the conformance suite of registries, used to try a client (copy-engines §5). */
const SETS: readonly (readonly [string, Built])[] = [
  ["image", plain],
  ["image without layers", image({ layers: 0 })],
  ["image in Docker's types", image({ docker: true })],
  ["image of 3.9 MB of manifest", image({ annotations: { filler: "x".repeat(3_900_000) } })],
  ["image with non-distributable layers", image({ foreignLayers: 2 })],
  ["image with unknown fields", custom({ ...parts, novelty: { deep: [1, "2"] } }, plain.blobs)],
  [
    "image with a data field",
    custom({ ...parts, config: { ...parts.config, data: "e30=" } }, plain.blobs),
  ],
  ["index", multiArch(["amd64", "arm64", "s390x"])],
  ["manifest list", multiArch(["amd64", "arm64"], { docker: true })],
  ["nested index", index([multiArch(), image({ seed: "beside" })])],
  ["empty index", index([])],
  ["artifact with files", artifact({ files: { "a.txt": "a", "b.bin": Buffer.alloc(100_000, 1) } })],
  ["artifact without files", artifact()],
  ["index of artifacts", index([artifact({ files: { a: "1" } }), artifact({ files: { b: "2" } })])],
  ["image about an image", image({ seed: "about", subject })],
  ["index about an image", index([image({ seed: "child" })], { subject })],
  ["artifact about a subject that is not there", sbomFor(image({ seed: "nowhere" }))],
  [
    "artifact with its own artifactType",
    artifact({ artifactType: "application/vnd.example.custom" }),
  ],
];

const TARGETS: readonly (readonly [string, RegistryOptions])[] = [
  ["the specification's registry", {}],
  ["distribution", PROFILES.distribution],
  ["zot", PROFILES.zot],
  ["GHCR", PROFILES.ghcr],
  ["Google", PROFILES.google],
];

describe.each(TARGETS)("002-49 to %s", (_name, options) => {
  it.for(SETS)("001-23 copies an %s, byte for byte", async ([, built]) => {
    await using source = await startRegistry();
    await using target = await startRegistry({ ...options, maxManifestBytes: sixMebibytes });
    await using run = startRun();
    seed(source.repository("a/app"), built, ["v1"]);

    const done = await copy(
      {
        from: run.open(source, "a/app"),
        to: run.open(target, "b/app"),
        digest: digestOfBuilt(built),
        tags: newTags("v1"),
      },
      never,
    );

    const stored = target.repository("b/app");
    expect(done.tags).toEqual([{ tag: "v1", kind: "written" }]);
    for (const item of contentOf(built).manifests) {
      expect(stored.resolve(item.digest)?.bytes.equals(item.bytes)).toBe(true);
      expect(stored.resolve(item.digest)?.mediaType).toBe(item.mediaType);
    }
    for (const item of contentOf(built).blobs)
      expect(stored.blobs.get(item.digest)?.equals(item.bytes)).toBe(true);
    expect(stored.tags.get("v1")).toBe(built.digest);
    expect(stored.liars()).toEqual([]);
    expect(stored.uploads.size).toBe(0);
  });

  it("002-43 copies a referrer, so that it is found by its subject", async () => {
    await using source = await startRegistry();
    await using target = await startRegistry(options);
    await using run = startRun();
    const sbom = sbomFor(subject);
    seed(source.repository("a/app"), subject, ["v1"]);
    seed(source.repository("a/app"), sbom);
    const from = run.open(source, "a/app");
    const to = run.open(target, "b/app");
    const [found] = await from.referrers(digestOfBuilt(subject), never);
    if (found === undefined) throw new Error("the source lists no referrer");

    await copy({ from, to, digest: found.digest }, never);
    await copy({ from, to, digest: digestOfBuilt(subject), tags: newTags("v1") }, never);

    expect(await to.referrers(digestOfBuilt(subject), never)).toEqual([found]);
  });
});

describe("a sha512 artifact", () => {
  it("is copied by its digest, with all that is below it", async () => {
    await using source = await startRegistry();
    await using target = await startRegistry();
    await using run = startRun();
    const built = image({ seed: "long", layers: 2, algorithm: "sha512" });
    seed(source.repository("a/app"), built);
    const from = run.open(source, "a/app");
    const to = run.open(target, "b/app");
    await copy({ from, to, digest: digestOfBuilt(built) }, never);
    expect(target.repository("b/app").snapshot()).toEqual(source.repository("a/app").snapshot());
  });
});

describe("a half-copied index", () => {
  it("is refused by a registry that checks, and healed by looking at every part", async () => {
    await using source = await startRegistry();
    await using target = await startRegistry();
    await using run = startRun();
    const built = multiArch(["amd64", "arm64"], { layers: 2, layerBytes: 70_000 });
    seed(source.repository("a/app"), built);
    seed(target.repository("b/app"), built, ["v1"]);
    const stored = target.repository("b/app");
    const whole = stored.snapshot();
    const [child] = built.children;
    const [, layer] = child?.blobs ?? [];
    stored.manifests.delete(child?.digest ?? "");
    stored.blobs.delete(layer?.digest ?? "");
    const from = run.open(source, "a/app");
    const to = run.open(target, "b/app");
    const digest = digestOfBuilt(built);
    const manifest = await from.manifest(digest, never);
    if (manifest === undefined) throw new Error("the source was seeded");
    await expect(to.putManifest(manifest, [], never)).rejects.toThrow(
      `content that it names is missing there: ${child?.digest}`,
    );

    const tags = [{ tag: "v1", expect: digest }];
    const done = await copy({ from, to, digest, tags, look: true }, never);

    expect(done.blobs.filter((how) => how === "uploaded")).toHaveLength(1);
    expect(stored.snapshot()).toEqual(whole);
  });
});
