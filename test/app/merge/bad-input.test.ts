import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseRecordLine } from "#audit";
import type { Ran } from "../../cli/captured.ts";
import { ForgeWorkspace } from "../../support/forge-workspace.ts";
import { image, seed } from "../../support/images.ts";
import { promotion, versionLine } from "../../support/workspace.ts";

const app = image({ seed: "app" });
const other = image({ seed: "other" });
const FILE = "promotions/payments/api.yaml";
const STAGED = promotion("api", versionLine("v1.0.0", app, "channels: [staging]"));
const READ = { contents: "read", pull_requests: "write" } as const;
const JOB = {
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
  for (const built of [app, other]) seed(workspace.source.repository("staging/api"), built);
});
afterEach(async () => {
  const { violations } = workspace.github;
  await workspace[Symbol.asyncDispose]();
  expect(violations).toEqual([]);
});

async function ask(
  number: number,
  args: readonly string[] = ["approval", "--pr", String(number)],
): Promise<Ran> {
  const folder = await workspace.checkout("refs/heads/main");
  return workspace.run(folder, args, { token: workspace.github.actionsToken(READ) });
}

async function apply(folder: string): Promise<Ran> {
  const args = ["apply", "--on-merge", "--push-record", "--record-out", "record.json"];
  const token = workspace.github.actionsToken(JOB);
  return workspace.run(folder, args, { token, env: PUSH });
}

function placed(): readonly string[] {
  return [...workspace.target.repository("preprod/payments/api").tags.keys()];
}

function comments(): readonly string[] {
  return [...workspace.github.repository().comments.values()].map(({ body }) => body);
}

describe("000-30 what a pull request can do wrong has a stated end", { timeout: 120_000 }, () => {
  it.for<readonly [string, readonly string[]]>([
    ["approval", ["approval", "--pr", "1"]],
    ["apply", ["apply", "--on-merge"]],
    ["doctor", ["doctor"]],
    ["reapprove", ["reapprove", "--pr"]],
  ])("%s without a token says which variable is missing, and asks no store", async ([, args]) => {
    await workspace.propose({ [FILE]: STAGED });
    const folder = await workspace.checkout("refs/heads/main");
    const { code, err } = await workspace.run(folder, args, { env: PUSH });
    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining("GITHUB_TOKEN") });
    expect(workspace.target.requests).toEqual([]);
  });

  it.for<readonly [string, readonly string[]]>([
    ["approval", ["approval", "--pr", "1"]],
    ["apply", ["apply", "--on-merge"]],
  ])(
    "%s at the end of a rate limit says how long that lasts, and waits no hour",
    async ([, args]) => {
      await workspace.propose({ [FILE]: STAGED });
      const { github } = workspace;
      const folder = await workspace.checkout("refs/heads/main");
      github.limit = { remaining: 0, resetAt: Date.now() + 40 * 60_000 };
      const token = github.actionsToken(JOB);
      const { code, err } = await workspace.run(folder, args, { token, env: PUSH });
      expect(code).toBe(1);
      expect(err).toMatch(/the limit of requests is reached.*Try again in 2[34]\d\d s/s);
      expect(workspace.target.requests).toEqual([]);
    },
  );

  it("GitHub that goes down during an apply: registries finished, record kept, told later", async () => {
    const { github, target } = workspace;
    const number = await workspace.propose({ [FILE]: STAGED });
    github.review(number, { by: "alice" });
    await github.merge(number, { by: "dave" });
    const folder = await workspace.checkout("refs/heads/main");
    const down = { times: Infinity, answer: { status: 503, body: { message: "Unicorn!" } } };
    let isDown = false;
    target.onRequest(() => {
      // From the first look at a registry on: the merges are resolved by then.
      if (isDown) return;
      isDown = true;
      for (const on of ["issues/create-comment", "repos/create-deployment"])
        github.faults.push({ on, ...down });
    });
    const { code, err } = await apply(folder);
    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining("Run it again") });
    expect(placed()).toEqual(["v1.0.0"]);
    expect(comments()).toEqual([]);
    const line = readFileSync(join(folder, "record.json"), "utf8").trim();
    expect(parseRecordLine(line)?.outcomes.map(({ status }) => status)).toEqual(["done", "done"]);
    expect(await github.repository().git.head("refs/notes/waybill")).toBeDefined();
    github.faults.length = 0;
    const writes = target.requests.length;
    expect(await apply(await workspace.checkout("refs/heads/main"))).toMatchObject({ code: 0 });
    expect(comments()).toEqual([expect.stringContaining("Merged and done")]);
    const again = target.requests.slice(writes).filter(({ method }) => method === "PUT");
    expect(again).toEqual([]);
  });

  it.for(["merge", "squash"] as const)(
    "a branch that is deleted after its merge by %s is covered all the same",
    async (method) => {
      const { github } = workspace;
      const number = await workspace.propose({ [FILE]: STAGED });
      github.review(number, { by: "alice" });
      await github.merge(number, { by: "dave", method });
      const moves = [{ ref: "refs/heads/change", to: undefined }];
      await github.moveRefs(github.repository(), moves, github.account("dave"));
      expect(await apply(await workspace.checkout("refs/heads/main"))).toMatchObject({ code: 0 });
      expect(placed()).toEqual(["v1.0.0"]);
    },
  );

  it("a fork that is deleted after its merge costs one approval more, because who pushed is not known", async () => {
    const { github } = workspace;
    await github.fork("mallory");
    await github.push({
      branch: "gift",
      by: "mallory",
      files: { [FILE]: STAGED },
      repository: "mallory/promotions",
    });
    const pull = await github.openPull({ head: "mallory:gift", author: "mallory" });
    github.review(pull.number, { by: "alice" });
    await github.merge(pull.number, { by: "dave" });
    pull.headGone = true;
    const { code } = await apply(await workspace.checkout("refs/heads/main"));
    expect(code).toBe(4);
    expect(placed()).toEqual([]);
  });

  it("threat 4: a force-push under review takes the approvals of what was there before", async () => {
    const { github } = workspace;
    const number = await workspace.propose({ [FILE]: STAGED });
    github.review(number, { by: "alice" });
    expect(await ask(number)).toMatchObject({ code: 0 });
    const forced = promotion("api", versionLine("v1.0.0", other, "channels: [staging]"));
    const files = { [FILE]: forced };
    await github.push({ branch: "change", by: "bob", files, from: "refs/heads/main" });
    const { code, out } = await ask(number);
    expect({ code, out }).toMatchObject({
      code: 4,
      out: expect.stringContaining("alice does not count: other-commit"),
    });
    github.review(number, { by: "alice" });
    expect(await ask(number)).toMatchObject({ code: 0 });
  });

  it("a pull request of 3,000 files is judged by every one of them", async () => {
    const { github } = workspace;
    const files: Record<string, string> = { [FILE]: STAGED };
    for (let index = 0; index < 3_000; index += 1) files[`docs/${index}.md`] = `${index}\n`;
    files["zzz/last.md"] = "the last in every order";
    files[".github/workflows/zz.yml"] = "on: push\n";
    const number = await workspace.propose(files);
    const before = github.requests.length;
    const { code, out } = await ask(number);
    expect({ code, out }).toMatchObject({
      code: 4,
      out: expect.stringContaining("a change of policies or workflows: 1 more"),
    });
    const asked = github.requests.slice(before).filter(({ operation }) => operation !== "git");
    expect(asked).toHaveLength(2);
    const folder = await workspace.checkout(`refs/pull/${number}/merge`);
    const plan = await workspace.run(folder, ["plan", "--format", "github"]);
    expect(plan).toMatchObject({ code: 2, out: expect.stringContaining("policy-and-promotion") });
  });
});
