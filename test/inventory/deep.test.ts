import { describe, expect, it } from "vitest";
import { lineOf } from "../support/engine.ts";
import {
  evidenceTag,
  fallbackIndex,
  image,
  multiArch,
  sbomFor,
  seed,
  signatureFor,
  type Built,
} from "../support/images.ts";
import { PROFILES } from "../support/registry/index.ts";
import { noteCodes } from "../support/plans.ts";
import { onlyFacets, openWorld, placeIn, wanting, type World } from "./world.ts";

const web = multiArch();
const DESIRED = wanting([lineOf("v1.0.0", web)]);
const sbom = sbomFor(web);

async function placed(options?: Parameters<typeof openWorld>[0]): Promise<World> {
  const world = await openWorld(options);
  for (const repository of [world.from, world.to]) {
    seed(repository, web, ["v1.0.0"]);
    seed(repository, sbom);
  }
  return world;
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("expected a value");
  return value;
}

const [child, otherChild] = [required(web.children[0]), required(web.children[1])];

describe("a deep look", () => {
  it("finds nothing where all is there, and asks for each blob once", async () => {
    await using world = await placed();
    const { actual, plan } = await world.engine.plan(DESIRED, "deep");
    expect(placeIn(actual).facets.size).toBe(0);
    expect(plan).toMatchObject({ depth: "deep", actions: [], blocked: [], notes: [] });
    const heads = world.target.find({ method: "HEAD", kind: "blob" });
    expect(heads.length).toBe(new Set(heads.map(({ reference }) => reference)).size);
    expect(heads.length).toBeGreaterThanOrEqual(4);
  });

  it.for([
    ["a child of an index", child],
    ["the index itself, that its tag still names", web],
  ] as const)("finds that %s is gone", async ([, lost]: readonly [string, Built]) => {
    await using world = await placed();
    world.target.fault({
      match: { method: "GET", kind: "manifest", reference: lost.digest, times: Infinity },
      do: { kind: "answer", status: 404 },
    });
    const { actual, plan } = await world.engine.plan(DESIRED, "deep");
    expect(onlyFacets(actual).missing.map(({ digest }) => digest)).toEqual([lost.digest]);
    expect(plan.actions).toMatchObject([{ op: "copy", repair: true, digest: web.digest }]);
  });

  it("finds that a layer is gone", async () => {
    await using world = await placed();
    const layer = required(otherChild.blobs[1]);
    world.to.blobs.delete(layer.digest);
    const { actual } = await world.engine.plan(DESIRED, "deep");
    expect(onlyFacets(actual).missing).toMatchObject([
      { digest: layer.digest, size: layer.bytes.length },
    ]);
  });

  it("finds that a referrer is gone", async () => {
    await using world = await placed();
    world.to.manifests.delete(sbom.digest);
    const { actual } = await world.engine.plan(DESIRED, "deep");
    expect(onlyFacets(actual).missingEvidence).toMatchObject([
      { descriptor: { digest: sbom.digest } },
    ]);
  });

  it("finds that a referrer which the fallback index still lists is gone", async () => {
    await using world = await placed({
      source: PROFILES.distribution,
      target: PROFILES.distribution,
    });
    for (const repository of [world.from, world.to]) {
      const fallback = fallbackIndex(web, [sbom]);
      seed(repository, fallback.index, [fallback.tag]);
    }
    world.to.manifests.delete(sbom.digest);
    const { actual } = await world.engine.plan(DESIRED, "deep");
    expect(onlyFacets(actual).missingEvidence).toMatchObject([
      { descriptor: { digest: sbom.digest } },
    ]);
  });

  it("finds that a blob of a referrer, and of a signature under a tag, is gone", async () => {
    await using world = await placed();
    const signature = signatureFor(child);
    for (const repository of [world.from, world.to])
      seed(repository, signature, [evidenceTag(child.digest)]);
    const lost = [required(sbom.blobs[1]), required(signature.blobs[1])].map(
      ({ digest }) => digest,
    );
    for (const digest of lost) world.to.blobs.delete(digest);
    const { actual } = await world.engine.plan(DESIRED, "deep");
    expect(
      onlyFacets(actual)
        .missing.map(({ digest }) => digest)
        .toSorted(),
    ).toEqual(lost.toSorted());
  });

  it("leaves a signature that diverged alone, and does not look for the source's", async () => {
    await using world = await placed();
    const tag = evidenceTag(web.digest);
    seed(world.from, signatureFor(web, "c291cmNl"), [tag]);
    seed(world.to, signatureFor(child, "dGFyZ2V0"), [tag]);
    const { actual, plan } = await world.engine.plan(DESIRED, "deep");
    expect(onlyFacets(actual)).toMatchObject({
      missing: [],
      missingEvidence: [],
      divergedEvidence: [tag],
    });
    expect(plan.actions).toEqual([]);
  });

  it("blocks where part of it cannot be read", async () => {
    await using world = await placed();
    world.target.fault({
      match: { method: "HEAD", reference: sbom.digest },
      do: { kind: "answer", status: 403 },
    });
    const { plan } = await world.engine.plan(DESIRED, "deep");
    expect(plan.blocked.map(({ code }) => code)).toEqual(["target-unknown"]);
  });

  it("notes, and no more, that the source no longer holds what is in place", async () => {
    await using world = await placed();
    world.from.manifests.clear();
    const { plan } = await world.engine.plan(DESIRED, "deep");
    expect(plan).toMatchObject({ actions: [], blocked: [] });
    expect(noteCodes(plan)).toEqual(["source-gone"]);
  });

  it("does not ask for layers that lie elsewhere", async () => {
    await using world = await openWorld();
    const foreign = image({ seed: "windows", foreignLayers: 1, docker: true });
    for (const repository of [world.from, world.to]) seed(repository, foreign, ["v1.0.0"]);
    const { plan } = await world.engine.plan(wanting([lineOf("v1.0.0", foreign)]), "deep");
    expect(plan).toMatchObject({ actions: [], blocked: [], unchanged: 1 });
  });
});
