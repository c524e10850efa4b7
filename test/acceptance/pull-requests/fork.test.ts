import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { image, seed } from "../../support/images.ts";
import { promotion, versionLine } from "../../support/workspace.ts";
import { Story } from "./story.ts";

const built = image({ seed: "app" });
const FILE = "promotions/payments/api.yaml";
const STAGED = promotion("api", versionLine("v1.0.0", built, "channels: [staging]"));
const WIDE = { contents: "write", pull_requests: "write", issues: "write" } as const;

let story: Story;

beforeEach(async () => {
  story = await Story.open();
  seed(story.workspace.source.repository("staging/api"), built);
  await story.workspace.github.fork("erin");
});
afterEach(() => story[Symbol.asyncDispose]());

/** Pushes to the fork and opens its pull request, once. */
async function proposeFromFork(files: Readonly<Record<string, string>>): Promise<number> {
  const { github } = story.workspace;
  await github.push({ repository: "erin/promotions", branch: "change", by: "erin", files });
  const open = [...github.repository().pulls.keys()];
  const [number] = open;
  if (number !== undefined) return number;
  return (await github.openPull({ head: "erin:change", author: "erin" })).number;
}

describe("a pull request from a fork, by processes alone", { timeout: 300_000 }, () => {
  it("002-76 002-55 004-02 gets annotations and a summary, and asks GitHub for nothing", async () => {
    const { github, source, target } = story.workspace;
    const wrong = STAGED.replace("[staging]", "[nowhere]");
    const number = await proposeFromFork({ [FILE]: wrong });
    const token = github.forkToken(WIDE);
    const calls = story.calls();
    const failed = await story.plan(number, token);
    expect(failed.code).toBe(2);
    expect(failed.out).toMatch(/^::error file=promotions\/payments\/api\.yaml,line=9,col=\d+,/m);
    expect(failed.outputs.get("result")).toBe("invalid");
    expect(failed.summary).toContain("nowhere");

    await proposeFromFork({ [FILE]: STAGED });
    const planned = await story.plan(number, token);
    expect(planned).toMatchObject({ code: 0, err: "" });
    expect(planned.outputs.get("result")).toBe("changes");
    expect(planned.summary).toContain("payments/api");
    expect(story.calls()).toBe(calls);
    expect(story.comments(number)).toEqual([]);
    const writes = [...source.requests, ...target.requests].filter(
      ({ method }) => method !== "GET" && method !== "HEAD",
    );
    expect(writes).toEqual([]);
    expect(failed.out + failed.summary + planned.out + planned.summary).not.toContain(token);
  });

  it("002-71 000-30 cannot write a comment, and is told which right it lacks", async () => {
    const number = await proposeFromFork({ [FILE]: STAGED });
    const token = story.workspace.github.forkToken(WIDE);
    const planned = await story.plan(number, token);
    const told = await story.report(number, planned, token);
    expect(told.code).toBe(1);
    expect(told.out + told.err).toContain("pull-requests: write");
    expect(told.out + told.err).not.toContain(token);
    expect(story.comments(number)).toEqual([]);
  });

  it("000-11 004-13 is approved and merged like any other", async () => {
    const { github } = story.workspace;
    const number = await proposeFromFork({ [FILE]: STAGED });
    expect(await story.approval(number)).toMatchObject({ code: 4 });
    github.review(number, { by: "alice" });
    expect(await story.approval(number)).toMatchObject({ code: 0 });
    await github.merge(number, { by: "dave" });
    expect(await story.merged()).toMatchObject({ code: 0 });
    expect(story.placed("preprod/payments/api")).toEqual(["v1.0.0"]);
    expect(story.comments(number)).toEqual([expect.stringContaining("Merged and done")]);
  });
});
