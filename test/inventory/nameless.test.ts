import { describe, expect, it } from "vitest";
import { lineOf, openEngine } from "../support/engine.ts";
import { image, sbomFor, seed } from "../support/images.ts";
import { actionRows } from "../support/plans.ts";
import { OSLO, openWorld, SOURCE_HOST, wanting } from "./world.ts";

const app = image();
const desired = wanting([lineOf("v1.0.0", app)]);

describe("a digest that a listing proves and no tag names", () => {
  it("promise 4: is looked at closely before it gets a tag, and lacking evidence is copied first", async () => {
    await using world = await openWorld({ target: { google: true } });
    seed(world.from, app);
    const sbom = sbomFor(app);
    seed(world.from, sbom);
    seed(world.to, app);
    const { plan } = await world.engine.apply(desired);
    expect(actionRows(plan)).toEqual(["copy v1.0.0 prod/oslo", "tag v1.0.0 prod/oslo v1.0.0"]);
    expect(world.to.manifests.has(sbom.digest)).toBe(true);
    await using later = openEngine({ [SOURCE_HOST]: world.source, [OSLO]: world.target });
    expect((await later.plan(desired, "deep")).plan.actions).toEqual([]);
  });

  it("only gets its tag where it is whole", async () => {
    await using world = await openWorld({ target: { google: true } });
    seed(world.from, app);
    seed(world.to, app);
    expect(actionRows((await world.engine.plan(desired)).plan)).toEqual([
      "tag v1.0.0 prod/oslo v1.0.0",
    ]);
  });
});
