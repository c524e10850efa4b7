import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { actionsHost } from "../../../src/app/chat/actions-host.ts";
import { answerChat, type ChatAnswer } from "../../../src/app/chat/answer-chat.ts";
import { ForgeWorkspace } from "../../support/forge-workspace.ts";
import type { FakeRun } from "../../support/github/state.ts";

const CHAT = { contents: "read", pull_requests: "write", actions: "write" } as const;
const signal = AbortSignal.timeout(600_000);

let workspace: ForgeWorkspace;
let number: number;
let run: FakeRun;

beforeEach(async () => {
  workspace = await ForgeWorkspace.open();
  number = await workspace.propose({ "README.md": "hello\n" });
  run = workspace.github.addRun({
    headCommit: workspace.github.pull(number).head.commit,
    path: ".github/workflows/waybill-approval.yml",
    status: "in_progress",
    conclusion: null,
  });
});
afterEach(async () => {
  const { violations } = workspace.github;
  await workspace[Symbol.asyncDispose]();
  expect(violations).toEqual([]);
});

async function hold(): Promise<ChatAnswer> {
  const root = await workspace.checkout("refs/heads/main");
  const { id } = workspace.github.comment(number, "dave", "/waybill hold");
  return answerChat(
    {
      root,
      env: workspace.github.env(workspace.github.actionsToken(CHAT)),
      asked: { comment: id, pullRequest: number },
      instance: "waybill",
      now: () => new Date("2026-11-21T12:00:00Z"),
      host: (place) => actionsHost(place, 10),
    },
    signal,
  );
}

describe("the jobs that a hold sets off", { timeout: 60_000 }, () => {
  it("wait for a check that still runs, which may have read the comments before", async () => {
    const answer = hold();
    await expect
      .poll(() => workspace.github.count("actions/get-workflow-run"), { timeout: 30_000 })
      .toBeGreaterThan(2);
    expect(run.attempt).toBe(1);
    run.status = "completed";
    expect(await answer).toMatchObject({ kind: "done" });
    expect(run).toMatchObject({ attempt: 2, status: "queued" });
  });

  it("are none where the check has not run for this head, which then sees the hold", async () => {
    workspace.github.repository().runs.clear();
    expect(await hold()).toMatchObject({ kind: "done" });
  });
});
