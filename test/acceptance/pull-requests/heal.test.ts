import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { image, seed } from "../../support/images.ts";
import { promotion, versionLine } from "../../support/workspace.ts";
import { Story, type Applied } from "./story.ts";

const built = image({ seed: "app" });
const FILE = "promotions/payments/api.yaml";
const PLACE = "preprod/payments/api";
const STAGED = promotion("api", versionLine("v1.0.0", built, "channels: [staging]"));
const WEB_STAGED = promotion("web", versionLine("v1.0.0", built, "channels: [staging]"));

let story: Story;

beforeEach(async () => {
  story = await Story.open();
  for (const name of ["api", "web"])
    seed(story.workspace.source.repository(`staging/${name}`), built);
});
afterEach(() => story[Symbol.asyncDispose]());

/** Runs a merge's job, and kills it as a machine that stops would: blobs are there, and no manifest yet. */
async function killedApply(): Promise<Applied> {
  const { target } = story.workspace;
  const match = { kind: "manifest", method: "PUT", times: 1 } as const;
  target.fault({ match, do: { kind: "hang" } });
  const killed = await story.apply({
    meet: (child) =>
      target.onRequest((_, { kind, method }) => {
        if (kind === "manifest" && method === "PUT") child.kill("SIGKILL");
      }),
  });
  target.clearFaults();
  target.onRequest(() => undefined);
  return killed;
}

describe("an apply that is killed half-way, by processes alone", { timeout: 300_000 }, () => {
  it("004-13 000-30 the same job again does what is left, and tells it everywhere", async () => {
    const { target } = story.workspace;
    const number = await story.mergeApproved({ [FILE]: STAGED });
    const killed = await killedApply();
    expect(killed).toMatchObject({ code: null, record: undefined });
    expect(story.placed(PLACE)).toEqual([]);
    expect(target.repository(PLACE).blobs.size).toBeGreaterThan(0);
    expect(story.comments(number)).toEqual([]);

    const before = target.requests.length;
    const again = await story.merged();
    expect(again).toMatchObject({ code: 0 });
    expect(story.placed(PLACE)).toEqual(["v1.0.0"]);
    expect(story.comments(number)).toEqual([expect.stringContaining("Merged and done")]);
    expect(await story.notes()).toMatchObject([{ prs: [number] }]);
    const sentAgain = target.requests
      .slice(before)
      .filter(({ kind, method }) => kind === "upload" && method === "PUT");
    expect(sentAgain).toEqual([]);
  });

  it("004-13 the job of the next merge does it too, though that asks for nothing of it", async () => {
    await story.mergeApproved({ "promotions/payments/web.yaml": WEB_STAGED });
    expect(await story.merged()).toMatchObject({ code: 0 });
    const number = await story.mergeApproved({ [FILE]: STAGED });
    expect(await killedApply()).toMatchObject({ code: null });

    await story.mergeApproved({ "README.md": "nothing to do with it" }, []);
    const next = await story.merged();
    expect(next).toMatchObject({ code: 0 });
    expect(next.record?.prs).toContain(number);
    expect(story.placed(PLACE)).toEqual(["v1.0.0"]);
    expect(story.comments(number)).toEqual([expect.stringContaining("Merged and done")]);
  });
});
