import { describe, expect, it } from "vitest";
import { image, sbomFor, seed, type Built } from "../support/images.ts";
import type { Ended } from "../support/real/program.ts";
import {
  promotionsRepository,
  type PromotionsRepository,
} from "../support/real/promotions-repository.ts";
import { layoutReader, walk } from "../support/real/walk.ts";
import { PROFILES, startRegistry, type Registry } from "../support/registry/index.ts";
import { openWorld } from "./world.ts";

const APPLY = ["apply", "--yes"];

/** Starts them together, and waits for all. */
async function together(
  ...repositories: readonly PromotionsRepository[]
): Promise<readonly Ended[]> {
  return Promise.all(repositories.map((repository) => repository.start(APPLY).ended));
}

/** The one image that both teams promote, each with a document of its own about it. */
const APP = image({ seed: "of both" });

async function team(
  name: string,
  target: string,
): Promise<PromotionsRepository & { source: Registry }> {
  const source = await startRegistry(PROFILES.zot);
  const own = image({ seed: name });
  const from = source.repository("builds/api");
  seed(from, APP, ["v1.0.0"]);
  seed(from, own, [`v1.0.0-${name}`]);
  seed(from, sbomFor(APP, name));
  const repository = await promotionsRepository({
    sites: { oslo: target },
    channels: { prod: { to: "prod/{name}", sites: { require: ["oslo"] } } },
    artifacts: [
      {
        id: "shop/api",
        source: `${source.host}/builds/api`,
        versions: [APP, own].map((built: Built) => ({
          version: built === APP ? "v1.0.0" : `v1.0.0-${name}`,
          digest: built.digest,
          channels: ["prod"],
        })),
      },
    ],
  });
  return Object.assign(repository, { source });
}

describe("two runs at once", { timeout: 60_000 }, () => {
  it("of one promotions repository both end well, and everything is there", async () => {
    await using world = await openWorld({ target: PROFILES.distribution });
    const ends = await together(world.repository, world.repository);
    expect(
      ends.map(({ code }) => code),
      `${ends[0]?.stdout}${ends[1]?.stdout}`,
    ).toEqual([0, 0]);
    expect(world.lacks()).toEqual([]);
    expect((await world.run("plan", "--deep", "--detailed-exitcode")).code).toBe(0);
  });

  it.for([
    ["a registry without the referrers API", PROFILES.distribution],
    ["one that keeps If-Match", { ...PROFILES.distribution, conditional: "if-match" }],
  ] as const)(
    "002-43 of two teams into one repository of %s lose nothing: the list of referrers has both",
    async ([, profile]) => {
      await using target = await startRegistry(profile);
      await using red = await team("red", target.host);
      await using blue = await team("blue", target.host);
      const ends = await together(red, blue);
      for (const end of ends) expect([0, 1], end.stdout).toContain(end.code);
      // Whoever lost a race was told so, and its next run does what is left.
      for (const repository of [red, blue])
        expect((await repository.start([...APPLY, "--deep"]).ended).code).toBe(0);
      const to = target.repository("prod/api");
      expect(to.sortedTags().filter((tag) => tag.startsWith("v"))).toEqual([
        "v1.0.0",
        "v1.0.0-blue",
        "v1.0.0-red",
      ]);
      const list = to.resolve(APP.digest.replace(":", "-"))?.bytes.toString("utf8");
      for (const name of ["red", "blue"]) expect(list).toContain(sbomFor(APP, name).digest);
      await red.source.close();
      await blue.source.close();
    },
  );

  it("002-43 of two teams into one layout both end well: the lock decides", async () => {
    await using place = await promotionsRepository();
    const store = `oci-layout:${place.path("var")}`;
    await using red = await team("red", store);
    await using blue = await team("blue", store);
    const ends = await together(red, blue);
    expect(
      ends.map(({ code }) => code),
      `${ends[0]?.stdout}${ends[1]?.stdout}`,
    ).toEqual([0, 0]);
    // Whoever found the other's copy in place has not looked for evidence of its own: that is what --deep is for.
    for (const repository of [red, blue])
      expect((await repository.start([...APPLY, "--deep"]).ended).code).toBe(0);
    const { tags, manifests } = await walk(layoutReader(place.path("var/prod/api")));
    expect([...tags.keys()].filter((tag) => tag.startsWith("v")).toSorted()).toEqual([
      "v1.0.0",
      "v1.0.0-blue",
      "v1.0.0-red",
    ]);
    for (const name of ["red", "blue"])
      expect([...manifests.keys()]).toContain(sbomFor(APP, name).digest);
    await red.source.close();
    await blue.source.close();
  });
});
