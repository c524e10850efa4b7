import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseRecordLine } from "#audit";
import { PROMOTION, type RunRecord } from "#model";
import type { Ran } from "../../cli/captured.ts";
import { ForgeWorkspace } from "../../support/forge-workspace.ts";
import { zip } from "../../support/github/zip.ts";
import { image, seed } from "../../support/images.ts";
import { makePair } from "../../support/signing.ts";
import { bundleOf } from "../../support/trust-workspace.ts";
import { promotion, versionLine } from "../../support/workspace.ts";

/** What the program takes for now; the pull requests are of the hour before. */
const NOW = Date.parse("2026-11-21T12:00:00Z");
const FILE = "promotions/payments/api.yaml";
const one = image({ seed: "one" });
const two = image({ seed: "two" });
const WAYBILL = makePair();

const OWNERS = `apiVersion: waybill.dev/v1
kind: Owners
groups: { sre: { people: [alice, carol] }, leads: { people: [erin] } }
owners: []
admins: [sre]
`;

/** Prod with some keys more; `leads` may lift what holds it up. */
function channels(more: string): string {
  return `apiVersion: waybill.dev/v1
kind: Channels
channels:
  staging: { to: "preprod/{project}/{name}", sites: { require: [oslo] }, approvals: { count: 1 } }
  prod:
    to: "{project}/{name}"
    after: [staging]
    sites: { require: [oslo] }
    approvals: { count: 1, from: [sre] }
    overrides: [leads]
    tags: { moving: { stable: newest-stable } }
    ${more}
`;
}

const FROZEN =
  "freeze: [{ from: 2026-01-01T00:00:00Z, to: 2027-01-01T00:00:00Z, reason: year end }]";
const SOAKS = "requires: { soak: 24h }";
const TRUST = `apiVersion: waybill.dev/v1
kind: Trust
authorities:
  waybill: { key: { file: policies/trust/waybill.pub } }
signing: { authority: waybill, verifierId: "https://waybill.dev/verifier/v1" }
rules: []
`;

let workspace: ForgeWorkspace;
let minutes = 0;

beforeEach(async () => {
  workspace = await ForgeWorkspace.open({ "policies/owners.yaml": OWNERS });
  const { github, source } = workspace;
  github.collaborator("erin", "write");
  minutes = 0;
  github.clock = () => NOW - 3_600_000 + minutes * 60_000;
  for (const built of [one, two]) seed(source.repository("staging/api"), built);
});
afterEach(async () => {
  const { violations } = workspace.github;
  await workspace[Symbol.asyncDispose]();
  expect(violations).toEqual([]);
});

/** The base: v1.0.0 in staging and placed there, six hours ago by our own statement. */
async function given(more: string, was = "channels: [staging]"): Promise<void> {
  await workspace.github.push({
    branch: "main",
    by: "alice",
    files: {
      ".github/workflows/waybill-plan.yml": "on: pull_request\n",
      "policies/channels.yaml": channels(more),
      "policies/trust/waybill.pub": WAYBILL.pem,
      ...(more === SOAKS ? { "policies/trust.yaml": TRUST } : {}),
      [FILE]: promotion("api", versionLine("v1.0.0", one, was)),
    },
  });
  const staging = workspace.target.repository("preprod/payments/api");
  seed(staging, one, ["v1.0.0"]);
  const to = { repository: "registry.oslo.example.com/preprod/payments/api", digest: one.digest };
  const time = new Date(NOW - 6 * 3_600_000).toISOString();
  const statement = { time, channel: "staging", site: "oslo", to };
  seed(staging, bundleOf(one, WAYBILL, PROMOTION, statement));
}

interface Asked {
  readonly limit?: string;
  readonly channel?: string;
  readonly expires?: string;
  readonly more?: string;
}

/** One fenced block as a person writes it. */
function override({ limit = "soak", channel = "prod", expires, more = "" }: Asked = {}): string {
  const end = expires ?? "2026-11-25T00:00:00Z";
  return `Please.\n\n\`\`\`waybill-override\nlimit: ${limit}\nchannel: ${channel}\n${more}reason: INC-7 burns\nexpires: ${end}\n\`\`\`\n`;
}

interface Proposal {
  readonly body: string;
  readonly file?: string;
  readonly approvers?: readonly string[];
  /** Between the reviews and the merge. */
  readonly meanwhile?: (number: number) => Promise<void> | void;
}

const PROMOTED = promotion("api", versionLine("v1.0.0", one, "channels: [staging, prod]"));

/** Proposed at 11:00, reviewed a minute later, merged after another. */
async function merged({
  body,
  file = PROMOTED,
  approvers = ["alice", "erin"],
  meanwhile,
}: Proposal): Promise<number> {
  const { github } = workspace;
  const number = await workspace.propose({ [FILE]: file }, { body });
  minutes += 1;
  for (const by of approvers) github.review(number, { by });
  minutes += 1;
  await meanwhile?.(number);
  minutes += 1;
  await github.merge(number, { by: "dave" });
  return number;
}

/** The verdict on an open pull request, as its check says it. */
async function verdict(number: number): Promise<Ran> {
  const folder = await workspace.checkout("refs/heads/main");
  const token = workspace.github.actionsToken({ contents: "read", pull_requests: "read" });
  return workspace.run(folder, ["approval", "--pr", String(number)], { token });
}

async function job(): Promise<Ran & { readonly record: RunRecord | undefined }> {
  const folder = await workspace.checkout("refs/heads/main");
  const token = workspace.github.actionsToken({
    contents: "write",
    pull_requests: "write",
    deployments: "write",
    issues: "write",
    actions: "read",
  });
  const env = { GITHUB_REF_TYPE: "branch", GITHUB_REF_NAME: "main" };
  const args = ["apply", "--on-merge", "--push-record", "--record-out", "record.json"];
  const ran = await workspace.run(folder, args, { token, env });
  const line = readFileSync(join(folder, "record.json"), "utf8").trim();
  return { ...ran, record: parseRecordLine(line) };
}

function prodTags(): readonly string[] {
  return [...workspace.target.repository("payments/api").tags.keys()].toSorted();
}

function codes(record: RunRecord | undefined): readonly (string | undefined)[] {
  const prod = record?.outcomes.filter(({ key }) => key.channel === "prod");
  return [...new Set(prod?.map(({ code }) => code))];
}

const NEWER = promotion(
  "api",
  versionLine("v1.0.0", one, "channels: [staging, prod]"),
  versionLine("v2.0.0", two, "channels: [staging, prod]"),
);

// Clones, merges and runs each: a slow machine gets its time.
describe("000-11 an override from the body to the record", { timeout: 60_000 }, () => {
  it.for<readonly [string, string, string]>([
    ["a freeze", FROZEN, "freeze"],
    ["a soak", SOAKS, "soak"],
  ])("lifts %s, and stands in the record", async ([, more, limit]) => {
    await given(more);
    const number = await merged({ body: override({ limit }) });
    const { code, err, record } = await job();
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(prodTags()).toEqual(["stable", "v1.0.0"]);
    expect(record?.overrides).toEqual([
      {
        pr: number,
        limit,
        channel: "prod",
        site: undefined,
        value: undefined,
        reason: "INC-7 burns",
        expires: "2026-11-25T00:00:00Z",
      },
    ]);
    expect(record?.approvals.map(({ login }) => login)).toEqual(["alice", "erin"]);
  });

  it.for<readonly [string, string, number, string]>([
    ["as far as its value goes", "value: 1\n", 0, "done"],
    ["without a value, however many", "", 0, "done"],
    ["at the site that it names", "site: oslo\n", 0, "done"],
    ["and at no other site", "site: bergen\n", 4, "over-limit"],
  ])("lifts a limit of moves %s", async ([, more, exit, told]) => {
    await given("limits: { move: { count: 0 } }", "channels: [staging, prod]");
    seed(workspace.target.repository("payments/api"), one, ["v1.0.0", "stable"]);
    seed(workspace.target.repository("preprod/payments/api"), two, ["v2.0.0"]);
    await workspace.github.push({
      branch: "main",
      by: "alice",
      files: { [FILE]: NEWER.replace(/v2.0.0(.*)staging, prod/, "v2.0.0$1staging") },
    });
    await merged({ body: override({ limit: "move", more }), file: NEWER });
    const { code, err, record } = await job();
    expect({ code, err }).toMatchObject({ code: exit });
    const moved = record?.outcomes.find(({ key }) => key.tag === "stable");
    expect(moved?.code ?? moved?.status).toBe(told);
    expect(record?.overrides).toMatchObject([{ limit: "move" }]);
  });

  it.for<readonly [string, string, string]>([
    ["with an approved override", override({ limit: "remove" }), "destructive-not-enabled"],
    ["that nobody lifted", "", "over-limit"],
  ])("lets removals over a limit through to their guards, %s", async ([, body, told]) => {
    await given("limits: { remove: { count: 0 } }", "channels: [staging, prod]");
    seed(workspace.target.repository("payments/api"), one, ["v1.0.0"]);
    const file = promotion("api", versionLine("v1.0.0", one, "state: retired, reason: bad"));
    await merged({
      body,
      file,
      meanwhile: async (number) => {
        await state(number);
        minutes += 1;
        for (const by of ["alice", "erin"]) workspace.github.review(number, { by });
      },
    });
    const { code, record } = await job();
    expect({ code, codes: codes(record) }).toEqual({ code: 4, codes: [told] });
  });

  it.for<readonly [string, Partial<Proposal> & { readonly body: string }, string, string]>([
    [
      "expired",
      { body: override({ expires: "2026-11-21T11:30:00Z" }) },
      "expired at 2026-11-21T11:30:00Z: it lifts nothing",
      "lifts nothing: it expired",
    ],
    [
      "approved by nobody of its role",
      { body: override(), approvers: ["alice", "carol"] },
      "override of soak in prod: 1 more of erin",
      "nobody who may lift it",
    ],
    [
      "changed after the review",
      {
        body: override(),
        meanwhile: (number) => {
          const body = override().replace("INC-7", "INC-8");
          workspace.github.editBody(number, body);
        },
      },
      "override of soak in prod: 1 more of erin",
      "nobody who may lift it",
    ],
    [
      "with a key that nobody knows",
      { body: override({ more: "because: I say so\n" }) },
      '"because" is no key of an override.',
      "approval-missing",
    ],
    [
      "longer than 30 days",
      { body: override({ expires: "2026-12-24T00:00:00Z" }) },
      "longer than 30 days",
      "approval-missing",
    ],
    [
      "of another channel",
      { body: override({ channel: "staging" }), approvers: ["alice", "carol"] },
      "override of soak in staging: approved",
      "skipped waits",
    ],
    [
      "of a channel that there is not",
      { body: override({ channel: "prd" }) },
      "prd, which is no channel",
      "prd is no channel",
    ],
    ["of another limit", { body: override({ limit: "freeze" }) }, "Approved.", "skipped waits"],
    [
      "of another site",
      { body: override({ more: "site: bergen\n" }) },
      "Approved.",
      "skipped waits",
    ],
  ])("lifts nothing where it is %s, and says so", async ([, proposal, said, told]) => {
    await given(SOAKS);
    let before = "";
    await merged({
      ...proposal,
      meanwhile: async (number) => {
        await proposal.meanwhile?.(number);
        before = (await verdict(number)).out;
      },
    });
    expect(before).toContain(said);
    const { code, out, err, record } = await job();
    expect(code).not.toBe(0);
    expect(prodTags()).toEqual([]);
    const results = record?.outcomes.map((one) => `${one.status} ${one.code ?? ""}`);
    expect([out, err, ...(results ?? [])].join("\n")).toContain(told);
  });

  it("thaws nobody else: what another pull request of the range changed still waits", async () => {
    await given(FROZEN);
    const web = promotion("web", versionLine("v1.0.0", one, "channels: [staging, prod]"));
    seed(workspace.source.repository("staging/web"), one);
    expect(await job()).toMatchObject({ code: 0 });
    const staged = web.replace(", prod", "");
    await workspace.github.push({
      branch: "main",
      by: "alice",
      files: { "promotions/payments/web.yaml": staged },
    });
    const { github } = workspace;
    const files = { "promotions/payments/web.yaml": web };
    const number = await workspace.propose(files, { branch: "web" });
    minutes += 1;
    github.review(number, { by: "alice" });
    await github.merge(number, { by: "dave" });
    await merged({ body: override({ limit: "freeze" }) });
    await job();
    expect(prodTags()).toEqual(["stable", "v1.0.0"]);
    expect(workspace.target.repository("payments/web").tags.size).toBe(0);
  });
});

/** Plans and reports as the base's own workflow does, and leaves its statement behind. */
async function state(number: number): Promise<void> {
  const { github } = workspace;
  const folder = await workspace.checkout(`refs/pull/${number}/merge`);
  const out = join(folder, "..", `check-${number}-${minutes}.json`);
  const token = github.actionsToken({ contents: "read", pull_requests: "write" });
  await workspace.run(folder, ["plan", "--format", "github", "--out", out]);
  const args = ["pr", "report", "--plan", out, "--pr", String(number), "--statement", out];
  expect(await workspace.run(folder, args, { token })).toMatchObject({ code: 0 });
  const headCommit = github.pull(number).head.commit;
  const artifacts = { "waybill-statement": zip({ "statement.json": readFileSync(out) }) };
  github.addRun({ headCommit, path: ".github/workflows/waybill-plan.yml", artifacts });
}
