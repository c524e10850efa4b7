import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseRecordLine } from "#audit";
import type { RunRecord } from "#model";
import type { Ran } from "../../cli/captured.ts";
import { ForgeWorkspace } from "../../support/forge-workspace.ts";
import { image, seed } from "../../support/images.ts";
import { promotion, versionLine } from "../../support/workspace.ts";

const one = image({ seed: "one" });
const two = image({ seed: "two" });
const FILE = "promotions/payments/api.yaml";
const WEB = "promotions/payments/web.yaml";
const STAGED = promotion("api", versionLine("v1.0.0", one, "channels: [staging]"));
const PROMOTED = promotion("api", versionLine("v1.0.0", one, "channels: [staging, prod]"));
const JOB = {
  contents: "write",
  pull_requests: "write",
  deployments: "write",
  issues: "write",
  actions: "read",
} as const;

let workspace: ForgeWorkspace;

beforeEach(async () => {
  workspace = await ForgeWorkspace.open();
  for (const built of [one, two]) {
    seed(workspace.source.repository("staging/api"), built);
    seed(workspace.source.repository("staging/web"), built);
  }
});
afterEach(async () => {
  const { violations } = workspace.github;
  await workspace[Symbol.asyncDispose]();
  expect(violations).toEqual([]);
});

/** Proposes, approves and merges, as people do; the pull request's number. */
async function merge(
  files: Readonly<Record<string, string>>,
  approvers: readonly string[] = ["alice", "carol"],
  method: "merge" | "squash" | "rebase" = "merge",
): Promise<number> {
  const branch = `change-${workspace.github.requests.length}-${Math.random()}`;
  const number = await workspace.propose(files, { branch });
  for (const by of approvers) workspace.github.review(number, { by });
  await workspace.github.merge(number, { by: "dave", method });
  return number;
}

interface Applied extends Ran {
  readonly record: RunRecord | undefined;
}

/** The job of a push: checks out what main was then, applies, and pushes its record. */
async function job(
  commit = "refs/heads/main",
  more: readonly string[] = [],
  permissions: Readonly<Record<string, "read" | "write">> = JOB,
): Promise<Applied> {
  const folder = await workspace.checkout(commit);
  const token = workspace.github.actionsToken(permissions);
  const args = ["apply", "--on-merge", "--push-record", "--record-out", "record.json", ...more];
  const env = { GITHUB_REF_TYPE: "branch", GITHUB_REF_NAME: "main", GITHUB_RUN_ID: "5" };
  const ran = await workspace.run(folder, args, { token, env });
  const line = await Promise.try(() => readFileSync(join(folder, "record.json"), "utf8")).catch(
    () => "",
  );
  return { ...ran, record: parseRecordLine(line.trim()) };
}

function placed(path: string): readonly string[] {
  return [...workspace.target.repository(path).tags.keys()].toSorted();
}

function comments(): readonly string[] {
  return [...workspace.github.repository().comments.values()].map(({ body }) => body);
}

function issues(): readonly { readonly state: string; readonly body: string }[] {
  return [...workspace.github.repository().issues.values()];
}

// Several clones, merges and runs each: a slow machine gets its time.
describe("apply on merge", { timeout: 60_000 }, () => {
  it("004-13 does what was approved, says so in the comment, files deployments and keeps a record", async () => {
    await merge({ [FILE]: STAGED });
    expect(await job()).toMatchObject({ code: 0 });
    const number = await merge({ [FILE]: PROMOTED });
    const { code, record, err } = await job();
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(placed("payments/api")).toEqual(["stable", "v1.0.0"]);
    expect(record).toMatchObject({
      prs: [number],
      actor: "unknown",
      approvals: [{ login: "alice" }, { login: "carol" }],
      range: { to: await workspace.github.repository().git.head("refs/heads/main") },
    });
    expect(comments()).toHaveLength(2);
    expect(comments()[1]).toContain("Merged and done");
    const deployments = [...workspace.github.repository().deployments.values()];
    expect(deployments.map(({ environment }) => environment)).toEqual([
      "waybill/staging/oslo",
      "waybill/prod/oslo",
    ]);
    expect(issues()).toEqual([]);
  });

  it.for(["squash", "rebase"] as const)("finds what came in by %s", async (method) => {
    await merge({ [FILE]: STAGED }, ["alice"], method);
    expect(await job()).toMatchObject({ code: 0 });
    expect(placed("preprod/payments/api")).toEqual(["v1.0.0"]);
  });

  it("000-11 leaves undone what nobody approved, does the rest, and opens one issue", async () => {
    expect(await job()).toMatchObject({ code: 0 });
    await merge({ [FILE]: STAGED }, []);
    await merge({ [WEB]: promotion("web", versionLine("v1.0.0", one, "channels: [staging]")) });
    const { code, record } = await job();
    expect(code).toBe(4);
    expect(placed("preprod/payments/web")).toEqual(["v1.0.0"]);
    expect(placed("preprod/payments/api")).toEqual([]);
    expect(record?.outcomes.map(({ code: why }) => why)).toContain("approval-missing");
    expect(issues()).toMatchObject([{ state: "open" }]);
  });

  it("threat 11: covers nothing by a commit that came without a pull request", async () => {
    await workspace.github.push({ branch: "main", by: "alice", files: { [FILE]: STAGED } });
    const { code } = await job();
    expect(code).toBe(4);
    expect(placed("preprod/payments/api")).toEqual([]);
  });

  it("threat 4: leaves undone what was merged otherwise than it was reviewed", async () => {
    const number = await workspace.propose({ [FILE]: STAGED });
    workspace.github.review(number, { by: "alice" });
    const more = promotion(
      "api",
      versionLine("v1.0.0", one, "channels: [staging]"),
      versionLine("v2.0.0", two, "channels: [staging]"),
    );
    await workspace.github.push({ branch: "change", by: "bob", files: { [FILE]: more } });
    await workspace.github.merge(number, { by: "dave" });
    expect(await job()).toMatchObject({ code: 4 });
    expect(placed("preprod/payments/api")).toEqual([]);
  });

  it("takes all merges since the last apply, and calls the older run superseded", async () => {
    await merge({ [FILE]: STAGED });
    const older = await workspace.github.repository().git.head("refs/heads/main");
    await merge({ [WEB]: promotion("web", versionLine("v1.0.0", two, "channels: [staging]")) });
    await workspace.github.push({ branch: "main", by: "alice", files: { "README.md": "x" } });
    const base = await workspace.github.repository().git.head("refs/heads/main~3");
    expect(base).toBeDefined();
    const newer = await job();
    // Nothing was ever recorded, so that only the last commit's own change was looked at.
    expect(newer.record?.prs).toEqual([]);
    expect(await job(older)).toMatchObject({ code: 4, err: expect.stringContaining("stale-run") });
  });

  it("threat 10: a run that a newer one answered for is exit 0, and does nothing", async () => {
    await merge({ [FILE]: STAGED });
    await job();
    await merge({ [FILE]: PROMOTED });
    const older = await workspace.github.repository().git.head("refs/heads/main");
    await merge({ [WEB]: promotion("web", versionLine("v1.0.0", two, "channels: [staging]")) });
    const newer = await job();
    expect(newer).toMatchObject({ code: 0 });
    expect(newer.record?.prs).toHaveLength(2);
    const before = workspace.target.requests.length;
    const late = await job(older);
    expect(late).toMatchObject({ code: 0, err: expect.stringContaining("with it") });
    expect(workspace.target.requests.length).toBe(before);
  });

  it("heals what an earlier run left undone, and closes the issue", async () => {
    await merge({ [FILE]: STAGED });
    const match = { kind: "upload", method: "PUT", times: Infinity } as const;
    workspace.target.fault({ match, do: { kind: "answer", status: 403 } });
    expect(await job()).toMatchObject({ code: 1 });
    expect(issues()).toMatchObject([{ state: "open" }]);
    workspace.target.clearFaults();
    await merge({ "README.md": "nothing to do with it" }, []);
    const healed = await job();
    expect(healed).toMatchObject({ code: 0 });
    expect(placed("preprod/payments/api")).toEqual(["v1.0.0"]);
    expect(issues()).toMatchObject([{ state: "closed" }]);
    expect(comments()[0]).toContain("Merged and done");
  });

  it("does not take for unfinished what somebody took away later", async () => {
    await merge({ [FILE]: STAGED });
    await job();
    workspace.target.repository("preprod/payments/api").tags.delete("v1.0.0");
    await merge({ "README.md": "nothing to do with it" }, []);
    expect(await job()).toMatchObject({ code: 3 });
    expect(placed("preprod/payments/api")).toEqual([]);
  });

  it("does one channel at a time where it is asked to, each with its own range", async () => {
    await merge({ [FILE]: STAGED });
    await job("refs/heads/main", ["--channel", "staging"]);
    await job("refs/heads/main", ["--channel", "prod"]);
    await merge({ [FILE]: PROMOTED });
    expect(await job("refs/heads/main", ["--channel", "staging"])).toMatchObject({ code: 0 });
    expect(placed("payments/api")).toEqual([]);
    await merge({ "README.md": "x" }, []);
    // The staging job of the newer commit is done already; prod still answers for the merge before it.
    expect(await job("refs/heads/main", ["--channel", "staging"])).toMatchObject({ code: 0 });
    const prod = await job("refs/heads/main", ["--channel", "prod"]);
    expect(prod).toMatchObject({ code: 0 });
    expect(prod.record?.prs).toHaveLength(2);
    expect(placed("payments/api")).toEqual(["stable", "v1.0.0"]);
  });

  it("keeps its calls: 20, 3 for each channel and site, 2 for each pull request", async () => {
    await merge({ [FILE]: STAGED });
    await job();
    await merge({ [FILE]: PROMOTED });
    await merge({ [WEB]: promotion("web", versionLine("v1.0.0", two, "channels: [staging]")) });
    const before = workspace.github.requests.length;
    const { record } = await job();
    expect(record?.prs).toHaveLength(2);
    const calls = workspace.github.requests
      .slice(before)
      .filter(({ operation }) => operation !== "git");
    const places = 2;
    expect(calls.length).toBeLessThanOrEqual(20 + 3 * places + 2 * 2);
  });

  it("finishes the registries where the forge takes nothing, says so, and tells it when run again", async () => {
    await merge({ [FILE]: STAGED });
    const rights = { contents: "write", pull_requests: "read", actions: "read" } as const;
    const { code, err } = await job("refs/heads/main", [], rights);
    expect({ code, err }).toMatchObject({
      code: 1,
      err: expect.stringContaining("could not be written"),
    });
    expect(placed("preprod/payments/api")).toEqual(["v1.0.0"]);
    expect(comments()).toEqual([]);
    expect(await job()).toMatchObject({ code: 0 });
    expect(comments()).toHaveLength(1);
  });

  it("threat 14: obeys the policies from before a merge that changes promotions too", async () => {
    const loose = `apiVersion: waybill.dev/v1
kind: Channels
channels:
  staging: { to: "preprod/{project}/{name}", sites: { require: [oslo] }, approvals: { count: 0 } }
`;
    await merge({ [FILE]: STAGED, "policies/channels.yaml": loose }, []);
    expect(await job()).toMatchObject({ code: 4 });
    expect(placed("preprod/payments/api")).toEqual([]);
  });

  it("plans what a retirement takes away, does the rest, and leaves the removal undone", async () => {
    await merge({ [FILE]: STAGED });
    await job();
    const retired = promotion(
      "api",
      versionLine("v1.0.0", one, "state: retired, reason: bad"),
      versionLine("v2.0.0", two, "channels: [staging]"),
    );
    await merge({ [FILE]: retired });
    const { code, record } = await job();
    expect(code).toBe(4);
    expect(placed("preprod/payments/api")).toEqual(["v1.0.0", "v2.0.0"]);
    const removals = record?.outcomes.filter(
      ({ key }) => key.op === "untag" || key.op === "delete",
    );
    expect(removals).toMatchObject([{ status: "refused" }, { status: "refused" }]);
    expect(issues()).toMatchObject([{ state: "open" }]);
  });

  it("threat 1: applies nothing from another branch than the default one", async () => {
    await workspace.github.push({ branch: "evil", by: "bob", files: { [FILE]: STAGED } });
    const folder = await workspace.checkout("refs/heads/evil");
    const token = workspace.github.actionsToken(JOB);
    for (const env of [{ GITHUB_REF_TYPE: "branch", GITHUB_REF_NAME: "evil" }, {}]) {
      const ran = await workspace.run(folder, ["apply", "--on-merge"], { token, env });
      expect(ran).toMatchObject({ code: 2, err: expect.stringContaining("only what was merged") });
    }
    expect(workspace.target.requests).toEqual([]);
  });

  it("leaves drift to a pull request of its own, which covers it once it is approved", async () => {
    await merge({ [FILE]: STAGED });
    await job();
    workspace.target.repository("preprod/payments/api").tags.delete("v1.0.0");
    await merge({ "README.md": "nothing to do with it" }, []);
    const app = workspace.github.addApp({ slug: "waybill", permissions: JOB });
    const token = workspace.github.installationToken(app);
    const folder = await workspace.checkout("refs/heads/main");
    const env = { GITHUB_ACTOR: "dave" };
    const ran = await workspace.run(folder, ["reapprove", "--pr"], { token, env });
    expect(ran).toMatchObject({ code: 0 });
    const { branch, url } = JSON.parse(ran.out);
    expect({ branch, url }).toEqual({ branch: "waybill/reapprove", url: expect.any(String) });
    const [number = 0] = [...workspace.github.repository().pulls.keys()].slice(-1);
    expect(workspace.github.pull(number).body).toContain("payments/api");
    const asked = ["approval", "--pr", String(number)];
    expect(await workspace.run(folder, asked, { token })).toMatchObject({ code: 4 });
    workspace.github.review(number, { by: "alice" });
    expect(await workspace.run(folder, asked, { token })).toMatchObject({ code: 0 });
    await workspace.github.merge(number, { by: "dave" });
    expect(await job()).toMatchObject({ code: 0 });
    expect(placed("preprod/payments/api")).toEqual(["v1.0.0"]);
  });

  it("shares records by a job of its own, which joins what others pushed", async () => {
    await merge({ [FILE]: STAGED });
    const folder = await workspace.checkout("refs/heads/main");
    const env = { GITHUB_REF_TYPE: "branch", GITHUB_REF_NAME: "main" };
    const token = workspace.github.actionsToken({ ...JOB, contents: "read" });
    const args = ["apply", "--on-merge", "--record-out", "record.json"];
    expect(await workspace.run(folder, args, { token, env })).toMatchObject({ code: 0 });
    const { git } = workspace.github.repository();
    expect(await git.head("refs/notes/waybill")).toBeUndefined();
    const other = await workspace.checkout("refs/heads/main");
    const pushing = workspace.github.actionsToken({ contents: "write" });
    const share = ["record", "--push", join(folder, "record.json")];
    expect(await workspace.run(other, share, { token: pushing })).toMatchObject({ code: 0 });
    expect(await git.head("refs/notes/waybill")).toBeDefined();
    const forbidden = await workspace.run(other, ["record", "--push", "x"], { token });
    expect(forbidden).toMatchObject({ code: 2 });
  });

  it.for<readonly [string, readonly string[]]>([
    ["an answer of its own", ["--yes"]],
    ["a scope of its own", ["--since", "HEAD^1"]],
    ["a plan", ["--plan", "x.json"]],
    ["no record", ["--no-record"]],
  ])("is exit 2 with %s", async ([, more]) => {
    expect(await job("refs/heads/main", more)).toMatchObject({ code: 2 });
  });
});
