import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ForgeWorkspace } from "../../support/forge-workspace.ts";
import { zip } from "../../support/github/zip.ts";
import { image, seed } from "../../support/images.ts";
import { promotion, versionLine } from "../../support/workspace.ts";

const app = image({ seed: "app" });
const FILE = "promotions/payments/api.yaml";
const STAGED = promotion("api", versionLine("v1.0.0", app, "channels: [staging]"));
const PROMOTED = promotion("api", versionLine("v1.0.0", app, "channels: [staging, prod]"));
const CHAT = { contents: "read", pull_requests: "write", actions: "write" } as const;
const TELLS = { contents: "read", pull_requests: "write" } as const;

let workspace: ForgeWorkspace;
let number: number;
let temp: string;

beforeEach(async () => {
  temp = mkdtempSync(join(tmpdir(), "waybill-chat-"));
  workspace = await ForgeWorkspace.open({ [FILE]: STAGED });
  const { github } = workspace;
  seed(workspace.source.repository("staging/api"), app);
  await github.fork("erin");
  const files = {
    [FILE]: PROMOTED,
    ".gitattributes": "* filter=evil\n",
    "package.json": '{"scripts":{"preinstall":"exit 1"}}',
  };
  await github.push({ repository: "erin/promotions", branch: "change", by: "erin", files });
  number = (await github.openPull({ head: "erin:change", author: "erin" })).number;
});
afterEach(async () => {
  const { violations } = workspace.github;
  await workspace[Symbol.asyncDispose]();
  rmSync(temp, { recursive: true, force: true });
  expect(violations).toEqual([]);
});

/** The first job of the workflow: the merge that it hands to those that come after. */
async function chat(by: string, body: string): Promise<string> {
  const comment = workspace.github.comment(number, by, body);
  const event = join(temp, "event.json");
  const issue = { number, pull_request: {} };
  writeFileSync(event, JSON.stringify({ action: "created", issue, comment: { id: comment.id } }));
  const output = join(temp, "output");
  writeFileSync(output, "");
  const folder = await workspace.checkout("refs/heads/main");
  const token = workspace.github.actionsToken(CHAT);
  const env = { GITHUB_OUTPUT: output, GITHUB_EVENT_NAME: "issue_comment" };
  await workspace.run(folder, ["chat", "--event", event], { token, env });
  return /^merge=(.*)$/m.exec(readFileSync(output, "utf8"))?.[1] ?? "";
}

/** A checkout of a commit as actions/checkout makes it: only as many commits as it is told. */
async function checkout(commit: string, depth: readonly string[]): Promise<string> {
  const folder = mkdtempSync(join(temp, "job-"));
  await workspace.git(folder, "init", "-q", "-b", "main");
  await workspace.git(folder, "remote", "add", "origin", workspace.github.remote());
  await workspace.git(folder, "fetch", "-q", ...depth, "origin", commit);
  await workspace.git(folder, "checkout", "-q", "--detach", commit);
  return folder;
}

function comments(): readonly string[] {
  return [...workspace.github.repository().comments.values()].map(({ body }) => body);
}

describe("a fork's pull request in the chat", { timeout: 60_000 }, () => {
  it("002-55 is planned where somebody asks who may write, by a job that may not", async () => {
    const merge = await chat("dave", "/waybill plan");
    expect(merge).toMatch(/^[0-9a-f]{40}$/);
    const planning = await checkout(merge, ["--depth=2"]);
    const out = join(temp, "plan.json");
    // No token at all: the job that plans never speaks with GitHub.
    const args = ["plan", "--since=HEAD^1", "--format=github", `--out=${out}`];
    const before = workspace.github.requests.length;
    expect(await workspace.run(planning, args)).toMatchObject({ code: 0 });
    expect(workspace.github.requests.length).toBe(before);
    const telling = await checkout(merge, []);
    const token = workspace.github.actionsToken(TELLS);
    const report = ["pr", "report", `--plan=${out}`, `--pr=${number}`];
    expect(await workspace.run(telling, report, { token })).toMatchObject({ code: 0 });
    const [, sticky = "", ...others] = comments();
    expect(others).toEqual([]);
    const head = workspace.github.pull(number).head.commit;
    expect(sticky).toContain(`head=${head}`);
    expect(sticky).toContain("payments/api");
    expect(sticky).not.toContain("asked: /waybill plan");
    workspace.github.addRun({
      headCommit: (await workspace.github.repository().git.head("refs/heads/main")) ?? "",
      event: "issue_comment",
      path: ".github/workflows/waybill-chat.yml",
      artifacts: { [`waybill-plan-${merge}`]: zip({ "plan.json": readFileSync(out, "utf8") }) },
    });
    await chat("erin", "/waybill explain payments/api");
    expect(comments()[1]).toContain("v1.0.0 in prod&#58; copy v1.0.0 at oslo");
  });

  it("003-29 is not planned because its author asks", async () => {
    expect(await chat("erin", "/waybill plan")).toBe("");
    expect(comments()[1]).toContain("That takes the right to write");
  });

  it("is planned as it was when it was asked for, and not as it became meanwhile", async () => {
    const merge = await chat("dave", "/waybill plan");
    const files = { [FILE]: STAGED.replace("v1.0.0", "v6.6.6") };
    const { github } = workspace;
    await github.push({ repository: "erin/promotions", branch: "change", by: "erin", files });
    const now = await github.repository().git.head(`refs/pull/${number}/merge`);
    expect(now).not.toBe(merge);
    const out = join(temp, "plan.json");
    await workspace.run(await checkout(merge, ["--depth=2"]), [
      "plan",
      "--since=HEAD^1",
      "--format=github",
      `--out=${out}`,
    ]);
    expect(readFileSync(out, "utf8")).not.toContain("v6.6.6");
    const token = github.actionsToken(TELLS);
    const report = ["pr", "report", `--plan=${out}`, `--pr=${number}`];
    const before = comments();
    await workspace.run(await checkout(merge, []), report, { token });
    // The newer head has no report yet, and gets none of an older one.
    expect(comments()).toEqual(before);
  });
});
