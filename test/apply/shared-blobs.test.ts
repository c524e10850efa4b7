import { describe, expect, it } from "vitest";
import { openWorld } from "../inventory/world.ts";
import { lineOf } from "../support/engine.ts";
import { image, seed } from "../support/images.ts";
import { channel, desiredArtifact, desiredState, repo } from "../support/state.ts";

const one = image({ seed: "one", layers: 2, sharedLayers: 1 });
const two = image({ seed: "two", layers: 2, sharedLayers: 1 });
const shared = one.blobs.find(({ digest }) => two.blobs.some((blob) => blob.digest === digest));
const desired = desiredState(
  [channel("prod", { to: "prod/all" })],
  [
    desiredArtifact("payments/one", { lines: [lineOf("v1.0.0", one)] }),
    desiredArtifact("payments/two", {
      lines: [lineOf("v2.0.0", two)],
      source: repo("registry.example.com/staging/two"),
    }),
  ],
);

describe("two artifacts of one repository with a blob in common", () => {
  it("promise 7: the second has it from its own source where the first's lacks it", async () => {
    await using world = await openWorld();
    seed(world.from, one);
    seed(world.source.repository("staging/two"), two);
    world.from.blobs.delete(shared?.digest ?? "");
    const { outcome } = await world.engine.apply(desired);
    expect(outcome.results.map(({ action, status }) => `${action.version} ${status}`)).toEqual([
      "v1.0.0 failed",
      "v1.0.0 failed",
      "v2.0.0 done",
      "v2.0.0 done",
    ]);
    expect([...world.target.repository("prod/all").tags.keys()]).toEqual(["v2.0.0"]);
  });

  it("is moved once where all is well", async () => {
    await using world = await openWorld();
    seed(world.from, one);
    seed(world.source.repository("staging/two"), two);
    const { events } = await world.engine.apply(desired);
    const moves = events.filter((event) => event.kind === "blob");
    expect(moves.filter(({ digest }) => digest === shared?.digest)).toHaveLength(1);
  });
});
