import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ForgeWorkspace } from "../../support/forge-workspace.ts";
import { image } from "../../support/images.ts";
import { promotion, versionLine } from "../../support/workspace.ts";

const FILE = "promotions/payments/api.yaml";
const app = image({ seed: "one" });

function listed(channels: string): Readonly<Record<string, string>> {
  return { [FILE]: promotion("api", versionLine("v1.0.0", app, `channels: [${channels}]`)) };
}

let workspace: ForgeWorkspace;

beforeEach(async () => {
  workspace = await ForgeWorkspace.open(listed("staging"));
});
afterEach(async () => {
  const { violations } = workspace.github;
  await workspace[Symbol.asyncDispose]();
  expect(violations).toEqual([]);
});

describe("002-04 branches with slashes", { timeout: 60_000 }, () => {
  it("002-04 a pull request from feature/* is checked against release/*, and asks that branch's people", async () => {
    const { github } = workspace;
    const asksBob = {
      "policies/owners.yaml": `apiVersion: waybill.dev/v1
kind: Owners
groups: { sre: { people: [bob, carol] } }
owners: []
admins: [sre]
`,
    };
    const from = "refs/heads/main";
    await github.push({ branch: "release/1.4", by: "alice", files: asksBob, from });
    const change = { branch: "feature/prod", by: "dave", files: listed("staging, prod") };
    await github.push({ ...change, from: "refs/heads/release/1.4" });
    const opened = { head: "feature/prod", base: "release/1.4", author: "dave" };
    const { number } = await github.openPull(opened);
    const token = github.actionsToken({ contents: "read", pull_requests: "read" });
    const folder = await workspace.checkout(`refs/pull/${number}/merge`);
    const checked = await workspace.run(folder, ["validate", "--base", "HEAD^1"], { token });
    expect(checked).toMatchObject({ code: 0 });
    const ask = ["approval", "--pr", String(number), "--format", "json"];
    // Alice may on main, and not here.
    for (const by of ["alice", "carol"]) github.review(number, { by });
    expect(await workspace.run(folder, ask, { token })).toMatchObject({ code: 4 });
    github.review(number, { by: "bob" });
    expect(await workspace.run(folder, ask, { token })).toMatchObject({ code: 0 });
  });
});
