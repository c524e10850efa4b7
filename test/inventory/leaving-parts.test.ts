import { describe, expect, it } from "vitest";
import { digestOfBuilt, lineOf } from "../support/engine.ts";
import { multiArch, seed } from "../support/images.ts";
import { blockedRows } from "../support/plans.ts";
import { openWorld, wanting } from "./world.ts";

describe("a part and the index that lists it leave together", () => {
  it("promise 4: the part stays where a tag keeps the index", async () => {
    await using world = await openWorld();
    const web = multiArch();
    const [child] = web.children;
    if (child === undefined) throw new Error("expected a child");
    seed(world.to, web, ["v2.0.0", "stable"]);
    world.to.tags.set("v1.0.0", child.digest);
    const retired = { state: "retired" } as const;
    const lines = [lineOf("v2.0.0", web, retired), lineOf("v1.0.0", child, retired)];
    const moving = new Map([["stable", "newest-stable"]] as const);
    const { actual, plan } = await world.engine.plan(wanting(lines, { moving }));
    const heldBy = [...actual.targets.values()].map((target) =>
      target.heldBy?.get(digestOfBuilt(child)),
    );
    expect(heldBy).toEqual([[web.digest]]);
    expect(plan.actions.map(({ op }) => op)).toEqual(["untag", "untag"]);
    expect(blockedRows(plan)).toEqual([
      "still-needed v1.0.0 prod/oslo",
      "still-needed v2.0.0 prod/oslo",
    ]);
  });
});
