import { describe, expect, it } from "vitest";
import { openWorld, wanting } from "../inventory/world.ts";
import { lineOf } from "../support/engine.ts";
import {
  artifact,
  fallbackIndex,
  image,
  index,
  sbomFor,
  seed,
  type Built,
} from "../support/images.ts";

const app = image();
const desired = wanting([lineOf("v1.0.0", app)]);

describe("a manifest that is listed many times", () => {
  it("is written once: indexes that share what they list do not multiply", async () => {
    await using world = await openWorld();
    let level: readonly Built[] = [image({ seed: "leaf" })];
    for (let depth = 0; depth < 5; depth++) {
      level = ["a", "b"].map((side) => index(level, { annotations: { side: `${depth}${side}` } }));
    }
    const top = index(level);
    seed(world.from, top);
    const { outcome } = await world.engine.apply(wanting([lineOf("v1.0.0", top)]));
    expect(outcome).toMatchObject({ planned: 2, observed: 2 });
    expect(world.target.count({ method: "PUT", kind: "manifest" })).toBe(world.to.manifests.size);
  });

  it("is tried again where its subject has to be there first", async () => {
    await using world = await openWorld({ target: { subjectRequired: true } });
    seed(world.from, app);
    const sbom = sbomFor(app);
    seed(world.from, sbom);
    expect((await world.engine.apply(desired)).outcome).toMatchObject({ planned: 2, observed: 2 });
    expect(world.to.manifests.has(sbom.digest)).toBe(true);
  });
});

describe("a list of referrers that is wrong", () => {
  const stranger = artifact({ files: { a: "about nothing" } });
  it.for<readonly [string, Built, boolean, string]>([
    ["names what is about something else", stranger, true, "and it is about nothing"],
    ["names what is not there", sbomFor(app, "lost"), false, "and does not hold it"],
  ])("%s: the copy fails aloud, without a tag", async ([, listed, isThere, words]) => {
    await using world = await openWorld({ source: { referrers: "off" } });
    seed(world.from, app);
    if (isThere) seed(world.from, listed);
    const fallback = fallbackIndex(app, [listed]);
    world.from.putManifest(fallback.index.bytes, fallback.index.mediaType, [fallback.tag]);
    const { outcome } = await world.engine.apply(desired);
    expect(outcome.observed).toBe(0);
    for (const { code, message } of outcome.results) {
      expect(code).toBe("invalid-answer");
      expect(message).toContain(listed.digest);
      expect(message).toContain(words);
    }
    expect(world.to.snapshot()).toMatchObject({ tags: {}, manifests: [] });
  });
});
