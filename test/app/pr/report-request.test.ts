import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ForgeWorkspace } from "../../support/forge-workspace.ts";
import { image, seed } from "../../support/images.ts";
import { promotion, versionLine } from "../../support/workspace.ts";

const app = image({ seed: "app" });
const FILE = "promotions/payments/api.yaml";
const STAGED = promotion("api", versionLine("v1.0.0", app, "channels: [staging]"));
const PROMOTED = promotion("api", versionLine("v1.0.0", app, "channels: [staging, prod]"));
const JOB = { contents: "read", pull_requests: "write" } as const;

let workspace: ForgeWorkspace;
let number: number;

beforeEach(async () => {
  workspace = await ForgeWorkspace.open({ [FILE]: STAGED });
  seed(workspace.source.repository("staging/api"), app);
  number = await workspace.propose({ [FILE]: PROMOTED });
});
afterEach(async () => {
  const { violations } = workspace.github;
  await workspace[Symbol.asyncDispose]();
  expect(violations).toEqual([]);
});

/** A job that plans the merge and reports, as its two steps do. */
async function job(): Promise<{ readonly report: (token: string) => Promise<number> }> {
  const folder = await workspace.checkout(`refs/pull/${number}/merge`);
  const out = join(folder, "..", `check-${Math.random()}.json`);
  const planned = await workspace.run(folder, ["plan", "--format", "github", "--out", out]);
  expect(planned.code).toBe(0);
  return {
    report: async (token) => {
      const args = ["pr", "report", "--plan", out, "--pr", String(number)];
      const { code, err } = await workspace.run(folder, args, { token });
      expect(err).not.toContain("waybill:");
      return code;
    },
  };
}

function comments(): readonly string[] {
  return [...workspace.github.repository().comments.values()].map(({ body }) => body);
}

describe("waybill pr report", { timeout: 60_000 }, () => {
  it("004-12 keeps one comment, about the head, with who must still approve", async () => {
    const token = workspace.github.actionsToken(JOB);
    const { report } = await job();
    await report(token);
    await report(token);
    const [body = "", ...others] = comments();
    expect(others).toEqual([]);
    const head = workspace.github.pull(number).head.commit;
    expect(body).toMatch(new RegExp(`^<!-- waybill:plan v1 id=waybill head=${head} `));
    expect(body).toContain("payments/api");
    expect(body).toContain("still needed");
    workspace.github.review(number, { by: "alice" });
    workspace.github.review(number, { by: "carol" });
    await report(token);
    expect(comments()[0]).toContain("Approvals: complete");
  });

  it("does not overwrite the report of a newer head", async () => {
    const token = workspace.github.actionsToken(JOB);
    const older = await job();
    const other = image({ seed: "other" });
    const line = versionLine("v2.0.0", other, "channels: []");
    await workspace.github.push({
      branch: "change",
      by: "bob",
      files: { [FILE]: `${PROMOTED}  - { ${line} }\n` },
    });
    const newer = await job();
    await newer.report(token);
    const [body] = comments();
    await older.report(token);
    expect(comments()).toEqual([body]);
  });

  it("does one plan's comment in at most 12 calls", async () => {
    const token = workspace.github.actionsToken(JOB);
    for (const by of ["alice", "carol"]) workspace.github.review(number, { by });
    const { report } = await job();
    const before = workspace.github.requests.length;
    await report(token);
    const calls = workspace.github.requests
      .slice(before)
      .filter(({ operation }) => operation !== "git");
    expect(calls.length).toBeLessThanOrEqual(12);
  });

  it("says that the base moved on, in the comment itself", async () => {
    const token = workspace.github.actionsToken(JOB);
    const { report } = await job();
    await workspace.github.push({ branch: "main", by: "alice", files: { "README.md": "x" } });
    await report(token);
    expect(comments()[0]).toContain("**Stale**");
  });

  it.for<readonly [string, readonly string[], number]>([
    ["a file that is no check", ["--plan", "policies/sites.yaml"], 2],
    ["a file that is not there", ["--plan", "nothing.json"], 2],
  ])("exits 2 for %s", async ([, args, code]) => {
    const folder = await workspace.checkout("refs/heads/main");
    const token = workspace.github.actionsToken(JOB);
    const all = ["pr", "report", "--pr", String(number), ...args];
    expect(await workspace.run(folder, all, { token })).toMatchObject({ code });
    expect(comments()).toEqual([]);
  });

  it("000-30 names the right that a token lacks", async () => {
    const token = workspace.github.actionsToken({ contents: "read", pull_requests: "read" });
    const folder = await workspace.checkout(`refs/pull/${number}/merge`);
    const out = join(folder, "..", "check-right.json");
    await workspace.run(folder, ["plan", "--format", "github", "--out", out]);
    const args = ["pr", "report", "--plan", out, "--pr", String(number)];
    const { code, err } = await workspace.run(folder, args, { token });
    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining("write") });
  });
});
