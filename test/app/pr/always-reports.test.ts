import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Ran } from "../../cli/captured.ts";
import { ForgeWorkspace } from "../../support/forge-workspace.ts";
import { image, seed } from "../../support/images.ts";
import { promotion, versionLine } from "../../support/workspace.ts";

const app = image({ seed: "app" });
const FILE = "promotions/payments/api.yaml";
const STAGED = promotion("api", versionLine("v1.0.0", app, "channels: [staging]"));
const PROMOTED = promotion("api", versionLine("v1.0.0", app, "channels: [staging, prod]"));
const JOB = { contents: "read", pull_requests: "read", statuses: "write" } as const;

let workspace: ForgeWorkspace;

beforeEach(async () => {
  workspace = await ForgeWorkspace.open({ [FILE]: STAGED });
  seed(workspace.source.repository("staging/api"), app);
  seed(workspace.target.repository("preprod/payments/api"), app, ["v1.0.0"]);
});
afterEach(async () => {
  const { violations } = workspace.github;
  await workspace[Symbol.asyncDispose]();
  expect(violations).toEqual([]);
});

interface Reported {
  readonly plan: Ran;
  readonly approval: Ran;
}

/** What the two jobs report about a commit; the first as `plan --format github` does, without a step summary. */
async function reported(
  number: number,
  reference = `refs/pull/${number}/merge`,
  more: readonly string[] = [],
): Promise<Reported> {
  const folder = await workspace.checkout(reference);
  const token = workspace.github.actionsToken(JOB);
  const pr = String(number);
  return {
    plan: await workspace.run(folder, ["plan", "--format", "github", ...more]),
    approval: await workspace.run(folder, ["approval", "--pr", pr, "--status"], { token }),
  };
}

function statuses(): readonly string[] {
  return workspace.github.repository().statuses.map(({ context, state }) => `${context}: ${state}`);
}

describe("both checks always report", { timeout: 60_000 }, () => {
  it("002-55 where nothing is touched: no store is asked, and both pass", async () => {
    const number = await workspace.propose({ "README.md": "only words" });
    const { plan, approval } = await reported(number);
    expect(plan).toMatchObject({ code: 0, out: expect.stringContaining("Touches no promotion") });
    expect(approval).toMatchObject({ code: 0, out: expect.stringContaining("Approved.") });
    expect(workspace.target.requests).toEqual([]);
    expect(statuses()).toEqual(["waybill / approval: success"]);
  });

  it("002-55 on a draft, as on any other", async () => {
    const { github } = workspace;
    await github.push({
      branch: "draft",
      by: "bob",
      files: { [FILE]: PROMOTED },
      from: "refs/heads/main",
    });
    const { number } = await github.openPull({ head: "draft", author: "bob", draft: true });
    const { plan, approval } = await reported(number);
    expect(plan).toMatchObject({ code: 0, out: expect.stringContaining("payments/api") });
    expect(approval).toMatchObject({ code: 4, out: expect.stringContaining("channel prod: 2") });
    expect(statuses()).toEqual(["waybill / approval: pending"]);
  });

  it("002-55 in a merge queue, about the group, and nothing is applied from there", async () => {
    const { github } = workspace;
    const number = await workspace.propose({ [FILE]: PROMOTED });
    for (const by of ["alice", "carol"]) github.review(number, { by });
    const { git } = github.repository();
    const base = (await git.head("refs/heads/main")) ?? "";
    const group = (await git.head(`refs/pull/${number}/merge`)) ?? "";
    const queue = `refs/heads/gh-readonly-queue/main/pr-${number}-${base}`;
    await git.setRef(queue, group);
    const { plan, approval } = await reported(number, queue, ["--since", base]);
    expect(plan).toMatchObject({ code: 0, out: expect.stringContaining("payments/api") });
    expect(approval).toMatchObject({ code: 0, out: expect.stringContaining("Approved.") });
    const before = workspace.target.requests.filter(({ method }) => method !== "GET");
    const folder = await workspace.checkout(queue);
    const token = github.actionsToken({ ...JOB, deployments: "write" });
    const env = { GITHUB_REF_TYPE: "branch", GITHUB_REF_NAME: queue.slice("refs/heads/".length) };
    expect(await workspace.run(folder, ["apply", "--on-merge"], { token, env })).toMatchObject({
      code: 2,
      err: expect.stringContaining("only what was merged into main is applied"),
    });
    expect(workspace.target.requests.filter(({ method }) => method !== "GET")).toEqual(before);
    expect(workspace.target.repository("payments/api").tags.size).toBe(0);
  });
});
