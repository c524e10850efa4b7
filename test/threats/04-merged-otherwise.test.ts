import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { image, seed } from "../support/images.ts";
import { runVerb } from "../support/run-verb.ts";
import { openWorkspace, promotion, versionLine } from "../support/workspace.ts";
import { APP, API, applyJob, openForge, OTHER, staged, tagsOf, writesOf } from "./merging.ts";

describe("threat 4: what is merged is not what was reviewed", { timeout: 60_000 }, () => {
  it.for([
    ["a commit pushed after the review", "refs/heads/change"],
    ["a branch that was reset under it", "refs/heads/main"],
  ] as const)("%s is covered by no approval", async ([, from]) => {
    await using workspace = await openForge();
    const number = await workspace.propose({ [API]: staged({ "v1.0.0": APP }) });
    workspace.github.review(number, { by: "alice" });
    const files = { [API]: staged({ "v1.0.0": OTHER }) };
    await workspace.github.push({ branch: "change", by: "bob", files, from });
    await workspace.github.merge(number, { by: "dave" });
    expect(await applyJob(workspace)).toMatchObject({ code: 4 });
    expect(writesOf(workspace)).toEqual([]);
  });

  it("an approval of the very head covers it", async () => {
    await using workspace = await openForge();
    const number = await workspace.propose({ [API]: staged({ "v1.0.0": APP }) });
    const files = { [API]: staged({ "v1.0.0": OTHER }) };
    await workspace.github.push({ branch: "change", by: "bob", files });
    workspace.github.review(number, { by: "alice" });
    await workspace.github.merge(number, { by: "dave" });
    expect(await applyJob(workspace)).toMatchObject({ code: 0 });
    expect(tagsOf(workspace).get("v1.0.0")).toBe(OTHER.digest);
  });

  it("a plan from before does not let in what came later", async () => {
    await using workspace = await openWorkspace();
    const { root, source, target } = workspace;
    const [one, two] = [image({ seed: "one" }), image({ seed: "two" })];
    for (const built of [one, two]) seed(source.repository("staging/api"), built);
    const line = versionLine("v1.0.0", one, "channels: [staging]");
    workspace.commit({ [API]: promotion("api", line) });
    const plan = join(root, "plan.json");
    await runVerb(["plan", "--out", plan], { folder: root });
    const more = versionLine("v2.0.0", two, "channels: [staging]");
    workspace.commit({ [API]: promotion("api", line, more) });
    const { exitCode } = await runVerb(["apply", "--plan", plan], { folder: root });
    expect(exitCode).toBe(4);
    expect([...target.repository("preprod/payments/api").tags.keys()]).toEqual(["v1.0.0"]);
  });
});
