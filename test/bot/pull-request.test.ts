import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ForgeWorkspace } from "../support/forge-workspace.ts";
import { image, seed } from "../support/images.ts";
import { promotion, versionLine } from "../support/workspace.ts";
import { addBotApp, RunningBot, SECRET, stateFolder, type BotApp } from "./running-bot.ts";

const app = image({ seed: "app" });
const FILE = "promotions/payments/api.yaml";
const STAGED = promotion("api", versionLine("v1.0.0", app, "channels: [staging]"));
const PROMOTED = promotion("api", versionLine("v1.0.0", app, "channels: [staging, prod]"));

let workspace: ForgeWorkspace;
let bot: RunningBot;
let made: BotApp;
let state: ReturnType<typeof stateFolder>;

beforeEach(async () => {
  workspace = await ForgeWorkspace.open({ [FILE]: STAGED });
  seed(workspace.source.repository("staging/api"), app);
  made = addBotApp(workspace.github);
  state = stateFolder();
  bot = await RunningBot.start(state.path, made.env);
  workspace.github.webhook = { url: `${bot.origin}/webhook`, secret: SECRET };
});
afterEach(async () => {
  const { violations } = workspace.github;
  await workspace.github.settled();
  await bot[Symbol.asyncDispose]();
  state[Symbol.dispose]();
  await workspace[Symbol.asyncDispose]();
  expect(violations).toEqual([]);
});

/** Everything that was posted is answered, and everything that was accepted is done. */
async function settled(): Promise<void> {
  await workspace.github.settled();
  await bot.idle();
}

function checksOf(commit: string): readonly (readonly [string, string | undefined])[] {
  const all = [...workspace.github.repository().checks.values()];
  return all
    .filter((check) => check.commit === commit)
    .map(({ name, conclusion }) => [name, conclusion ?? undefined] as const);
}

function comments(): readonly string[] {
  return [...workspace.github.repository().comments.values()].map(({ body }) => body);
}

const PASSED = ["waybill / plan", "success"] as const;
const WAITS = ["waybill / approval", "action_required"] as const;

describe("a pull request under the bot", { timeout: 90_000 }, () => {
  it("004-12 gets both checks of the App and one comment, with nobody's Actions", async () => {
    const number = await workspace.propose({ [FILE]: PROMOTED });
    await settled();
    const { commit } = workspace.github.pull(number).head;
    expect(checksOf(commit)).toEqual([PASSED, WAITS]);
    const [check] = workspace.github.repository().checks.values();
    expect(check).toMatchObject({
      app: { slug: "waybill-bot" },
      actions: [{ label: "Plan again", identifier: "plan-again" }],
    });
    expect(check?.text).toContain("waybill.dev/plan-statement/v1");
    const [body = "", ...others] = comments();
    expect(others).toEqual([]);
    expect(body).toMatch(new RegExp(`^<!-- waybill:plan v1 id=waybill head=${commit} `));
    expect(body).toContain("payments/api");
    // Git is asked as the App as well: a private repository answers nobody else.
    const fetches = workspace.github.requests.filter(({ operation }) => operation === "git");
    expect(new Set(fetches.map(({ by }) => by))).toEqual(new Set(["waybill-bot[bot]"]));
  });

  it("threat 18: works with a token for the one repository, for all of a job", async () => {
    await workspace.propose({ [FILE]: PROMOTED });
    await settled();
    const tokens = [...workspace.github.tokens.values()].filter(({ kind }) => kind === "app");
    expect(tokens.map(({ repositories }) => repositories)).toEqual([["promotions"]]);
  });

  it("000-11 turns the check green with the last approval, in the same comment", async () => {
    const number = await workspace.propose({ [FILE]: PROMOTED });
    await settled();
    workspace.github.review(number, { by: "alice" });
    workspace.github.review(number, { by: "carol" });
    await settled();
    const { commit } = workspace.github.pull(number).head;
    expect(checksOf(commit).at(-1)).toEqual(["waybill / approval", "success"]);
    expect(comments()).toEqual([expect.stringContaining("Approvals: complete")]);
  });

  it("threat 1: comments on a fork's too, and leaves nothing of it or of a token in the state", async () => {
    await workspace.github.fork("mallory");
    const repository = "mallory/promotions";
    const hook = { ".gitattributes": "* filter=evil\n", ".git-hooks/post-checkout": "exit 1\n" };
    const files = { [FILE]: PROMOTED, ...hook };
    await workspace.github.push({ branch: "change", by: "mallory", repository, files });
    const work = { head: "mallory:change", author: "mallory", title: "x" };
    const { number } = await workspace.github.openPull(work);
    await settled();
    expect(checksOf(workspace.github.pull(number).head.commit)).toEqual([PASSED, WAITS]);
    expect(comments()).toEqual([expect.stringContaining("payments/api")]);
    expect(readdirSync(join(state.path, "trees"))).toEqual([]);
    const written = readdirSync(state.path, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.includes("objects"))
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
      .join("");
    for (const secret of ["ghs_", "x-access-token", "PRIVATE KEY", SECRET])
      expect(written).not.toContain(secret);
    expect(bot.lines.join("")).not.toContain("ghs_");
  });

  it("says what is wrong in a file at its line, and plans nothing", async () => {
    const number = await workspace.propose({ [FILE]: `${PROMOTED}nonsense: true\n` });
    await settled();
    const { commit } = workspace.github.pull(number).head;
    expect(checksOf(commit)).toContainEqual(["waybill / plan", "failure"]);
    const [check] = workspace.github.repository().checks.values();
    expect(check?.annotations).toMatchObject([
      { path: FILE, annotation_level: "failure", start_line: expect.any(Number) },
    ]);
  });

  it("says so where it conflicts with its base, in both checks", async () => {
    const other = promotion("api", versionLine("v9.9.9", app, "channels: [staging]"));
    const number = await workspace.propose({ [FILE]: PROMOTED });
    await workspace.github.push({ branch: "main", by: "alice", files: { [FILE]: other } });
    await settled();
    const { commit } = workspace.github.pull(number).head;
    expect(checksOf(commit).slice(-2)).toEqual([
      ["waybill / plan", "failure"],
      ["waybill / approval", "failure"],
    ]);
  });

  it("looks again when the base moved, so that no plan on an old base stands", async () => {
    const number = await workspace.propose({ [FILE]: PROMOTED });
    await settled();
    const [before = ""] = comments();
    const moved = await workspace.github.push({
      branch: "main",
      by: "alice",
      files: { "README.md": "x" },
    });
    await settled();
    expect(before).not.toContain(`base=${moved}`);
    expect(comments()).toEqual([expect.stringContaining(`base=${moved}`)]);
    expect(checksOf(workspace.github.pull(number).head.commit).length).toBe(4);
  });

  it.for(["rerequested", "requested_action"])(
    "looks again when somebody presses %s",
    async (action) => {
      const number = await workspace.propose({ [FILE]: PROMOTED });
      await settled();
      const { commit } = workspace.github.pull(number).head;
      const [check] = workspace.github.repository().checks.values();
      emit("check_run", {
        action,
        check_run: { head_sha: commit, external_id: check?.externalId, app: { id: made.app.id } },
      });
      emit("check_suite", {
        action: "rerequested",
        check_suite: { head_sha: commit, app: { id: made.app.id } },
      });
      emit("check_run", { action, check_run: { head_sha: commit, app: { id: 1 } } });
      await settled();
      expect(checksOf(commit).length).toBeGreaterThanOrEqual(4);
      expect(await bot.metric('waybill_bot_ignored_total{reason="other-app"}')).toBe(1);
    },
  );

  it("reports both checks on a merge queue's group, and comments nothing there", async () => {
    const number = await workspace.propose({ [FILE]: PROMOTED });
    await settled();
    const said = comments();
    const { github } = workspace;
    const base = (await github.repository().git.head("refs/heads/main")) ?? "";
    const queued = `gh-readonly-queue/main/pr-${number}-${base}`;
    const head = await github.push({
      branch: queued,
      by: "bob",
      from: "refs/heads/main",
      files: { [FILE]: PROMOTED },
    });
    const group = { head_sha: head, base_sha: base, head_ref: `refs/heads/${queued}` };
    const queue = { ...group, base_ref: "refs/heads/main" };
    emit("merge_group", { action: "checks_requested", merge_group: queue });
    await settled();
    expect(checksOf(head)).toEqual([PASSED, WAITS]);
    expect(comments()).toEqual(said);
  });

  it("answers /waybill commands in the comment, and holds the check of the approvals", async () => {
    const number = await workspace.propose({ [FILE]: PROMOTED });
    await settled();
    workspace.github.comment(number, "alice", "/waybill help");
    await settled();
    expect(comments()[0]).toContain("/waybill hold");
    workspace.github.comment(number, "bob", "/waybill explain payments/api");
    await settled();
    expect(comments()[0]).toContain("/waybill explain payments/api");
    expect(comments()[0]).not.toContain("There is no plan");
    workspace.github.comment(number, "alice", "/waybill hold");
    await settled();
    const { commit } = workspace.github.pull(number).head;
    expect(checksOf(commit).at(-1)).toEqual(["waybill / approval", "failure"]);
    workspace.github.comment(number, "alice", "thanks");
    await settled();
    expect(await bot.metric('waybill_bot_ignored_total{reason="action"}')).toBeGreaterThan(0);
  });

  it("forgets a pull request that was merged, and applies nothing", async () => {
    const number = await workspace.propose({ [FILE]: PROMOTED });
    await settled();
    const writes = workspace.target.requests?.length ?? 0;
    await workspace.github.merge(number, { by: "alice" });
    await settled();
    workspace.github.comment(number, "alice", "/waybill retry");
    await settled();
    expect(comments()[0]).toContain("applies nothing");
    expect(await bot.metric('waybill_bot_jobs_total{kind="closed",outcome="done"}')).toBe(1);
    expect(await bot.metric('waybill_bot_jobs_total{kind="request",outcome="done"}')).toBe(1);
    expect(workspace.target.requests?.length ?? 0).toBe(writes);
  });

  it("does nothing for a repository that the App is not installed in", async () => {
    const repository = { full_name: "acme/other", default_branch: "main" };
    const request = { number: 1, base: { ref: "main" } };
    await bot.post({ payload: { action: "opened", pull_request: request, repository } });
    await settled();
    expect(await bot.metric('waybill_bot_ignored_total{reason="not-installed"}')).toBe(1);
  });

  it("tells at the check why nothing could be planned, and tries again", async () => {
    await workspace.source.close();
    const number = await workspace.propose({ [FILE]: PROMOTED });
    await settled();
    const { commit } = workspace.github.pull(number).head;
    expect(checksOf(commit)).toContainEqual(["waybill / plan", "failure"]);
  });
});

function emit(event: string, payload: Readonly<Record<string, unknown>>): void {
  const { github } = workspace;
  github.emit(event, {
    sender: github.account("alice"),
    ...payload,
    repository: github.repository(),
  });
}
