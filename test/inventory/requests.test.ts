import { describe, expect, it } from "vitest";
import { digestOfBuilt, lineOf } from "../support/engine.ts";
import { evidenceTag, image, multiArch, seed, signatureFor } from "../support/images.ts";
import { PROFILES } from "../support/registry/index.ts";
import { kpromoArtifact } from "../support/state.ts";
import { asked, openWorld, ORIGIN, PLACE, placeIn, wanting } from "./world.ts";

const v1 = image({ seed: "one" });
const v2 = image({ seed: "two" });
const LINES = [lineOf("v2.0.0", v2), lineOf("v1.0.0", v1)];
const MOVING = { moving: new Map([["stable", "newest-stable"]] as const) };

describe("a no-op asks", () => {
  it("one listing and one HEAD a wanted tag, moving ones included; the source one listing", async () => {
    await using world = await openWorld({ target: PROFILES.distribution });
    for (const repository of [world.from, world.to]) {
      seed(repository, v1, ["v1.0.0"]);
      seed(repository, v2, ["v2.0.0", "stable"]);
    }
    const { plan } = await world.engine.plan(wanting(LINES, MOVING));
    expect(plan).toMatchObject({ actions: [], blocked: [], unchanged: 3 });
    expect(asked(world.target)).toEqual([
      "GET tags",
      "HEAD manifest stable",
      "HEAD manifest v1.0.0",
      "HEAD manifest v2.0.0",
    ]);
    expect(asked(world.source)).toEqual(["GET tags"]);
  });

  it("no HEAD where Google's listing proves tags and digests, untagged ones included", async () => {
    await using world = await openWorld({ source: PROFILES.google, target: PROFILES.google });
    for (const repository of [world.from, world.to]) {
      seed(repository, v1, ["v1.0.0"]);
      seed(repository, v2);
    }
    const { plan, actual } = await world.engine.plan(
      wanting([lineOf("v1.0.0", v1), lineOf("v2.0.0", v2)], { immutable: [] }),
    );
    expect(plan).toMatchObject({ actions: [], blocked: [], unchanged: 2 });
    expect(placeIn(actual).digests.has(digestOfBuilt(v2))).toBe(true);
    expect(asked(world.target)).toEqual(["GET tags"]);
    expect(asked(world.source)).toEqual(["GET tags"]);
  });

  it("by digest, without a tag, for what a thin manifest lists without one", async () => {
    await using world = await openWorld();
    seed(world.from, v1);
    seed(world.to, v1);
    const artifact = kpromoArtifact("main/api", { one: [] }, [PLACE]);
    const [line] = artifact.lines;
    const [place] = artifact.places;
    if (line === undefined || place === undefined) throw new Error("expected a line and a place");
    const wants = [{ line: { ...line, digest: digestOfBuilt(v1) }, tags: [] }];
    const { plan } = await world.engine.plan({
      channels: new Map(),
      sites: new Map(),
      artifacts: [{ ...artifact, source: ORIGIN, places: [{ ...place, wants }] }],
    });
    expect(plan).toMatchObject({ actions: [], unchanged: 1 });
    expect(asked(world.target)).toEqual(["GET tags", "HEAD manifest digest"]);
  });

  it("asks nothing of an index's children where every subject of evidence is a version that git lists", async () => {
    await using world = await openWorld();
    const web = multiArch();
    seed(world.from, web, ["v1.0.0"]);
    seed(world.from, v2, ["v2.0.0"]);
    seed(world.from, signatureFor(v2), [evidenceTag(v2.digest)]);
    seed(world.to, web, ["v1.0.0"]);
    await world.engine.plan(wanting([lineOf("v2.0.0", v2, { in: [] }), lineOf("v1.0.0", web)]));
    expect(asked(world.target)).toEqual(["GET tags", "HEAD manifest v1.0.0"]);
    expect(asked(world.source)).toEqual(["GET tags"]);
  });
});

describe("an empty place asks", () => {
  it("only the listing, whose 404 proves that no tag is there", async () => {
    await using world = await openWorld();
    seed(world.from, v1, ["v1.0.0"]);
    const { plan } = await world.engine.plan(wanting([lineOf("v1.0.0", v1)], MOVING));
    expect(plan.actions.map(({ op }) => op)).toEqual(["copy", "tag", "tag"]);
    expect(asked(world.target)).toEqual(["GET tags"]);
  });

  it("the source for exactly what the target lacks", async () => {
    await using world = await openWorld();
    seed(world.from, v1, ["v1.0.0"]);
    seed(world.from, v2, ["v2.0.0"]);
    seed(world.to, v1, ["v1.0.0"]);
    const { actual } = await world.engine.plan(wanting(LINES));
    expect([...(actual.sources.get(ORIGIN)?.artifacts.keys() ?? [])]).toEqual([v2.digest]);
    expect(asked(world.source)).toEqual([
      "GET manifest digest",
      "GET referrers digest",
      "GET tags",
    ]);
  });
});

describe("a place with lines that left asks", () => {
  it("for their tags only where the listing has them", async () => {
    await using world = await openWorld();
    seed(world.from, v1, ["v1.0.0"]);
    seed(world.to, v1, ["v1.0.0"]);
    const retired = lineOf("v2.0.0", v2, { state: "retired", reason: "old" });
    await world.engine.plan(wanting([retired, lineOf("v1.0.0", v1)]));
    expect(asked(world.target)).toEqual(["GET tags", "HEAD manifest v1.0.0"]);
  });
});

describe("places with one list of wants", () => {
  it("share one view of it where they hold all of it, and keep their own where they do not", async () => {
    await using world = await openWorld();
    const other = world.target.repository("other/api");
    const third = world.target.repository("third/api");
    seed(world.from, v1, ["v1.0.0"]);
    for (const repository of [world.to, other]) seed(repository, v1, ["v1.0.0"]);
    seed(third, v2, ["v1.0.0"]);
    const desired = wanting([lineOf("v1.0.0", v1)]);
    const [artifact] = desired.artifacts;
    const [place] = artifact?.places ?? [];
    if (artifact === undefined || place === undefined) throw new Error("expected a place");
    const places = ["prod/payments/api", "other/api", "third/api"].map((path, at) => ({
      ...place,
      site: `site-${at}`,
      repository: `registry.oslo.example.com/${path}` as typeof PLACE,
    }));
    const { actual, plan } = await world.engine.plan({
      ...desired,
      artifacts: [{ ...artifact, places }],
    });
    const [one, two, three] = places.map(({ repository }) => actual.targets.get(repository));
    expect(one?.tags).toBe(two?.tags);
    expect(one?.tags).not.toBe(three?.tags);
    expect(plan.blocked.map(({ code, site }) => [code, site])).toEqual([
      ["foreign-move", "site-2"],
    ]);
  });
});
