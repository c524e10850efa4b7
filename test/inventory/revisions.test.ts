import { describe, expect, it } from "vitest";
import { lineOf } from "../support/engine.ts";
import { image, index, multiArch, seed, type Built } from "../support/images.ts";
import { actionRows, blockedRows } from "../support/plans.ts";
import { openWorld, wanting } from "./world.ts";

const COMMIT = "0123456789abcdef0123456789abcdef01234567";
const REVISION = "org.opencontainers.image.revision";
const told = { [REVISION]: COMMIT };

async function tagsPlanned(built: Built): Promise<readonly string[]> {
  await using world = await openWorld();
  seed(world.from, built);
  const { plan } = await world.engine.plan(
    wanting([lineOf("v1.0.0", built)], { immutable: ["git-{shortRevision}", "{revision}"] }),
  );
  return [...actionRows(plan), ...blockedRows(plan)];
}

const BOTH = [
  "copy v1.0.0 prod/oslo",
  `tag v1.0.0 prod/oslo ${COMMIT}`,
  "tag v1.0.0 prod/oslo git-0123456",
];

describe("002-12 the revision that tags are made of comes from", () => {
  it.for([
    ["an image's annotations", image({ annotations: told })],
    ["an image's labels", image({ labels: told })],
    ["a Docker image's labels", image({ labels: told, docker: true })],
    ["an index's annotations", index([image()], { annotations: told })],
    ["the first child of an index", multiArch(["amd64", "arm64"], { labels: told })],
    ["the first child of an index in an index", index([multiArch(["amd64"], { labels: told })])],
  ] as const)("%s", async ([, built]: readonly [string, Built]) => {
    expect(await tagsPlanned(built)).toEqual(BOTH);
  });

  it.for([
    ["nothing", image()],
    ["a text that is no commit", image({ annotations: { [REVISION]: "main" } })],
    ["a text that leaves the tag", image({ annotations: { [REVISION]: `../${COMMIT}` } })],
    ["a label with a newline", image({ labels: { [REVISION]: `${COMMIT}\nlatest` } })],
    ["a text of another length", image({ labels: { [REVISION]: "abc" } })],
    ["upper case", image({ labels: { [REVISION]: COMMIT.toUpperCase() } })],
  ] as const)(
    "nowhere, for %s: those tags are blocked, and the digest is still copied",
    async ([, built]: readonly [string, Built]) => {
      const rows = await tagsPlanned(built);
      expect(rows.filter((row) => row.startsWith("revision-missing"))).toHaveLength(2);
      expect(rows.filter((row) => row.startsWith("tag"))).toEqual([]);
    },
  );

  it.for([
    ["a manifest", "manifest"],
    ["a config", "blob"],
  ] as const)(
    "nobody knows where, while %s cannot be read: that is no image without one",
    async ([, kind]: readonly [string, "manifest" | "blob"]) => {
      await using world = await openWorld();
      const built = image({ labels: told });
      seed(world.from, built);
      world.source.fault({
        match: { method: "GET", kind, times: Infinity },
        do: { kind: "answer", status: 403 },
      });
      const { plan } = await world.engine.plan(
        wanting([lineOf("v1.0.0", built)], { immutable: ["{revision}"] }),
      );
      const rows = blockedRows(plan);
      expect(rows).toContain("source-unknown v1.0.0 prod/oslo");
      expect(rows.filter((row) => row.startsWith("revision-missing"))).toEqual([]);
    },
  );

  it("the place, where the source no longer holds the image", async () => {
    await using world = await openWorld();
    const built = image({ labels: told });
    seed(world.to, built, [COMMIT]);
    const { plan } = await world.engine.plan(
      wanting([lineOf("v1.0.0", built)], { immutable: ["{revision}"] }),
    );
    expect(plan).toMatchObject({ actions: [], blocked: [], unchanged: 1 });
  });

  it("no image at all, where no tag asks for it", async () => {
    await using world = await openWorld();
    const built = image({ labels: told });
    for (const repository of [world.from, world.to]) seed(repository, built, ["v1.0.0"]);
    await world.engine.plan(wanting([lineOf("v1.0.0", built)]));
    expect(world.source.count({ kind: "manifest" }) + world.source.count({ kind: "blob" })).toBe(0);
  });
});
