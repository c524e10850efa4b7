import { describe, expect, it } from "vitest";
import { digestAt, tagAt } from "#model";
import { digestOfBuilt, lineOf, openEngine } from "../support/engine.ts";
import { blob, image, index, MEDIA, multiArch, seed } from "../support/images.ts";
import { startRegistry } from "../support/registry/index.ts";
import { blockedRows, noteCodes } from "../support/plans.ts";
import { channel, desiredArtifact, desiredState, repo } from "../support/state.ts";
import { OSLO, openWorld, ORIGIN, placeIn, SOURCE_HOST, wanting } from "./world.ts";

const v1 = image({ seed: "one" });
const v2 = image({ seed: "two" });
const LINES = [lineOf("v2.0.0", v2), lineOf("v1.0.0", v1)];
const FORBIDDEN = { kind: "answer", status: 403 } as const;

describe("an observation is present, absent or unknown", () => {
  it("unknown for the one tag that cannot be read, and the others go on", async () => {
    await using world = await openWorld();
    for (const repository of [world.from, world.to]) seed(repository, v1, ["v1.0.0"]);
    seed(world.from, v2, ["v2.0.0"]);
    world.target.fault({ match: { method: "HEAD", reference: "v1.0.0" }, do: FORBIDDEN });
    const { actual, plan } = await world.engine.plan(wanting(LINES));
    const place = placeIn(actual);
    expect(tagAt(place, "v1.0.0")).toMatchObject({ kind: "unknown", fault: { code: "forbidden" } });
    expect(tagAt(place, "v2.0.0")).toEqual({ kind: "absent" });
    expect(blockedRows(plan)).toEqual(["target-unknown v1.0.0 prod/oslo"]);
    expect(plan.actions.map(({ version }) => version)).toEqual(["v2.0.0", "v2.0.0"]);
  });

  it("unknown for everything at a place whose listing cannot be read, and no source is asked for it", async () => {
    await using world = await openWorld();
    seed(world.from, v1, ["v1.0.0"]);
    world.target.fault({ match: { kind: "tags" }, do: FORBIDDEN });
    const { actual, plan } = await world.engine.plan(wanting(LINES));
    expect(digestAt(placeIn(actual), digestOfBuilt(v1)).kind).toBe("unknown");
    expect(tagAt(placeIn(actual), "v1.0.0").kind).toBe("unknown");
    expect(plan.actions).toEqual([]);
    expect(plan.blocked.every(({ code }) => code === "target-unknown")).toBe(true);
    expect(world.source.requests).toEqual([]);
  });

  it("unknown for a digest without a tag that cannot be read", async () => {
    await using world = await openWorld();
    seed(world.from, v1);
    world.target.fault({ match: { method: "HEAD", reference: v1.digest }, do: FORBIDDEN });
    const { plan } = await world.engine.plan(wanting([lineOf("v1.0.0", v1)], { immutable: [] }));
    expect(plan.actions).toEqual([]);
    expect(blockedRows(plan)).toEqual(["target-unknown v1.0.0 prod/oslo"]);
  });

  it("absent at the source where the store says so, and then source-missing", async () => {
    await using world = await openWorld();
    seed(world.from, v2);
    const { actual, plan } = await world.engine.plan(wanting(LINES));
    expect([...(actual.sources.get(ORIGIN)?.absent ?? [])]).toEqual([v1.digest]);
    expect(blockedRows(plan)).toEqual(["source-missing v1.0.0 prod/oslo"]);
  });

  it("unknown at the source where the answer is no answer, never absent", async () => {
    await using world = await openWorld();
    seed(world.from, v1);
    world.source.fault({ match: { method: "GET", kind: "manifest" }, do: FORBIDDEN });
    const { actual, plan } = await world.engine.plan(wanting([lineOf("v1.0.0", v1)]));
    expect(actual.sources.get(ORIGIN)?.absent.size).toBe(0);
    expect(blockedRows(plan)).toEqual(["source-unknown v1.0.0 prod/oslo"]);
    expect(plan.blocked[0]?.reason).toContain(v1.digest);
  });

  it("a note only, where a source that cannot be read is not needed", async () => {
    await using world = await openWorld();
    seed(world.to, v1, ["v1.0.0"]);
    world.source.fault({ match: {}, do: { ...FORBIDDEN } });
    const { plan } = await world.engine.plan(wanting([lineOf("v1.0.0", v1)]));
    expect(plan).toMatchObject({ actions: [], blocked: [], unchanged: 1 });
    expect(noteCodes(plan)).toEqual(["source-unknown"]);
  });
});

describe("one bad thing stops itself", () => {
  it("an index at the source whose child is gone, which names both digests", async () => {
    await using world = await openWorld();
    const web = multiArch();
    const [lost] = web.children;
    if (lost === undefined) throw new Error("expected a child");
    seed(world.from, web, ["v1.0.0"]);
    seed(world.from, v2, ["v2.0.0"]);
    world.from.manifests.delete(lost.digest);
    const { plan } = await world.engine.plan(
      wanting([lineOf("v2.0.0", v2), lineOf("v1.0.0", web)]),
    );
    expect(blockedRows(plan)).toEqual(["source-unknown v1.0.0 prod/oslo"]);
    expect(plan.blocked[0]?.reason).toContain(web.digest);
    expect(plan.blocked[0]?.reason).toContain(lost.digest);
    expect(plan.blocked[0]?.hint).toBe(
      "Push the index again with all its platforms, or register another digest.",
    );
    expect(plan.actions.map(({ op, version }) => `${op} ${version}`)).toEqual([
      "copy v2.0.0",
      "tag v2.0.0",
    ]);
  });

  it("a manifest at the source that is not what its digest says", async () => {
    await using world = await openWorld();
    seed(world.from, v1);
    world.from.putManifest(Buffer.from(v2.bytes), MEDIA.manifest, ["v1.0.0"], v1.digest);
    const { plan } = await world.engine.plan(wanting([lineOf("v1.0.0", v1)]));
    expect(blockedRows(plan)).toEqual(["source-unknown v1.0.0 prod/oslo"]);
  });

  it("an index in place that is broken, where its children's evidence had to be compared", async () => {
    await using world = await openWorld();
    const web = multiArch();
    const [child] = web.children;
    if (child === undefined) throw new Error("expected a child");
    const broken = blob('{"schemaVersion":2,"manifests":"none"}', MEDIA.index);
    world.to.putManifest(broken.bytes, MEDIA.index, ["v1.0.0"]);
    world.from.putManifest(broken.bytes, MEDIA.index, ["v1.0.0"]);
    seed(world.from, child, [`${child.digest.replace(":", "-")}.sig`]);
    seed(world.from, v2, ["v2.0.0"]);
    const { plan } = await world.engine.plan(
      wanting([lineOf("v2.0.0", v2), lineOf("v1.0.0", broken)]),
    );
    expect(blockedRows(plan)).toEqual(["target-unknown v1.0.0 prod/oslo"]);
    expect(plan.actions.map(({ version }) => version)).toEqual(["v2.0.0", "v2.0.0"]);
  });

  it.for([
    ["more children than any artifact has", 0],
    ["indexes within indexes without end", 10],
  ] as const)("%s, unread", async ([, nesting]) => {
    await using world = await openWorld();
    const children = Array.from({ length: nesting === 0 ? 2_001 : 1 }, (_, at) =>
      image({ seed: `child ${at}`, layers: 0 }),
    );
    let web = index(children);
    for (let depth = 0; depth < nesting; depth++) web = index([web]);
    seed(world.from, web, ["v1.0.0"]);
    const { plan } = await world.engine.plan(wanting([lineOf("v1.0.0", web)]));
    expect(blockedRows(plan)).toEqual(["source-unknown v1.0.0 prod/oslo"]);
    expect(plan.blocked[0]?.reason).toContain("holds more than 2000 manifests");
    expect(world.source.count({ kind: "manifest" })).toBeLessThan(12);
  });
});

describe("what is never asked", () => {
  it("a store of a kind that cannot be read yet: it is blocked, and the rest is looked at", async () => {
    await using world = await openWorld();
    seed(world.from, v1);
    const desired = wanting([lineOf("v1.0.0", v1)]);
    const [artifact] = desired.artifacts;
    if (artifact === undefined) throw new Error("expected an artifact");
    const own = artifact.places.map((place) => ({
      ...place,
      repository: repo(`${OSLO}/prod/payments/disk`),
    }));
    const source = repo("s3://bucket/disk");
    const files = { ...artifact, id: "payments/disk", source, places: own };
    const places = artifact.places.flatMap((place) => [
      place,
      { ...place, site: "tromso", repository: repo("file:./var/api") },
    ]);
    const { plan, actual } = await world.engine.plan({
      ...desired,
      artifacts: [{ ...artifact, places }, files],
    });
    expect(blockedRows(plan).map((row) => row.split(" ")[0])).toEqual([
      "store-not-supported",
      "store-not-supported",
    ]);
    expect([...actual.targets.keys()]).toEqual([`${OSLO}/prod/payments/api`]);
    expect(plan.actions.map(({ site }) => site)).toEqual(["oslo", "oslo"]);
  });

  it("anything, where nothing is in scope", async () => {
    await using world = await openWorld();
    const { plan } = await world.engine.plan(desiredState([channel("prod")], []));
    expect(plan).toMatchObject({ actions: [], blocked: [], notes: [] });
    expect([...world.source.requests, ...world.target.requests]).toEqual([]);
  });
});

describe("an observation that is interrupted", () => {
  it("ends, and is not taken for stores that fail", async () => {
    await using registry = await startRegistry();
    registry.fault({ match: { kind: "tags" }, do: { kind: "hang" } });
    const controller = new AbortController();
    registry.onRequest(() => controller.abort(new Error("interrupted by SIGINT")));
    await using engine = openEngine(
      { [SOURCE_HOST]: registry, [OSLO]: registry },
      { signal: controller.signal },
    );
    const desired = desiredState(
      [channel("prod")],
      [desiredArtifact("payments/api", { lines: [lineOf("v1.0.0", v1)] })],
    );
    await expect(engine.plan(desired)).rejects.toThrow("interrupted by SIGINT");
  });
});
