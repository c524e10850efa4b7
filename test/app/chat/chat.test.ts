import { readFileSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ForgeWorkspace } from "../../support/forge-workspace.ts";
import { zip } from "../../support/github/zip.ts";
import type { FakeComment, FakeRun } from "../../support/github/state.ts";
import { image, seed } from "../../support/images.ts";
import { promotion, versionLine } from "../../support/workspace.ts";

const app = image({ seed: "app" });
const FILE = "promotions/payments/api.yaml";
const WEB = "promotions/payments/web.yaml";
const STAGED = promotion("api", versionLine("v1.0.0", app, "channels: [staging]"));
const PROMOTED = promotion("api", versionLine("v1.0.0", app, "channels: [staging, prod]"));
/** What the job of a comment has, and no more (decision 0018). */
const JOB = { contents: "read", pull_requests: "write", actions: "write" } as const;
const APPLY = "name: apply\non:\n  push:\n  workflow_dispatch:\n";

let workspace: ForgeWorkspace;
let folder: string;
let number: number;

beforeEach(async () => {
  workspace = await ForgeWorkspace.open({
    [FILE]: STAGED,
    ".github/workflows/waybill-apply.yml": APPLY,
  });
  for (const name of ["api", "web"]) seed(workspace.source.repository(`staging/${name}`), app);
  number = await workspace.propose({ [FILE]: PROMOTED });
  workspace.github.collaborator("erin", "triage");
  workspace.github.collaborator("frank", "read");
  folder = await workspace.checkout("refs/heads/main");
});
afterEach(async () => {
  const { violations } = workspace.github;
  await workspace[Symbol.asyncDispose]();
  expect(violations).toEqual([]);
});

/** Comments, and runs the job that GitHub starts for it. */
async function say(by: string, body: string, change: Change = {}): Promise<Heard> {
  const comment = workspace.github.comment(number, by, body);
  change.before?.(comment);
  const file = `${folder}-event.json`;
  const payload = {
    action: "created",
    issue: { number, pull_request: {} },
    comment: { id: comment.id, body },
    ...change.payload,
  };
  writeFileSync(file, JSON.stringify(payload));
  const output = `${folder}-output`;
  writeFileSync(output, "");
  const token = workspace.github.actionsToken(change.rights ?? JOB);
  const args = ["chat", "--event", file, "--format", "json"];
  const env = { GITHUB_OUTPUT: output };
  const { code, out, err } = await workspace.run(folder, args, { token, env });
  return {
    code,
    err,
    answer: out === "" ? {} : JSON.parse(out),
    reactions: comment.reactions.map(({ content }) => content),
    merge: /^merge=(.*)$/m.exec(readFileSync(output, "utf8"))?.[1] ?? "",
  };
}

interface Change {
  readonly payload?: Readonly<Record<string, unknown>>;
  readonly rights?: Readonly<Record<string, "read" | "write">>;
  readonly before?: (comment: FakeComment) => void;
}

interface Heard {
  readonly code: number;
  readonly err: string;
  readonly answer: { readonly kind?: string; readonly says?: readonly string[] };
  readonly reactions: readonly string[];
  readonly merge: string;
}

function sticky(): string {
  const ours = [...workspace.github.repository().comments.values()].filter(({ body }) =>
    body.startsWith("<!-- waybill:plan v1 "),
  );
  expect(ours.length).toBeLessThanOrEqual(1);
  return ours[0]?.body ?? "";
}

/** A run of the check that planned this head, and left its plan behind. */
async function planned(more: Partial<FakeRun> = {}): Promise<FakeRun> {
  const job = await workspace.checkout(`refs/pull/${number}/merge`);
  const out = `${job}-check.json`;
  await workspace.run(job, ["plan", "--format", "github", "--out", out]);
  const { conclusion, event, path, status } = more;
  return workspace.github.addRun({
    headCommit: workspace.github.pull(number).head.commit,
    path: path ?? ".github/workflows/waybill-plan.yml",
    ...(conclusion !== undefined && { conclusion }),
    ...(event !== undefined && { event }),
    ...(status !== undefined && { status }),
    artifacts: { "waybill-plan": zip({ "plan.json": readFileSync(out, "utf8") }) },
  });
}

function approvalRun(): FakeRun {
  return workspace.github.addRun({
    headCommit: workspace.github.pull(number).head.commit,
    path: ".github/workflows/waybill-approval.yml",
  });
}

describe("waybill chat", { timeout: 60_000 }, () => {
  it("000-08 answers in the one comment, which stays what it was otherwise", async () => {
    await planned();
    const heard = await say("frank", "/waybill help");
    expect(heard).toMatchObject({ code: 0, reactions: ["eyes", "+1"] });
    expect(sticky()).toContain("frank asked");
    expect(sticky()).toContain("None merges, approves or overrides");
    expect(sticky()).toContain("payments/api");
    expect(sticky()).toContain("still needed");
    expect(workspace.github.repository().comments.size).toBe(2);
  });

  it("answers where nothing was planned yet, and says so", async () => {
    expect(await say("frank", "/waybill help")).toMatchObject({ reactions: ["eyes", "+1"] });
    expect(sticky()).toContain("This head was not planned yet.");
  });

  it("000-08 explains what a pull request does with one artifact", async () => {
    await planned();
    await say("frank", "/waybill explain payments/api@v1.0.0");
    expect(sticky()).toMatch(/v1.0.0 in prod&#58; copy v1.0.0 at oslo/);
    const { answer } = await say("frank", "/waybill explain payments/other");
    expect(answer.says?.join(" ")).toContain("Nothing that was planned here is about");
  });

  it.for<readonly [string, string]>([
    ["erin", "/waybill plan"],
    ["frank", "/waybill hold"],
    ["frank", "/waybill unhold"],
    ["erin", "/waybill retry"],
    ["nobody", "/waybill plan"],
  ])("003-29 refuses %s, who may not write: %s", async ([by, body]) => {
    approvalRun();
    await planned({ conclusion: "failure" });
    const heard = await say(by, body);
    expect(heard).toMatchObject({ code: 0, merge: "", reactions: ["eyes", "confused"] });
    expect(sticky()).toContain("That takes the right to write");
    const runs = [...workspace.github.repository().runs.values()];
    expect(runs.every(({ attempt }) => attempt === 1)).toBe(true);
    expect(runs).toHaveLength(2);
  });

  it.for(["/waybill", "/waybill approve", "/waybill merge", "/waybill plan now", "/waybill plаn"])(
    "says what there is where %s is no command",
    async (body) => {
      const heard = await say("alice", body);
      expect(heard.reactions).toEqual(["eyes", "confused"]);
      expect(sticky()).toContain("/waybill help");
    },
  );

  it.for<readonly [string, Change, string]>([
    ["an edit", { payload: { action: "edited" } }, "/waybill hold"],
    ["a comment on an issue", { payload: { issue: { number: 1 } } }, "/waybill hold"],
    ["a payload of another kind", { payload: { comment: null } }, "/waybill hold"],
    ["a comment that is gone", { payload: { comment: { id: 4 } } }, "/waybill hold"],
    [
      "one that was edited since",
      { before: (one) => void (one.updatedAt = "2099-01-01T00:00:00Z") },
      "/waybill hold",
    ],
    [
      "one that says something else by now",
      { before: (one) => void (one.body = "never mind") },
      "/waybill hold",
    ],
    ["a quote", {}, "> /waybill hold"],
    ["a word more on the slash", {}, "/waybillhold"],
  ])("ignores %s", async ([, change, body]) => {
    const heard = await say("alice", body, change);
    expect(heard).toMatchObject({ code: 0, answer: { kind: "ignored" }, reactions: [] });
    expect(sticky()).toBe("");
  });

  it("ignores bots, its own comment among them", async () => {
    const comment = workspace.github.comment(number, "github-actions[bot]", "/waybill hold");
    const heard = await say("alice", "/waybill help", { payload: { comment: { id: comment.id } } });
    expect(heard.answer.kind).toBe("ignored");
    expect(comment.reactions).toEqual([]);
  });

  it("003-29 holds, has the check look again, and lets go", async () => {
    await planned();
    const run = approvalRun();
    expect(await say("dave", "/waybill hold")).toMatchObject({ reactions: ["eyes", "+1"] });
    expect(run).toMatchObject({ attempt: 2, status: "queued" });
    expect(sticky()).toContain("dave holds this pull request.");
    run.status = "completed";
    expect(await say("carol", "/waybill unhold")).toMatchObject({ reactions: ["eyes", "+1"] });
    expect(run.attempt).toBe(3);
    expect(sticky()).not.toContain("holds this pull request");
  });

  it("plans the merge as it is now, which jobs after it read as data", async () => {
    const run = await planned();
    const heard = await say("bob", "/waybill plan");
    const merge = await workspace.github.repository().git.head(`refs/pull/${number}/merge`);
    expect(heard).toMatchObject({ reactions: ["eyes", "+1"], merge });
    expect(run.attempt).toBe(1);
  });

  it("runs a check again that failed, and plans nothing beside it", async () => {
    const run = await planned({ conclusion: "failure" });
    const heard = await say("bob", "/waybill plan");
    expect(heard).toMatchObject({ reactions: ["eyes", "+1"], merge: "" });
    expect(run.attempt).toBe(2);
  });

  it("plans the new merge instead of a failed check's old one, once the base has moved", async () => {
    const run = await planned({ conclusion: "failure" });
    await workspace.github.push({ branch: "main", by: "alice", files: { "README.md": "x" } });
    const heard = await say("bob", "/waybill plan");
    const merge = await workspace.github.repository().git.head(`refs/pull/${number}/merge`);
    expect(heard).toMatchObject({ reactions: ["eyes", "+1"], merge });
    expect(run.attempt).toBe(1);
    expect(sticky()).toContain("update the branch");
  });

  it("plans nothing beside a check that still runs", async () => {
    await planned({ status: "in_progress" });
    expect(await say("bob", "/waybill plan")).toMatchObject({
      merge: "",
      reactions: ["eyes", "+1"],
    });
  });

  it("says so where there is no merge to plan", async () => {
    const line = versionLine("v1.0.0", app, "channels: [staging], state: retired, reason: bad");
    const files = { [FILE]: promotion("api", line) };
    await workspace.github.push({ branch: "main", by: "alice", files });
    const heard = await say("bob", "/waybill plan");
    expect(heard).toMatchObject({ merge: "", reactions: ["eyes", "confused"] });
    expect(sticky()).toContain("conflicts");
  });

  it("004-13 applies again after the merge, by the button of the workflow", async () => {
    await planned();
    expect(await say("bob", "/waybill retry")).toMatchObject({ reactions: ["eyes", "confused"] });
    expect(sticky()).toContain("It is not merged");
    await workspace.github.merge(number, { by: "alice" });
    expect(await say("bob", "/waybill retry")).toMatchObject({ reactions: ["eyes", "+1"] });
    const runs = [...workspace.github.repository().runs.values()];
    expect(runs.at(-1)).toMatchObject({
      event: "workflow_dispatch",
      path: ".github/workflows/waybill-apply.yml",
      headBranch: "main",
    });
    expect(await say("bob", "/waybill plan")).toMatchObject({ reactions: ["eyes", "confused"] });
    expect(sticky()).toContain("It is merged");
  });

  it("keeps the outcome of a merge in the comment that it writes anew", async () => {
    const files = { [WEB]: promotion("web", versionLine("v1.0.0", app, "channels: [staging]")) };
    number = await workspace.propose(files, { branch: "web" });
    workspace.github.review(number, { by: "alice" });
    await workspace.github.merge(number, { by: "alice" });
    const main = await workspace.checkout("refs/heads/main");
    const rights = { issues: "write", deployments: "write", contents: "write" } as const;
    const token = workspace.github.actionsToken({ ...JOB, ...rights });
    const args = ["apply", "--on-merge", "--push-record", "--record-out", `${main}-record.json`];
    await workspace.run(main, args, { token });
    expect(sticky()).toContain("Merged and done: 2 of 2 actions");
    await say("frank", "/waybill help");
    expect(sticky()).toContain("Merged and done: 2 of 2 actions");
    expect(sticky()).toContain("frank asked");
  });

  it.for<readonly [string, string, string]>([
    ["believes a plan that a comment asked for", "issue_comment", "payments/api"],
    ["believes no other run that names its plan so", "pull_request", "not planned yet"],
  ])("%s", async ([, event, said]) => {
    const run = await planned({ event });
    const merge = await workspace.github.repository().git.head(`refs/pull/${number}/merge`);
    const archive = run.artifacts[0]?.archive ?? new Uint8Array();
    run.artifacts.length = 0;
    workspace.github.addRun({
      headCommit: workspace.github.pull(number).head.commit,
      event,
      path: ".github/workflows/waybill-chat.yml",
      artifacts: { [`waybill-plan-${merge ?? ""}`]: archive },
    });
    await say("frank", "/waybill help");
    expect(sticky()).toContain(said);
  });

  it("believes no plan of a pull request that changes workflows", async () => {
    await workspace.github.push({
      branch: "change",
      by: "bob",
      files: { ".github/workflows/waybill-plan.yml": "name: mine\n" },
    });
    await planned();
    await say("frank", "/waybill explain payments/api");
    expect(sticky()).toContain("This head was not planned yet");
    expect(workspace.github.count("storage")).toBe(0);
  });

  it("takes what a run left behind for foreign text", async () => {
    workspace.github.addRun({
      headCommit: workspace.github.pull(number).head.commit,
      artifacts: { "waybill-plan": zip({ "plan.json": '{"schema":"@team <script>' }) },
    });
    expect(await say("frank", "/waybill help")).toMatchObject({ reactions: ["eyes", "+1"] });
    expect(sticky()).toContain("This head was not planned yet");
    expect(sticky()).not.toContain("<script>");
  });

  it("000-30 002-50 names the right that the job lacks, and says so by its reaction", async () => {
    await planned({ conclusion: "failure" });
    const rights = { contents: "read", pull_requests: "write", actions: "read" } as const;
    const heard = await say("bob", "/waybill plan", { rights });
    expect(heard).toMatchObject({ code: 1, reactions: ["eyes", "confused"] });
    expect(heard.err).toContain("actions: write");
  });
});
