import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { PROMOTION } from "#model";
import type { Ran } from "../../cli/captured.ts";
import { ForgeWorkspace } from "../../support/forge-workspace.ts";
import { zip } from "../../support/github/zip.ts";
import { image, seed } from "../../support/images.ts";
import { makePair } from "../../support/signing.ts";
import { bundleOf } from "../../support/trust-workspace.ts";
import { promotion, versionLine } from "../../support/workspace.ts";

const NOW = Date.parse("2026-11-21T12:00:00Z");
const FILE = "promotions/payments/api.yaml";
const WORKFLOW = ".github/workflows/waybill-plan.yml";
const one = image({ seed: "one" });
const two = image({ seed: "two" });
const WAYBILL = makePair();
const BOTH = "channels: [staging, prod]";

const FROZEN = "freeze: [{ from: 2026-01-01T00:00:00Z, to: 2027-01-01T00:00:00Z }]";
const SOAKS = "requires: { soak: 24h }";
const TRUST = `apiVersion: waybill.dev/v1
kind: Trust
authorities:
  waybill: { key: { file: policies/trust/waybill.pub } }
signing: { authority: waybill, verifierId: "https://waybill.dev/verifier/v1" }
rules: []
`;

function channels(more = ""): string {
  return `apiVersion: waybill.dev/v1
kind: Channels
channels:
  staging: { to: "preprod/{project}/{name}", sites: { require: [oslo] }, approvals: { count: 1 } }
  prod:
    to: "{project}/{name}"
    after: [staging]
    sites: { require: [oslo] }
    approvals: { count: 1, from: [sre] }
    tags: { moving: { stable: newest-stable } }
    ${more}
`;
}

let workspace: ForgeWorkspace;
let minutes = 0;

beforeEach(async () => {
  workspace = await ForgeWorkspace.open({ [WORKFLOW]: "on: pull_request\n" });
  minutes = 0;
  workspace.github.clock = () => NOW - 3_600_000 + minutes * 60_000;
  for (const [built, tag] of [
    [one, "v1.0.0"],
    [two, "v2.0.0"],
  ] as const) {
    seed(workspace.source.repository("staging/api"), built);
    seed(workspace.target.repository("preprod/payments/api"), built, [tag]);
  }
});
afterEach(async () => {
  const { violations } = workspace.github;
  await workspace[Symbol.asyncDispose]();
  expect(violations).toEqual([]);
});

async function given(files: Readonly<Record<string, string>>): Promise<void> {
  await workspace.github.push({ branch: "main", by: "alice", files });
}

/** Proposed, stated by the base's own run where `stated`, approved and merged. */
async function merge(
  files: Readonly<Record<string, string>>,
  { stated = false, branch = "change" } = {},
): Promise<void> {
  const { github } = workspace;
  const number = await workspace.propose(files, { branch });
  if (stated) await state(number);
  minutes += 1;
  for (const by of ["alice", "carol"]) github.review(number, { by });
  minutes += 1;
  await github.merge(number, { by: "dave" });
}

async function state(number: number): Promise<void> {
  const { github } = workspace;
  const folder = await workspace.checkout(`refs/pull/${number}/merge`);
  const out = join(folder, "..", `check-${Math.random()}.json`);
  const token = github.actionsToken({ contents: "read", pull_requests: "write" });
  await workspace.run(folder, ["plan", "--format", "github", "--out", out]);
  const args = ["pr", "report", "--plan", out, "--pr", String(number), "--statement", out];
  expect(await workspace.run(folder, args, { token })).toMatchObject({ code: 0 });
  const headCommit = github.pull(number).head.commit;
  const artifacts = { "waybill-statement": zip({ "statement.json": readFileSync(out) }) };
  github.addRun({ headCommit, path: WORKFLOW, artifacts });
}

async function job(): Promise<Ran> {
  const folder = await workspace.checkout("refs/heads/main");
  const token = workspace.github.actionsToken({
    contents: "write",
    pull_requests: "write",
    deployments: "write",
    issues: "write",
    actions: "read",
  });
  const env = { GITHUB_REF_TYPE: "branch", GITHUB_REF_NAME: "main" };
  return workspace.run(folder, ["apply", "--on-merge", "--push-record"], { token, env });
}

function stable(): string | undefined {
  return workspace.target.repository("payments/api").tags.get("stable");
}

/** Our own statement that v1.0.0 came to staging so many hours ago. */
function stagedFor(hours: number): void {
  const to = { repository: "registry.oslo.example.com/preprod/payments/api", digest: one.digest };
  const time = new Date(NOW - hours * 3_600_000).toISOString();
  const statement = { time, channel: "staging", site: "oslo", to };
  const bundle = bundleOf(one, WAYBILL, PROMOTION, statement);
  seed(workspace.target.repository("preprod/payments/api"), bundle);
}

describe("000-11 what waits was approved with the rest", { timeout: 60_000 }, () => {
  it("follows when its soak is over, with nobody asked again", async () => {
    await given({
      "policies/channels.yaml": channels(SOAKS),
      "policies/trust/waybill.pub": WAYBILL.pem,
      "policies/trust.yaml": TRUST,
      [FILE]: promotion("api", versionLine("v1.0.0", one, "channels: [staging]")),
    });
    stagedFor(6);
    await merge({ [FILE]: promotion("api", versionLine("v1.0.0", one, BOTH)) });
    expect(await job()).toMatchObject({ code: 3 });
    expect(stable()).toBeUndefined();
    // A day later: what is younger than a day now was not then.
    stagedFor(30);
    await merge({ "README.md": "nothing to do with it" }, { branch: "other" });
    expect(await job()).toMatchObject({ code: 0 });
    expect(stable()).toBe(one.digest);
  });

  const PINNED = `${promotion(
    "api",
    versionLine("v1.0.0", one, BOTH),
    versionLine("v2.0.0", two, BOTH),
  )}pins:\n  prod: { stable: { version: v1.0.0, reason: INC-9 } }\n`;

  async function frozen(): Promise<void> {
    const both = [versionLine("v1.0.0", one, BOTH), versionLine("v2.0.0", two, BOTH)];
    await given({
      "policies/channels.yaml": channels(FROZEN),
      [FILE]: promotion("api", ...both),
    });
    const prod = workspace.target.repository("payments/api");
    seed(prod, one, ["v1.0.0"]);
    seed(prod, two, ["v2.0.0", "stable"]);
  }

  it.for<readonly [string, boolean, number]>([
    ["goes back when the freeze is over, by the statement of before it", true, 0],
    ["stays where no statement named it, whatever was approved", false, 3],
  ])("a tag that a pin takes back %s", async ([, stated, code]) => {
    await frozen();
    await merge({ [FILE]: PINNED }, { stated });
    const first = await job();
    expect(first.code).toBe(stated ? 3 : 4);
    expect(stable()).toBe(two.digest);
    await merge({ "policies/channels.yaml": channels() }, { branch: "thaw" });
    expect(await job()).toMatchObject({ code });
    expect(stable()).toBe(stated ? one.digest : two.digest);
  });
});
