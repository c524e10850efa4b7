import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ForgeWorkspace } from "../../support/forge-workspace.ts";
import { image, seed } from "../../support/images.ts";
import { promotion, versionLine } from "../../support/workspace.ts";

const app = image({ seed: "app" });
const STAGED = versionLine("v1.0.0", app, "channels: [staging]");
const PROMOTED = versionLine("v1.0.0", app, "channels: [staging, prod]");
const PLAN_JOB = { contents: "read", pull_requests: "write" } as const;
const APPLY_JOB = {
  contents: "write",
  pull_requests: "write",
  deployments: "write",
  issues: "write",
  actions: "read",
} as const;
const PUSH = { GITHUB_REF_TYPE: "branch", GITHUB_REF_NAME: "main" };

let workspace: ForgeWorkspace;

beforeEach(async () => {
  workspace = await ForgeWorkspace.open();
});
afterEach(async () => {
  const { violations } = workspace.github;
  await workspace[Symbol.asyncDispose]();
  expect(violations).toEqual([]);
});

function file(name: string): string {
  return `promotions/payments/${name}.yaml`;
}

/** The requests of the API that something takes; those of git itself are none. */
async function callsOf(work: () => Promise<unknown>): Promise<readonly string[]> {
  const before = workspace.github.requests.length;
  await work();
  return workspace.github.requests
    .slice(before)
    .map(({ operation }) => operation)
    .filter((operation) => operation !== "git" && operation !== "storage");
}

function busy(number: number, entries: number): void {
  const { github } = workspace;
  const by = github.account("dave");
  for (let index = 0; index < entries; index += 1) {
    github.addComment(github.repository(), { number, by, body: `comment ${index}` });
    github.review(number, { by: "dave", state: "COMMENTED" });
  }
}

/** Check, comment and approval of one pull request, as the jobs of a push make them. */
async function planned(number: number): Promise<readonly string[]> {
  const folder = await workspace.checkout(`refs/pull/${number}/merge`);
  const out = join(folder, "..", `check-${number}.json`);
  const token = workspace.github.actionsToken(PLAN_JOB);
  const pr = String(number);
  return callsOf(async () => {
    const lines = [
      ["plan", "--format", "github", "--out", out],
      ["pr", "report", "--plan", out, "--pr", pr],
      ["approval", "--pr", pr],
    ];
    for (const args of lines) {
      const { code, err } = await workspace.run(folder, args, { token });
      expect({ code, err }).toMatchObject({ code: 0 });
    }
  });
}

describe("the calls of one plan", { timeout: 120_000 }, () => {
  it("002-50 are 9, of at most 12, where there are a hundred comments and as many reviews", async () => {
    seed(workspace.source.repository("staging/api"), app);
    const before = { [file("api")]: promotion("api", STAGED) };
    await workspace.github.push({ branch: "main", by: "alice", files: before });
    const number = await workspace.propose({ [file("api")]: promotion("api", PROMOTED) });
    busy(number, 98);
    for (const by of ["alice", "carol"]) workspace.github.review(number, { by });
    const calls = await planned(number);
    expect(calls).toHaveLength(9);
    expect(await planned(number)).toHaveLength(9);
  });

  it("002-50 are one more for each page more and each person whose role is asked, in both commands", async () => {
    seed(workspace.source.repository("staging/web"), app);
    const number = await workspace.propose({ [file("web")]: promotion("web", STAGED) });
    busy(number, 101);
    workspace.github.review(number, { by: "alice" });
    // The comment is looked for once more after it was written, over both pages.
    expect(await planned(number)).toHaveLength(9 + 2 * (1 + 1 + 1) + 1);
  });
});

/** Merges a new artifact each, reviewed and approved; where `told`, our plan's comment is there already. */
async function merged(count: number, told: boolean): Promise<void> {
  const { github } = workspace;
  for (let index = 0; index < count; index += 1) {
    const name = `app-${index}`;
    seed(workspace.source.repository(`staging/${name}`), app);
    const files = { [file(name)]: promotion(name, STAGED) };
    const number = await workspace.propose(files, { branch: `change-${index}` });
    github.review(number, { by: "alice" });
    const by = github.account("github-actions[bot]");
    const marker = `<!-- waybill:plan v1 id=waybill head=${github.pull(number).head.commit} -->`;
    if (told) github.addComment(github.repository(), { number, by, body: `${marker}\nplan` });
    await github.merge(number, { by: "dave" });
  }
}

async function applied(): Promise<readonly string[]> {
  const folder = await workspace.checkout("refs/heads/main");
  const token = workspace.github.actionsToken(APPLY_JOB);
  return callsOf(async () => {
    const args = ["apply", "--on-merge", "--push-record"];
    const { code, err } = await workspace.run(folder, args, { token, env: PUSH });
    expect({ code, err }).toMatchObject({ code: 0 });
  });
}

describe("the calls of one apply", { timeout: 240_000 }, () => {
  it.for<readonly [string, boolean, number]>([
    ["whose plans were told", true, 10 + 1],
    ["that nobody told anything yet", false, 2 * 10 + 1],
  ])("002-50 of ten merges %s are at most two each", async ([, told, writes]) => {
    await applied();
    await merged(10, told);
    const calls = await applied();
    const places = 1;
    expect(calls.length).toBeLessThanOrEqual(20 + 3 * places + 2 * 10);
    // Who we are, where ten commits came from, ten pull requests, who pushed, one person's role, deployment and issue.
    expect(calls).toHaveLength(writes + 1 + 1 + 1 + 1 + 1 + 2);
  });
});
