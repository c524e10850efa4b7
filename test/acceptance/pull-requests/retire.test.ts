import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { image, seed } from "../../support/images.ts";
import { promotion, versionLine } from "../../support/workspace.ts";
import { Story } from "./story.ts";

const [one, two] = [image({ seed: "one" }), image({ seed: "two" })];
const FILE = "promotions/payments/api.yaml";
const PLACE = "preprod/payments/api";
const STAGED = promotion("api", versionLine("v1.0.0", one, "channels: [staging]"));
const RETIRED = promotion(
  "api",
  versionLine("v1.0.0", one, "state: retired, reason: CVE-2026-1111"),
  versionLine("v2.0.0", two, "channels: [staging]"),
);

let story: Story;

beforeEach(async () => {
  story = await Story.open();
  for (const built of [one, two]) seed(story.workspace.source.repository("staging/api"), built);
});
afterEach(() => story[Symbol.asyncDispose]());

describe("a version that is retired, by processes alone", { timeout: 300_000 }, () => {
  it("004-02 000-30 is shown as destructive, and the rest is done: the removal is told as not done, exit 4", async () => {
    const { github, target } = story.workspace;
    await story.mergeApproved({ [FILE]: STAGED });
    expect(await story.merged()).toMatchObject({ code: 0 });

    const number = await story.workspace.propose({ [FILE]: RETIRED });
    const planned = await story.checks(number);
    expect(planned.code).toBe(4);
    expect(Object.fromEntries(planned.outputs)).toMatchObject({
      result: "blocked",
      destructive: "2",
    });
    const [asked = ""] = story.comments(number);
    const open = asked.split("<details>", 1)[0] ?? "";
    expect(open).toContain("Destructive");
    expect(open).toContain("| payments/api | **delete** | `v1.0.0` |");

    for (const by of ["alice", "carol"]) github.review(number, { by });
    expect(await story.approval(number)).toMatchObject({ code: 0 });
    await github.merge(number, { by: "dave" });
    const applied = await story.merged();
    expect(applied.code).toBe(4);
    const { tags } = target.repository(PLACE);
    expect(Object.fromEntries(tags)).toEqual({ "v1.0.0": one.digest, "v2.0.0": two.digest });
    expect(target.requests.filter(({ method }) => method === "DELETE")).toEqual([]);

    const [said = ""] = story.comments(number);
    expect(said).toContain("not all of it done");
    expect(said).toMatch(/delete `v1\.0\.0` of payments\/api/);
    expect(story.issues()).toMatchObject([{ state: "open" }]);
    const [record] = await story.notes();
    const removals = record?.outcomes.filter(
      ({ key: { op } }) => op === "untag" || op === "delete",
    );
    expect(removals).toMatchObject([{ status: "refused" }, { status: "refused" }]);
  });
});
