import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ForgeWorkspace } from "../../support/forge-workspace.ts";
import { image, seed } from "../../support/images.ts";
import { promotion, versionLine } from "../../support/workspace.ts";

const app = image({ seed: "app" });
const FILE = "promotions/payments/api.yaml";
const WEB = "promotions/payments/web.yaml";
const STAGED = promotion("api", versionLine("v1.0.0", app, "channels: [staging]"));
const PROMOTED = promotion("api", versionLine("v1.0.0", app, "channels: [staging, prod]"));
const READS = { contents: "read", pull_requests: "read" } as const;

let workspace: ForgeWorkspace;
let folder: string;
let number: number;

beforeEach(async () => {
  workspace = await ForgeWorkspace.open({ [FILE]: STAGED });
  for (const name of ["api", "web"]) seed(workspace.source.repository(`staging/${name}`), app);
  number = await workspace.propose({ [FILE]: PROMOTED });
  for (const by of ["alice", "carol"]) workspace.github.review(number, { by });
  workspace.github.collaborator("erin", "triage");
  folder = await workspace.checkout("refs/heads/main");
});
afterEach(async () => {
  const { violations } = workspace.github;
  await workspace[Symbol.asyncDispose]();
  expect(violations).toEqual([]);
});

async function ask(): Promise<{ readonly code: number; readonly refusals: readonly string[] }> {
  const token = workspace.github.actionsToken(READS);
  const args = ["approval", "--pr", String(number), "--format", "json"];
  const { code, out } = await workspace.run(folder, args, { token });
  const said: { refusals?: { message: string }[] } = JSON.parse(out);
  return { code, refusals: (said.refusals ?? []).map(({ message }) => message) };
}

type Row = readonly [string, readonly (readonly [string, string])[], string | undefined];

describe("a hold", { timeout: 60_000 }, () => {
  it.for<Row>([
    ["by somebody who may write", [["dave", "/waybill hold"]], "dave"],
    ["by the author", [["bob", "/waybill hold\r\n\r\nnot before Monday"]], "bob"],
    [
      "that somebody else lifted",
      [
        ["dave", "/waybill hold"],
        ["carol", "/waybill unhold"],
      ],
      undefined,
    ],
    [
      "that is newer than what lifted another",
      [
        ["dave", "/waybill hold"],
        ["carol", "/waybill unhold"],
        ["alice", "/waybill hold"],
      ],
      "alice",
    ],
    ["by somebody who only triages", [["erin", "/waybill hold"]], undefined],
    [
      "that somebody without the right wants to lift",
      [
        ["dave", "/waybill hold"],
        ["erin", "/waybill unhold"],
      ],
      "dave",
    ],
    ["in a quote", [["dave", "> /waybill hold"]], undefined],
    ["in a fence", [["dave", "```\n/waybill hold\n```"]], undefined],
    ["and a lift in one comment", [["dave", "/waybill hold\n/waybill unhold"]], undefined],
  ])("003-29 %s", async ([, comments, by]) => {
    expect(await ask()).toEqual({ code: 0, refusals: [] });
    for (const [login, body] of comments) workspace.github.comment(number, login, body);
    expect(await ask()).toEqual(
      by === undefined
        ? { code: 0, refusals: [] }
        : { code: 4, refusals: [`${by} holds this pull request.`] },
    );
  });

  it("is not what somebody edited into a comment, by whoever", async () => {
    const comment = workspace.github.comment(number, "dave", "looks good");
    comment.body = "/waybill hold";
    comment.updatedAt = new Date(Date.now() + 60_000).toISOString();
    expect(await ask()).toEqual({ code: 0, refusals: [] });
  });

  it("ends with the comment that says it, and with the right of who said it", async () => {
    const comment = workspace.github.comment(number, "dave", "/waybill hold");
    expect(await ask()).toMatchObject({ code: 4 });
    workspace.github.collaborator("dave", "read");
    expect(await ask()).toMatchObject({ code: 0 });
    workspace.github.collaborator("dave", "write");
    workspace.github.repository().comments.delete(comment.id);
    expect(await ask()).toMatchObject({ code: 0 });
  });

  it("asks about nobody twice, and about nobody who said something else", async () => {
    for (const body of ["/waybill hold", "/waybill unhold", "/waybill hold"])
      workspace.github.comment(number, "erin", body);
    workspace.github.comment(number, "dave", "I would not hold this");
    const before = workspace.github.count("repos/get-collaborator-permission-level");
    await ask();
    expect(workspace.github.count("repos/get-collaborator-permission-level") - before).toBe(1);
  });

  it("is shown in the one comment, which takes at most 12 calls", async () => {
    workspace.github.comment(number, "dave", "/waybill hold");
    const job = await workspace.checkout(`refs/pull/${number}/merge`);
    const out = `${job}-check.json`;
    await workspace.run(job, ["plan", "--format", "github", "--out", out]);
    const token = workspace.github.actionsToken({ contents: "read", pull_requests: "write" });
    const before = workspace.github.requests.length;
    await workspace.run(job, ["pr", "report", "--plan", out, "--pr", String(number)], { token });
    const calls = workspace.github.requests
      .slice(before)
      .filter(({ operation }) => operation !== "git");
    expect(calls.length).toBeLessThanOrEqual(12);
    const [, sticky] = [...workspace.github.repository().comments.values()];
    expect(sticky?.body).toContain("dave holds this pull request.");
  });

  it("003-33 leaves undone what was merged all the same, until it is lifted", async () => {
    const files = { [WEB]: promotion("web", versionLine("v1.0.0", app, "channels: [staging]")) };
    number = await workspace.propose(files, { branch: "web" });
    workspace.github.review(number, { by: "alice" });
    workspace.github.comment(number, "dave", "/waybill hold");
    await workspace.github.merge(number, { by: "alice" });
    const token = workspace.github.actionsToken({
      contents: "write",
      pull_requests: "write",
      issues: "write",
      deployments: "write",
      actions: "read",
    });
    async function apply(): Promise<number> {
      const main = await workspace.checkout("refs/heads/main");
      const args = ["apply", "--on-merge", "--push-record", "--channel", "staging"];
      return (await workspace.run(main, args, { token })).code;
    }
    expect(await apply()).toBe(4);
    expect(placed("preprod/payments/web")).toEqual([]);
    const [, told] = [...workspace.github.repository().comments.values()];
    expect(told?.body).toContain("dave holds this pull request.");
    const [issue] = workspace.github.repository().issues.values();
    expect(issue?.body).toContain("dave holds this pull request.");
    workspace.github.comment(number, "carol", "/waybill unhold");
    await apply();
    expect(placed("preprod/payments/web")).toEqual(["v1.0.0"]);
    expect(told?.body).toContain("Merged and done");
  });
});

function placed(path: string): readonly string[] {
  return [...workspace.target.repository(path).tags.keys()].toSorted();
}
