import { afterEach, beforeEach, expect, it } from "vitest";
import type { ForgeWorkspace } from "../../support/forge-workspace.ts";
import { API, APP, applyJob, openForge, staged, tagsOf } from "../../threats/merging.ts";

const OWNERS = `apiVersion: waybill.dev/v1
kind: Owners
groups: { sre: { people: [alice, carol, dave] } }
owners: []
admins: [sre]
`;

let workspace: ForgeWorkspace;

beforeEach(async () => {
  workspace = await openForge();
});
afterEach(async () => {
  const { violations } = workspace.github;
  await workspace[Symbol.asyncDispose]();
  expect(violations).toEqual([]);
});

it.for(["merge", "rebase"] as const)(
  "threat 14: a policy and a promotion, merged past the check by %s, cover nothing, now or later",
  { timeout: 60_000 },
  async (method) => {
    const number = await workspace.propose({ "policies/owners.yaml": OWNERS });
    const files = { [API]: staged({ "v1.0.0": APP }) };
    await workspace.github.push({ branch: "change", by: "bob", files });
    for (const by of ["alice", "carol"]) workspace.github.review(number, { by });
    const folder = await workspace.checkout(`refs/pull/${number}/merge`);
    const token = workspace.github.actionsToken({ contents: "read", pull_requests: "read" });
    const asked = ["approval", "--pr", String(number)];
    expect(await workspace.run(folder, asked, { token })).toMatchObject({
      code: 4,
      out: expect.stringContaining("together with a promotion"),
    });
    await workspace.github.merge(number, { by: "dave", method });
    expect(await applyJob(workspace)).toMatchObject({ code: 4 });
    await workspace.github.push({ branch: "main", by: "alice", files: { "README.md": "x" } });
    expect(await applyJob(workspace)).toMatchObject({ code: 3 });
    expect([...tagsOf(workspace).keys()]).toEqual([]);
  },
);

it(
  "a new site that no promotion of it uses does not stand in the way",
  { timeout: 60_000 },
  async () => {
    const { git } = workspace.github.repository();
    const folder = await workspace.checkout("refs/heads/main");
    const sites = await workspace.git(folder, "show", "HEAD:policies/sites.yaml");
    expect(await git.head("refs/heads/main")).toBeDefined();
    const number = await workspace.propose({
      "policies/sites.yaml": `${sites}\n  later: { environment: eu, stores: { oci: registry.later.example.com } }\n`,
      [API]: staged({ "v1.0.0": APP }),
    });
    for (const by of ["alice", "carol"]) workspace.github.review(number, { by });
    await workspace.github.merge(number, { by: "dave" });
    expect(await applyJob(workspace)).toMatchObject({ code: 0 });
    expect([...tagsOf(workspace).keys()]).toEqual(["v1.0.0"]);
  },
);
