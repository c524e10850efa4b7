import { describe, expect, it } from "vitest";
import { image, seed } from "../../../support/images.ts";
import { lineOf } from "../../../support/engine.ts";
import { openWorld, wanting } from "../../../inventory/world.ts";

const app = image();
const desired = wanting([lineOf("v1.0.0", app)]);

function denial(code: string): { kind: "answer"; status: 404; body: string } {
  return {
    kind: "answer",
    status: 404,
    body: JSON.stringify({ errors: [{ code, message: "no" }] }),
  };
}

describe("promise 3: a 404 that says that the right is lacking is no absence", () => {
  it.for(["DENIED", "UNAUTHORIZED"])("%s for a target's listing", async (code) => {
    await using world = await openWorld();
    seed(world.from, app);
    world.target.fault({ match: { kind: "tags", times: Infinity }, do: denial(code) });
    const { plan } = await world.engine.plan(desired);
    expect(plan.actions).toEqual([]);
    expect(plan.blocked).toMatchObject([{ code: "target-unknown" }]);
  });

  it("for a source's manifest: unknown, and not missing", async () => {
    await using world = await openWorld();
    seed(world.from, app);
    const match = { method: "GET", reference: app.digest, times: Infinity } as const;
    world.source.fault({ match, do: denial("DENIED") });
    const { plan } = await world.engine.plan(desired);
    expect(plan.blocked).toMatchObject([{ code: "source-unknown" }]);
  });

  it("and any other 404 is one", async () => {
    await using world = await openWorld();
    seed(world.from, app);
    world.target.fault({ match: { kind: "tags" }, do: denial("NAME_UNKNOWN") });
    expect((await world.engine.plan(desired)).plan.blocked).toEqual([]);
  });
});
