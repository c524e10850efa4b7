import type { Manifest } from "#model";
import { describe, expect, it } from "vitest";
import { fallbackIndex, image, MEDIA, sbomFor, seed, type Built } from "../../../support/images.ts";
import { startRegistry, type Registry } from "../../../support/registry/index.ts";
import {
  digestOfBuilt,
  never,
  newTags,
  startBench,
  startRun,
  trace,
  type Bench,
} from "./fixture.ts";

const app = image({ seed: "app" });
const tag = app.digest.replace(":", "-");
const sboms = Array.from({ length: 4 }, (_, n) => sbomFor(app, `sbom ${n}`));
const [one, two, three] = sboms as [Built, Built, Built, Built];

function manifestOf(built: Built): Manifest {
  return { digest: digestOfBuilt(built), mediaType: built.mediaType, bytes: built.bytes };
}

async function push(bench: Bench, built: Built): Promise<void> {
  const stored = bench.registry.repository("team/app");
  for (const blob of built.blobs) stored.putBlob(blob.bytes);
  await bench.open("team/app").putManifest(manifestOf(built), [], never);
}

/** What the fallback index lists, in order. */
function listed(registry: Registry): readonly string[] {
  const stored = registry.repository("team/app").resolve(tag);
  const index = JSON.parse(stored?.bytes.toString("utf8") ?? '{"manifests":[]}') as {
    manifests: { digest: string }[];
  };
  return index.manifests.map(({ digest }) => digest);
}

describe("a manifest with a subject", () => {
  it("001-12 needs nothing more where the host answers OCI-Subject", async () => {
    await using bench = await startBench({ referrers: "api" });
    await push(bench, one);
    expect(trace(bench.registry)).toEqual(["PUT manifest 201"]);
    expect(listed(bench.registry)).toEqual([]);
    expect(await bench.open("team/app").referrers(digestOfBuilt(app), never)).toHaveLength(1);
  });

  it("is written when no other of its subject is under way, for hosts that lose one of two", async () => {
    await using bench = await startBench({ referrers: "api" });
    let underWay = 0;
    let most = 0;
    bench.registry.onRequest(async (_, { method, kind }) => {
      if (method !== "PUT" || kind !== "manifest") return;
      underWay += 1;
      most = Math.max(most, underWay);
      await new Promise((resolve) => setTimeout(resolve, 5));
      underWay -= 1;
    });
    await Promise.all(sboms.map((built) => push(bench, built)));
    expect(most).toBe(1);
    const found = await bench.open("team/app").referrers(digestOfBuilt(app), never);
    expect(found).toHaveLength(sboms.length);
  });

  it("is listed in the fallback index where the host has no API, with type and annotations", async () => {
    await using bench = await startBench({ referrers: "off" });
    await push(bench, one);
    const stored = bench.registry.repository("team/app").resolve(tag);
    expect(stored?.mediaType).toBe(MEDIA.index);
    expect(JSON.parse(stored?.bytes.toString("utf8") ?? "")).toEqual({
      schemaVersion: 2,
      mediaType: MEDIA.index,
      manifests: [
        {
          mediaType: MEDIA.manifest,
          digest: one.digest,
          size: one.bytes.length,
          artifactType: MEDIA.spdx,
          annotations: { "org.opencontainers.image.created": "2026-01-01T00:00:00Z" },
        },
      ],
    });
    expect(trace(bench.registry)).toEqual([
      "PUT manifest 201",
      "GET manifest 404",
      "PUT manifest 201",
      "HEAD manifest 200",
    ]);
  });

  it("joins what others listed there, whose entries stay as they wrote them", async () => {
    await using bench = await startBench({ referrers: "off" });
    const stored = bench.registry.repository("team/app");
    const foreign = {
      schemaVersion: 2,
      mediaType: MEDIA.index,
      manifests: [{ mediaType: MEDIA.manifest, digest: two.digest, size: 9, novelty: [1] }],
      annotations: { kept: "yes" },
    };
    seed(stored, two);
    stored.putManifest(JSON.stringify(foreign), MEDIA.index, [tag]);
    await push(bench, one);
    const now: unknown = JSON.parse(stored.resolve(tag)?.bytes.toString("utf8") ?? "");
    expect(now).toMatchObject({
      ...foreign,
      manifests: [foreign.manifests[0], { digest: one.digest }],
    });
  });

  it("is not listed twice", async () => {
    await using bench = await startBench({ referrers: "off" });
    await push(bench, one);
    await push(bench, one);
    expect(listed(bench.registry)).toEqual([one.digest]);
  });

  it("is listed one after the other within a run: none is lost", async () => {
    await using bench = await startBench({ referrers: "off" });
    await Promise.all(sboms.map((built) => push(bench, built)));
    expect(listed(bench.registry).toSorted()).toEqual(sboms.map(({ digest }) => digest).toSorted());
    expect(bench.registry.count({ method: "GET", kind: "manifest" })).toBe(4);
  });

  it.for([
    ["by ETag, where the host keeps conditions", "if-match"],
    ["by looking again, where it does not", "off"],
  ] as const)("notices a lost race %s, and merges again", async ([, conditional]) => {
    await using registry = await startRegistry({ referrers: "off", conditional });
    await using mine = startRun();
    await using theirs = startRun();
    const stored = registry.repository("team/app");
    for (const built of sboms) for (const blob of built.blobs) stored.putBlob(blob.bytes);
    seed(stored, two);
    await mine.open(registry, "team/app").putManifest(manifestOf(three), [], never);
    let raced = false;
    const verb = conditional === "off" ? "HEAD" : "PUT";
    registry.onRequest(async (_index, { method, reference }) => {
      if (raced || method !== verb || reference !== tag) return;
      raced = true;
      if (conditional === "off") {
        // Another writer read before our write and wrote after it: ours is gone.
        const lost = fallbackIndex(app, [three, two]);
        stored.putManifest(lost.index.bytes, MEDIA.index, [tag]);
      } else await theirs.open(registry, "team/app").putManifest(manifestOf(two), [], never);
    });
    await mine.open(registry, "team/app").putManifest(manifestOf(one), [], never);
    expect(raced).toBe(true);
    expect(listed(registry).toSorted()).toEqual(
      [one, two, three].map(({ digest }) => digest).toSorted(),
    );
  });

  it("gives up where others never stop, and says that the manifest is there and not listed", async () => {
    await using bench = await startBench({ referrers: "off" });
    const stored = bench.registry.repository("team/app");
    let times = 0;
    bench.registry.onRequest((_index, { method, reference }) => {
      if (method !== "HEAD" || reference !== tag) return;
      const built = sbomFor(app, `other ${(times += 1)}`);
      seed(stored, built);
      const other = fallbackIndex(app, [built]);
      stored.putManifest(other.index.bytes, MEDIA.index, [tag]);
    });
    const error = push(bench, one);
    await expect(error).rejects.toMatchObject({ code: "conflict", retryable: true });
    await expect(error).rejects.toThrow(`${one.digest} is stored there, and not listed`);
  });

  it("is listed where an entry of others is gone, which a registry that checks would refuse", async () => {
    await using bench = await startBench({ referrers: "off" });
    const stored = bench.registry.repository("team/app");
    const { index } = fallbackIndex(app, [two, three]);
    seed(stored, two);
    stored.putManifest(index.bytes, index.mediaType, [tag]);
    await push(bench, one);
    expect(listed(bench.registry)).toEqual([two.digest, one.digest]);
  });

  it("does not replace what is no index", async () => {
    await using bench = await startBench({ referrers: "off" });
    const foreign = image({ seed: "foreign" });
    seed(bench.registry.repository("team/app"), foreign, [tag]);
    await expect(push(bench, one)).rejects.toMatchObject({ code: "refused" });
    expect(bench.registry.repository("team/app").tags.get(tag)).toBe(foreign.digest);
  });

  it("starts an index where the host gives the subject itself for its tag (GitLab)", async () => {
    await using bench = await startBench({ referrers: "off", digestTagQuirk: true });
    seed(bench.registry.repository("team/app"), app);
    await push(bench, one);
    expect(listed(bench.registry)).toEqual([one.digest]);
  });

  it("asks the API of a host that has it and did not say OCI-Subject, before it writes an index", async () => {
    await using bench = await startBench({ referrers: "api", ociSubject: false });
    await bench.open("team/app").referrers(digestOfBuilt(app), never, "not-listed");
    await push(bench, one);
    expect(listed(bench.registry)).toEqual([]);
    expect(bench.registry.count({ kind: "referrers" })).toBe(2);
  });

  it("writes the index where neither the answer nor anything learned speaks of the API", async () => {
    await using bench = await startBench({ referrers: "api", ociSubject: false });
    await push(bench, one);
    expect(listed(bench.registry)).toEqual([one.digest]);
  });

  it("may be tagged, may precede its subject, and is listed all the same", async () => {
    await using bench = await startBench({ referrers: "off" });
    const stored = bench.registry.repository("team/app");
    for (const blob of one.blobs) stored.putBlob(blob.bytes);
    const repository = bench.open("team/app");
    expect(await repository.putManifest(manifestOf(one), newTags("sbom"), never)).toEqual([
      { tag: "sbom", kind: "written" },
    ]);
    expect(listed(bench.registry)).toEqual([one.digest]);
  });
});
