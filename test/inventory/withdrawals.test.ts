import { describe, expect, it } from "vitest";
import { digestOfBuilt, lineOf } from "../support/engine.ts";
import { image, index, multiArch, seed, type Built } from "../support/images.ts";
import { actionRows, blockedRows, noteCodes } from "../support/plans.ts";
import { openWorld, placeIn, wanting } from "./world.ts";

const old = image({ seed: "old" });
const current = image({ seed: "current" });
const retired = lineOf("v1.0.0", old, { state: "retired", reason: "out of support" });
const STABLE = { moving: new Map([["stable", "newest-stable"]] as const) };

describe("what may be withdrawn", () => {
  it("is found by its tag in the listing, and planned as destructive", async () => {
    await using world = await openWorld();
    seed(world.to, old, ["v1.0.0"]);
    const { plan } = await world.engine.plan(wanting([retired]));
    expect(actionRows(plan)).toEqual(["delete v1.0.0 prod/oslo", "untag v1.0.0 prod/oslo v1.0.0"]);
    expect(plan.actions.every(({ destructive }) => destructive)).toBe(true);
    expect(world.source.requests).toEqual([]);
  });

  it("is foreign where the tag names other content: noted and not touched", async () => {
    await using world = await openWorld();
    seed(world.to, current, ["v1.0.0"]);
    const { plan } = await world.engine.plan(wanting([retired]));
    expect(plan).toMatchObject({ actions: [], blocked: [] });
    expect(noteCodes(plan)).toEqual(["foreign-content"]);
  });

  it("stays unknown where its tag cannot be read", async () => {
    await using world = await openWorld();
    seed(world.to, old, ["v1.0.0"]);
    world.target.fault({
      match: { method: "HEAD", reference: "v1.0.0" },
      do: { kind: "answer", status: 403 },
    });
    const { plan } = await world.engine.plan(wanting([retired]));
    expect(actionRows(plan)).toEqual([]);
    expect(blockedRows(plan)).toEqual(["target-unknown v1.0.0 prod/oslo"]);
  });
});

describe("an index that stays holds what it lists", () => {
  const web = multiArch();
  const child = digestOfBuilt(required(web.children[0]));
  const part = { ...retired, digest: child };

  it.for([
    ["directly", web],
    ["through an index in it", index([web])],
  ] as const)("%s", async ([, holder]: readonly [string, Built]) => {
    await using world = await openWorld();
    for (const repository of [world.from, world.to]) seed(repository, holder, ["v2.0.0"]);
    world.to.tags.set("v1.0.0", child);
    const { actual, plan } = await world.engine.plan(wanting([lineOf("v2.0.0", holder), part]));
    expect(placeIn(actual).heldBy?.get(child)).toEqual([holder.digest]);
    expect(actionRows(plan)).toEqual(["untag v1.0.0 prod/oslo v1.0.0"]);
    expect(blockedRows(plan)).toEqual(["still-needed v1.0.0 prod/oslo"]);
    expect(plan.blocked[0]?.reason).toContain(holder.digest);
  });

  it("as far as it can be read: what cannot be read may hold anything", async () => {
    await using world = await openWorld();
    for (const repository of [world.from, world.to]) seed(repository, web, ["v2.0.0"]);
    world.to.tags.set("v1.0.0", child);
    world.target.fault({
      match: { method: "GET", reference: web.digest, times: Infinity },
      do: { kind: "answer", status: 403 },
    });
    const { plan } = await world.engine.plan(wanting([lineOf("v2.0.0", web), part]));
    expect(plan.actions.filter(({ op }) => op === "delete")).toEqual([]);
  });

  it("and is not read where nothing leaves", async () => {
    await using world = await openWorld();
    for (const repository of [world.from, world.to]) seed(repository, web, ["v2.0.0"]);
    await world.engine.plan(wanting([lineOf("v2.0.0", web), part]));
    expect(world.target.count({ method: "GET", kind: "manifest" })).toBe(0);
  });
});

describe("a moving tag for which no version qualifies", () => {
  it("is looked at where something leaves: what it does not name may go", async () => {
    await using world = await openWorld();
    seed(world.to, old, ["v1.0.0"]);
    seed(world.to, current, ["stable"]);
    const { actual, plan } = await world.engine.plan(wanting([retired], STABLE));
    expect(placeIn(actual).tags.get("stable")).toBe(current.digest);
    expect(actionRows(plan)).toEqual(["delete v1.0.0 prod/oslo", "untag v1.0.0 prod/oslo v1.0.0"]);
  });

  it("keeps what it names", async () => {
    await using world = await openWorld();
    seed(world.to, old, ["v1.0.0", "stable"]);
    const { plan } = await world.engine.plan(wanting([retired], STABLE));
    expect(actionRows(plan)).toEqual(["untag v1.0.0 prod/oslo v1.0.0"]);
    expect(blockedRows(plan)).toEqual(["still-needed v1.0.0 prod/oslo"]);
    expect(plan.blocked[0]?.reason).toContain("the tag stable names it");
  });

  it("is not asked for where the listing does not have it, nor where nothing leaves", async () => {
    await using world = await openWorld();
    seed(world.to, old, ["v1.0.0"]);
    await world.engine.plan(wanting([retired], STABLE));
    expect(world.target.count({ reference: "stable" })).toBe(0);
    await using calm = await openWorld();
    const candidate = image({ seed: "rc" });
    for (const repository of [calm.from, calm.to]) seed(repository, candidate, ["v3.0.0-rc.1"]);
    seed(calm.to, current, ["stable"]);
    const { plan } = await calm.engine.plan(wanting([lineOf("v3.0.0-rc.1", candidate)], STABLE));
    expect(calm.target.count({ reference: "stable" })).toBe(0);
    expect(noteCodes(plan)).toContain("no-candidate");
  });
});

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error("expected a value");
  return value;
}
