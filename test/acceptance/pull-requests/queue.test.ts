import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { image, seed } from "../../support/images.ts";
import { promotion, versionLine } from "../../support/workspace.ts";
import { Story } from "./story.ts";

const [one, two] = [image({ seed: "one" }), image({ seed: "two" })];
const API = "promotions/payments/api.yaml";
const WEB = "promotions/payments/web.yaml";
const API_STAGED = promotion("api", versionLine("v1.0.0", one, "channels: [staging]"));
const API_PROMOTED = promotion("api", versionLine("v1.0.0", one, "channels: [staging, prod]"));
const WEB_STAGED = promotion("web", versionLine("v1.0.0", two, "channels: [staging]"));

let story: Story;

beforeEach(async () => {
  story = await Story.open();
  for (const name of ["api", "web"])
    for (const built of [one, two])
      seed(story.workspace.source.repository(`staging/${name}`), built);
});
afterEach(() => story[Symbol.asyncDispose]());

describe("a second push while one is queued, by processes alone", { timeout: 300_000 }, () => {
  it("004-13 a merge that waited is done by the run of the next, and its own run has nothing left to do", async () => {
    const first = await story.mergeApproved({ [API]: API_STAGED });
    expect(await story.merged()).toMatchObject({ code: 0 });

    // The job of this merge waits for its turn; the next merge comes meanwhile, and its job runs first.
    const second = await story.mergeApproved({ [API]: API_PROMOTED });
    const queued = await story.commitAt("refs/heads/main");
    const third = await story.mergeApproved({ [WEB]: WEB_STAGED });
    const newer = await story.merged();
    expect(newer).toMatchObject({ code: 0, record: { prs: [second, third] } });
    expect(story.placed("payments/api")).toEqual(["stable", "v1.0.0"]);
    expect(story.placed("preprod/payments/web")).toEqual(["v1.0.0"]);
    for (const number of [first, second, third])
      expect(story.comments(number)).toEqual([expect.stringContaining("Merged and done")]);

    const asked = story.workspace.target.requests.length;
    const late = await story.apply({ commit: queued });
    expect(late).toMatchObject({ code: 0, record: undefined });
    expect(story.workspace.target.requests).toHaveLength(asked);
  });

  it("the check of an older head does not overwrite what the newer one said", async () => {
    const number = await story.workspace.propose({ [API]: API_STAGED });
    const older = await story.plan(number);
    const more = promotion(
      "api",
      versionLine("v1.0.0", one, "channels: [staging]"),
      versionLine("v2.0.0", two, "channels: [staging]"),
    );
    await story.workspace.github.push({ branch: "change", by: "bob", files: { [API]: more } });
    const newer = await story.plan(number);
    expect(await story.report(number, newer)).toMatchObject({ code: 0 });
    const [said] = story.comments(number);
    expect(said).toContain("v2.0.0");
    expect(await story.report(number, older)).toMatchObject({ code: 0 });
    expect(story.comments(number)).toEqual([said]);
  });

  it("002-04 a merge queue asks both checks of its group, and applies nothing", async () => {
    const number = await story.workspace.propose({ [API]: API_STAGED });
    const waits = await story.grouped(number);
    expect(waits.plan).toMatchObject({ code: 0 });
    expect(waits.plan.outputs.get("result")).toBe("changes");
    expect(waits.approval).toMatchObject({ code: 4 });
    story.workspace.github.review(number, { by: "alice" });
    const { plan, approval } = await story.grouped(number);
    expect([plan.code, approval.code]).toEqual([0, 0]);
    const { target } = story.workspace;
    expect(target.requests.filter(({ method }) => !["GET", "HEAD"].includes(method))).toEqual([]);
    expect(story.comments(number)).toEqual([]);
  });
});
