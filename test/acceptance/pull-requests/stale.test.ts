import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { image, seed } from "../../support/images.ts";
import { promotion, versionLine } from "../../support/workspace.ts";
import { Story } from "./story.ts";

const [one, two, other] = [image({ seed: "one" }), image({ seed: "two" }), image({ seed: "x" })];
const API = "promotions/payments/api.yaml";
const WEB = "promotions/payments/web.yaml";

/** Two versions of `name`, each in these channels. */
function file(name: string, first: string, second: string): string {
  return promotion(
    name,
    versionLine("v1.0.0", one, `channels: [${first}]`),
    versionLine("v2.0.0", two, `channels: [${second}]`),
  );
}

let story: Story;

beforeEach(async () => {
  story = await Story.open();
  for (const name of ["api", "web"])
    for (const built of [one, two])
      seed(story.workspace.source.repository(`staging/${name}`), built);
});
afterEach(() => story[Symbol.asyncDispose]());

describe("a merge whose plan went stale, by processes alone", { timeout: 300_000 }, () => {
  it("004-13 does what is right now, and not what the plan said: nothing twice, no tag back", async () => {
    const { github, target } = story.workspace;
    await story.mergeApproved({ [API]: file("api", "staging", "staging") });
    expect(await story.merged()).toMatchObject({ code: 0 });

    // Its plan would make `stable` v1.0.0; before it is merged, v2.0.0 reaches prod.
    const number = await story.workspace.propose(
      { [API]: file("api", "staging, prod", "staging") },
      { branch: "older" },
    );
    const planned = await story.checks(number);
    expect(story.comments(number)[0]).toContain("`stable`");
    for (const by of ["alice", "carol"]) github.review(number, { by });
    await story.mergeApproved({ [API]: file("api", "staging", "staging, prod") });
    expect(await story.merged()).toMatchObject({ code: 0 });
    await story.report(number, planned);
    expect(story.comments(number)[0]).toContain("**Stale**");

    // Both lines merge without a conflict only where somebody says what both mean.
    await github.push({
      branch: "older",
      by: "bob",
      from: "refs/heads/main",
      files: { [API]: file("api", "staging, prod", "staging, prod") },
    });
    for (const by of ["alice", "carol"]) github.review(number, { by });
    await github.merge(number, { by: "dave" });
    const applied = await story.merged();
    expect(applied).toMatchObject({ code: 0 });
    const { tags } = target.repository("payments/api");
    expect(Object.fromEntries(tags)).toEqual({
      "v1.0.0": one.digest,
      "v2.0.0": two.digest,
      stable: two.digest,
    });
  });

  it("000-30 leaves undone what somebody else's bytes are in the way of, does the rest, and says so", async () => {
    const { github, target } = story.workspace;
    await story.mergeApproved({ [WEB]: file("web", "", "staging") });
    expect(await story.merged()).toMatchObject({ code: 0 });
    const number = await story.workspace.propose({
      [API]: file("api", "staging", "staging"),
    });
    const planned = await story.checks(number);
    expect(planned).toMatchObject({ code: 0 });
    github.review(number, { by: "alice" });
    await github.merge(number, { by: "dave" });

    // Between the review and the job, a hand puts other bytes under a tag of git's.
    seed(target.repository("preprod/payments/api"), other, ["v1.0.0"]);
    const applied = await story.merged();
    expect(applied.code).toBe(4);
    const { tags } = target.repository("preprod/payments/api");
    expect(Object.fromEntries(tags)).toEqual({ "v1.0.0": other.digest, "v2.0.0": two.digest });
    expect(story.comments(number)).toEqual([expect.stringContaining("not all of it done")]);
    expect(story.issues()).toMatchObject([{ state: "open" }]);
  });
});
