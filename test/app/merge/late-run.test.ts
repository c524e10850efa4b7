import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { ForgeWorkspace } from "../../support/forge-workspace.ts";
import { promotion, versionLine } from "../../support/workspace.ts";
import { API, APP, applyJob, openForge, staged, writesOf } from "../../threats/merging.ts";

let workspace: ForgeWorkspace;
let changes = 0;

beforeEach(async () => {
  workspace = await openForge();
});
afterEach(async () => {
  const { violations } = workspace.github;
  await workspace[Symbol.asyncDispose]();
  expect(violations).toEqual([]);
});

async function merge(files: Readonly<Record<string, string>>): Promise<string> {
  const branch = `change-${++changes}`;
  const number = await workspace.propose(files, { branch });
  workspace.github.review(number, { by: "alice" });
  return workspace.github.merge(number, { by: "dave" });
}

// A job may wait for its reviewer for days, and anybody who may write can start an old one again.
it(
  "threat 10: a late run places nothing that was taken out meanwhile",
  { timeout: 60_000 },
  async () => {
    const late = await merge({ [API]: staged({ "v1.0.0": APP }) });
    const gone = versionLine("v1.0.0", APP, "channels: []");
    await merge({ [API]: promotion("api", gone) });
    expect(await applyJob(workspace, { commit: late })).toMatchObject({ code: 3 });
    expect(writesOf(workspace)).toEqual([]);
  },
);

it("003-13 a late run places nothing that was revoked meanwhile", { timeout: 60_000 }, async () => {
  const late = await merge({ [API]: staged({ "v1.0.0": APP }) });
  const folder = await workspace.checkout("refs/heads/main");
  const args = ["revoke", APP.digest, "--reason", "leaks"];
  expect(await workspace.run(folder, args)).toMatchObject({ code: 0 });
  const path = "policies/revocations.yaml";
  await merge({ [path]: readFileSync(join(folder, path), "utf8") });
  expect(await applyJob(workspace, { commit: late })).toMatchObject({ code: 4 });
  expect(writesOf(workspace)).toEqual([]);
});

it("a late run does what nothing took back", { timeout: 60_000 }, async () => {
  const late = await merge({ [API]: staged({ "v1.0.0": APP }) });
  await merge({ [API]: `# a word\n${staged({ "v1.0.0": APP })}` });
  expect(await applyJob(workspace, { commit: late })).toMatchObject({ code: 0 });
  expect(writesOf(workspace)).not.toEqual([]);
});
