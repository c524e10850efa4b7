import { readFileSync } from "node:fs";
import { join } from "node:path";
import { deflateRawSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseRecordLine } from "#audit";
import { parseStatement, statementText } from "#policy";
import { ForgeWorkspace } from "../../support/forge-workspace.ts";
import { openForge } from "../../support/github/forge.ts";
import type { FakeApp } from "../../support/github/state.ts";
import { zip } from "../../support/github/zip.ts";
import { image, seed } from "../../support/images.ts";
import { promotion, versionLine } from "../../support/workspace.ts";
import { statementInCheck } from "../../../src/app/pr/statement-in-check.ts";

const FILE = "promotions/payments/api.yaml";
const WORKFLOW = ".github/workflows/waybill-plan.yml";
/** Of the base too, but it runs what is in the tree, which is the pull request's. */
const TESTS = ".github/workflows/ci.yml";
/** What the workflow calls by its place in the tree. */
const CALLED = ".github/workflows/plan.yml";
const one = image({ seed: "one" });
const STAGED = promotion("api", versionLine("v1.0.0", one, "channels: [staging]"));
const RETIRED = promotion("api", versionLine("v1.0.0", one, "state: retired, reason: bad"));
const JOB = {
  contents: "write",
  pull_requests: "write",
  deployments: "write",
  issues: "write",
  actions: "read",
  checks: "read",
} as const;
const PUSH = { GITHUB_REF_TYPE: "branch", GITHUB_REF_NAME: "main" };

let workspace: ForgeWorkspace;
let number = 0;
let minutes = 0;
let bot: FakeApp;

beforeEach(async () => {
  workspace = await ForgeWorkspace.open({
    [FILE]: STAGED,
    [WORKFLOW]: "on: pull_request\n",
    [TESTS]: "on: pull_request\n",
    [CALLED]: "on: workflow_call\n",
  });
  const { github, target } = workspace;
  minutes = 0;
  github.clock = () => Date.parse("2026-11-21T11:00:00Z") + minutes * 60_000;
  seed(target.repository("preprod/payments/api"), one, ["v1.0.0"]);
  seed(workspace.source.repository("staging/api"), one, ["v1.0.0"]);
  bot = github.addApp({ slug: "waybill-bot", permissions: { checks: "write" } });
});
afterEach(async () => {
  const { violations } = workspace.github;
  await workspace[Symbol.asyncDispose]();
  expect(violations).toEqual([]);
});

/** What the job that comments writes down about the pull request as it is now. */
async function stated(): Promise<string> {
  const folder = await workspace.checkout(`refs/pull/${number}/merge`);
  const out = join(folder, "..", `check-${Math.random()}.json`);
  const token = workspace.github.actionsToken({ contents: "read", pull_requests: "write" });
  await workspace.run(folder, ["plan", "--format", "github", "--out", out]);
  const args = ["pr", "report", "--plan", out, "--pr", String(number), "--statement", out];
  expect(await workspace.run(folder, args, { token })).toMatchObject({ code: 0 });
  return readFileSync(out, "utf8").trim();
}

type RunWork = Partial<Parameters<ForgeWorkspace["github"]["addRun"]>[0]>;

/** A run of the base's workflow for the head, that left something behind. */
function ran(artifacts: Readonly<Record<string, Uint8Array>>, more: RunWork = {}): void {
  const headCommit = workspace.github.pull(number).head.commit;
  workspace.github.addRun({ headCommit, path: WORKFLOW, artifacts, ...more });
}

function archived(statement: string): Readonly<Record<string, Uint8Array>> {
  return { "waybill-statement": zip({ "statement.json": statement }) };
}

/** Reviewed and merged; then what became of the removals, and what was said. */
async function removed(env: Readonly<Record<string, string>> = {}): Promise<{
  readonly codes: readonly (string | undefined)[];
  readonly err: string;
}> {
  const { github } = workspace;
  minutes += 1;
  for (const by of ["alice", "carol"]) github.review(number, { by });
  minutes += 1;
  await github.merge(number, { by: "dave" });
  return applied(env);
}

async function applied(env: Readonly<Record<string, string>> = {}): ReturnType<typeof removed> {
  const folder = await workspace.checkout("refs/heads/main");
  const token = workspace.github.actionsToken(JOB);
  const args = ["apply", "--on-merge", "--push-record", "--record-out", "record.json"];
  const { err } = await workspace.run(folder, args, { token, env: { ...PUSH, ...env } });
  const record = parseRecordLine(readFileSync(join(folder, "record.json"), "utf8").trim());
  const removals = record?.outcomes.filter(({ key }) => key.op === "untag" || key.op === "delete");
  return { codes: [...new Set(removals?.map(({ code }) => code))], err };
}

/** Covered, and stopped only by the guards that removals wait for. */
const COVERED = ["destructive-not-enabled"];
const MISSING = ["statement-missing"];

describe("000-11 a statement that a run left behind", { timeout: 60_000 }, () => {
  beforeEach(async () => {
    number = await workspace.propose({ [FILE]: RETIRED });
  });

  it("covers what takes away, where the base's own workflow wrote it for this head", async () => {
    ran(archived(await stated()));
    expect(await removed()).toMatchObject({ codes: COVERED });
  });

  it.for<readonly [string, (statement: string) => void]>([
    ["there is none", () => undefined],
    [
      "it came after the review",
      (text) => {
        minutes += 5;
        ran(archived(text));
        minutes -= 5;
      },
    ],
    [
      "a workflow wrote it that the base does not have",
      (text) => ran(archived(text), { path: ".github/workflows/mine.yml" }),
    ],
    [
      "another workflow of the base wrote it, which runs the pull request's own code",
      (text) => ran(archived(text), { path: TESTS }),
    ],
    [
      "a run of another commit wrote it",
      (text) => ran(archived(text), { headCommit: workspace.github.pull(number).base.commit }),
    ],
    [
      "it is about another head",
      (text) => ran(archived(withHead(text, workspace.github.pull(number).base.commit))),
    ],
    [
      "a fork's run wrote it",
      (text) => ran(archived(text), { headRepository: "mallory/promotions" }),
    ],
    [
      "somebody started the run by hand",
      (text) => ran(archived(text), { event: "workflow_dispatch" }),
    ],
    [
      "its artifact expired",
      (text) => {
        ran(archived(text));
        for (const run of workspace.github.repository().runs.values())
          for (const artifact of run.artifacts) artifact.expired = true;
      },
    ],
    ["its artifact has another name", (text) => ran({ other: zip({ "statement.json": text }) })],
    ["its file has another name", (text) => ran({ "waybill-statement": zip({ "a.json": text }) })],
    [
      "it is of another form",
      (text) => ran(archived(text.replace("statement/v1", "statement/v2"))),
    ],
    ["it is of another pull request", (text) => ran(archived(text.replace(/"pr":\d+/, '"pr":99')))],
  ])("covers nothing where %s", async ([, leave]) => {
    leave(await stated());
    expect(await removed()).toMatchObject({ codes: MISSING });
  });

  it.for<readonly [string, (statement: string) => Uint8Array]>([
    ["is a bomb", bomb],
    ["has the file twice", twice],
    ["is cut off", (text) => zip({ "statement.json": text }).subarray(0, 100)],
    ["is larger than any of ours", () => Buffer.alloc(17 * 1024 * 1024)],
  ])(
    "is passed over and named where its archive %s, and the rest is applied",
    async ([, archive]) => {
      ran({ "waybill-statement": archive(await stated()) });
      const { codes, err } = await removed();
      expect(codes).toEqual(MISSING);
      expect(err).toContain("No statement is taken from it.");
    },
  );
});

it.for([WORKFLOW, CALLED].map((path) => [path] as const))(
  "000-11 a statement covers nothing where the pull request edited %s, nor does an approval",
  async ([path]) => {
    number = await workspace.propose({ [FILE]: RETIRED, [path]: "on: pull_request # and more\n" });
    ran(archived(await stated()));
    expect(await removed()).toMatchObject({ codes: MISSING.map(() => "approval-missing") });
  },
);

function withHead(text: string, head: string): string {
  const statement = parseStatement(text);
  return statement === undefined ? "" : statementText({ ...statement, head });
}

/** An archive whose file says that it is small, and comes out large. */
function bomb(): Uint8Array {
  const large = deflateRawSync(Buffer.alloc(64 * 1024 * 1024));
  const archive = Buffer.from(zip({ "statement.json": "x" }));
  const name = Buffer.from("statement.json");
  const small = deflateRawSync(Buffer.from("x"));
  const cut = 30 + name.length;
  const body = Buffer.concat([
    archive.subarray(0, cut),
    large,
    archive.subarray(cut + small.length),
  ]);
  const shift = large.length - small.length;
  const end = body.length - 22;
  const entry = cut + large.length;
  body.writeUInt32LE(large.length, entry + 20);
  body.writeUInt32LE(1000, entry + 24);
  body.writeUInt32LE(body.readUInt32LE(end + 16) + shift, end + 16);
  return body;
}

/** Two entries of one name, of which a reader may take either. */
function twice(text: string): Uint8Array {
  const other = "statement.jsoN";
  const archive = Buffer.from(zip({ [other]: "{}", "statement.json": text }));
  for (let at = archive.indexOf(other); at >= 0; at = archive.indexOf(other, at + 1))
    archive.write("statement.json", at);
  return archive;
}

function ours(): Readonly<Record<string, string>> {
  return { WAYBILL_GITHUB_APP_ID: String(bot.id) };
}

describe("000-11 a statement in a check of our own App", { timeout: 60_000 }, () => {
  beforeEach(async () => {
    number = await workspace.propose({ [FILE]: RETIRED });
  });

  interface Check {
    readonly name?: string;
    readonly app?: FakeApp;
  }

  async function checked(text: string, { name, app = bot }: Check = {}): Promise<void> {
    const { github } = workspace;
    const forge = await openForge(github, github.installationToken(app, { checks: "write" }));
    await forge.checks.create(
      {
        name: name ?? "waybill / plan",
        commit: github.pull(number).head.commit,
        externalId: `pr/${number}/${github.nextId()}`,
        conclusion: "success",
        output: { title: "Plan", summary: "1 to remove", text },
      },
      AbortSignal.timeout(10_000),
    );
  }

  it("covers what takes away, and one that was replaced since covers it too", async () => {
    await checked(statementInCheck(await stated()) ?? "");
    minutes += 1;
    for (const by of ["alice", "carol"]) workspace.github.review(number, { by });
    minutes += 1;
    await checked("Nothing to say.");
    await workspace.github.merge(number, { by: "dave" });
    expect(await applied(ours())).toMatchObject({ codes: COVERED });
  });

  it.for<readonly [string, Check, boolean]>([
    ["another App made it", { name: "waybill / plan" }, false],
    ["it has another name", { name: "waybill / approval" }, true],
  ])("covers nothing where %s", async ([, check, isOurs]) => {
    const other = workspace.github.addApp({ slug: "waybill", permissions: { checks: "write" } });
    const text = statementInCheck(await stated()) ?? "";
    await checked(text, { ...check, app: isOurs ? bot : other });
    expect(await removed(ours())).toMatchObject({ codes: MISSING });
  });

  it("covers nothing where nobody said which App is ours", async () => {
    await checked(statementInCheck(await stated()) ?? "");
    expect(await removed()).toMatchObject({ codes: MISSING });
  });
});
