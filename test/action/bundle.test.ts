import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { readEvent, type JobEvent } from "../../src/action/event.ts";
import { registryCredentials } from "../../src/action/registry-credentials.ts";
import { ForgeWorkspace } from "../support/forge-workspace.ts";
import { image, seed } from "../support/images.ts";
import { runStep, type Ended } from "../support/job-process.ts";
import { readOutputs } from "../support/step-outputs.ts";
import { openWorkspace, promotion, versionLine, type Workspace } from "../support/workspace.ts";

const API = "promotions/payments/api.yaml";
const app = image({ seed: "app" });
const staged = promotion("api", versionLine("v1.0.0", app, "channels: [staging]"));

let clean = "";

/** The bundle in a folder of its own, without a checkout or node_modules beside it. */
beforeAll(async () => {
  clean = mkdtempSync(join(tmpdir(), "waybill-action-"));
  const built = spawn(process.execPath, ["scripts/build.ts", join(clean, "dist")]);
  expect((await once(built, "close"))[0]).toBe(0);
  writeFileSync(join(clean, "action.yml"), readFileSync("action.yml"));
  // Of programs there is git, as any runner has it, and nothing else.
  mkdirSync(join(clean, "programs"));
  const git = execFileSync("sh", ["-c", "command -v git"], { encoding: "utf8" }).trim();
  symlinkSync(git, join(clean, "programs", "git"));
}, 60_000);

afterAll(() => rmSync(clean, { recursive: true, force: true }));

interface Step {
  readonly workspace: Pick<Workspace, "root">;
  readonly env?: Readonly<Record<string, string>>;
  /** The runner's folder for temporary files; a new one where not given. */
  readonly temp?: string;
  readonly with?: Readonly<Record<string, string>>;
  readonly event?: readonly [name: string, payload: unknown];
}

interface Stepped extends Ended {
  readonly temp: string;
  readonly summary: string;
  readonly outputs: ReadonlyMap<string, string>;
}

/** Runs the bundle as the runner does: `main` of action.yml, the inputs and the event in the environment. */
async function step({ workspace, event, env, ...asked }: Step): Promise<Stepped> {
  const temp = asked.temp ?? mkdtempSync(join(clean, "runner-"));
  const [name, payload] = event ?? ["pull_request", { pull_request: { number: 7 } }];
  writeFileSync(join(temp, "event.json"), JSON.stringify(payload));
  const action: Action = parse(readFileSync(join(clean, "action.yml"), "utf8"));
  const inputs = Object.entries(asked.with ?? {}).map(([key, value]) => [
    `INPUT_${key.toUpperCase()}`,
    value,
  ]);
  const ended = await runStep({
    folder: temp,
    script: join(clean, action.runs.main),
    env: {
      PATH: join(clean, "programs"),
      NODE_DISABLE_COMPILE_CACHE: "1",
      GITHUB_ACTIONS: "true",
      GITHUB_WORKSPACE: workspace.root,
      GITHUB_EVENT_NAME: name,
      GITHUB_EVENT_PATH: join(temp, "event.json"),
      GITHUB_OUTPUT: join(temp, "outputs"),
      GITHUB_STEP_SUMMARY: join(temp, "summary.md"),
      RUNNER_TEMP: temp,
      ...env,
      ...Object.fromEntries(inputs),
    },
  });
  return {
    temp,
    ...ended,
    summary: readIf(join(temp, "summary.md")),
    outputs: readOutputs(readIf(join(temp, "outputs"))),
  };
}

interface Action {
  readonly runs: { readonly using: string; readonly main: string };
}

function readIf(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

/** A pull request's merge result: HEAD^1 lists the version, HEAD puts it into staging. */
async function proposed(): Promise<Workspace> {
  const workspace = await openWorkspace();
  seed(workspace.source.repository("staging/api"), app);
  workspace.commit({
    [API]: promotion("api", versionLine("v1.0.0", app, "channels: []")),
  });
  workspace.commit({ [API]: staged });
  return workspace;
}

describe("the action's bundle, as a process in a clean folder", { timeout: 30_000 }, () => {
  it("002-55 checks a pull request: summary, outputs, and a plan for the jobs after it", async () => {
    await using workspace = await proposed();
    const ran = await step({ workspace });
    expect(ran).toMatchObject({ code: 0, err: "" });
    expect(ran.summary).toContain("payments/api");
    expect(Object.fromEntries(ran.outputs)).toMatchObject({
      result: "changes",
      changes: "2",
      destructive: "0",
      channels: '["staging"]',
    });
  });

  it.for<readonly [string, Readonly<Record<string, string>>, Partial<Stepped>, string | undefined]>(
    [
      ["validates", { command: "validate" }, { code: 0 }, undefined],
      ["plans a change that touches no promotion", { command: "plan" }, { code: 0 }, "none"],
      [
        "plans where a token is at hand, and asks nobody with it",
        { command: "plan", token: "ghs_0123456789abcdef" },
        { code: 0, err: "" },
        "none",
      ],
      ["has no record to keep", { command: "record" }, { code: 0, out: "" }, undefined],
    ],
  )("002-55 %s with Node, git and an event file alone", async ([, asked, expected, result]) => {
    await using workspace = await proposed();
    workspace.commit({ "README.md": "words" });
    const before = workspace.requests();
    const ran = await step({ workspace, with: asked });
    expect(ran).toMatchObject(expected);
    expect(ran.outputs.get("result")).toBe(result);
    expect(workspace.requests()).toBe(before);
  });

  it("002-55 validates a file that is wrong to an annotation on its line, alone too", async () => {
    await using workspace = await proposed();
    workspace.commit({ [API]: staged.replace("version: v1.0.0", "version: latest version") });
    const ran = await step({ workspace, with: { command: "validate" } });
    expect(ran.code).toBe(2);
    expect(ran.out).toMatch(/^::error file=promotions\/payments\/api\.yaml,line=9,col=\d+/m);
  });

  it("002-76 fails where the files are wrong, with an annotation on the line", async () => {
    await using workspace = await proposed();
    workspace.commit({ [API]: staged.replace("channels: [staging]", "channels: [nowhere]") });
    const ran = await step({ workspace });
    expect(ran.code).toBe(2);
    expect(ran.out).toMatch(/^::error file=promotions\/payments\/api\.yaml,line=\d+/m);
    expect(ran.outputs.get("result")).toBe("invalid");
  });

  it("plans a whole group of a merge queue, and not its last pull request alone", async () => {
    await using workspace = await proposed();
    const base = workspace.git("rev-parse", "HEAD^1");
    workspace.commit({ "README.md": "another pull request of the group\n" });
    const last = await step({ workspace });
    expect(last.outputs.get("result")).toBe("none");
    const group = await step({
      workspace,
      event: ["merge_group", { merge_group: { base_sha: base } }],
    });
    expect(group.outputs.get("result")).toBe("changes");
  });

  it.for<readonly [string, readonly string[], boolean]>([
    ["/waybill plan", ["eyes", "+1"], true],
    ["/waybill plan\n::error::x\n::add-mask::y", ["eyes", "+1"], true],
    ["/waybill ::error::x", ["eyes", "confused"], false],
    ["::error::x\n/waybill plan", [], false],
  ])(
    "002-71 000-30 answers a comment, as data and nothing else: %j",
    async ([body, reactions, plans]) => {
      await using forge = await ForgeWorkspace.open();
      const number = await forge.propose({ [API]: staged });
      const root = await forge.checkout("refs/heads/main");
      const comment = forge.github.comment(number, "dave", body);
      const issue = { number, pull_request: {} };
      const rights = { contents: "read", pull_requests: "write", actions: "write" } as const;
      const answered = await step({
        workspace: { root },
        event: ["issue_comment", { action: "created", issue, comment: { id: comment.id, body } }],
        env: forge.github.env(),
        with: { command: "chat", token: forge.github.actionsToken(rights) },
      });
      expect(answered).toMatchObject({ code: 0 });
      expect(answered.out).not.toMatch(/^::/m);
      expect(comment.reactions.map(({ content }) => content)).toEqual(reactions);
      const merge = await forge.github.repository().git.head(`refs/pull/${number}/merge`);
      expect(answered.outputs.get("merge")).toBe(plans ? merge : "");
      expect(forge.github.violations).toEqual([]);
    },
  );

  it("000-21 applies one channel after a merge that was approved, and leaves its record to another job", async () => {
    await using forge = await ForgeWorkspace.open();
    seed(forge.source.repository("staging/api"), app);
    const number = await forge.propose({ [API]: staged });
    forge.github.review(number, { by: "alice" });
    await forge.github.merge(number, { by: "dave", method: "merge" });
    const root = await forge.checkout("refs/heads/main");
    const rights = {
      contents: "read",
      pull_requests: "write",
      issues: "write",
      deployments: "write",
      actions: "read",
    } as const;
    const job = {
      workspace: { root },
      event: ["push", {}] as const,
      env: { ...forge.github.env(), GITHUB_REF_TYPE: "branch", GITHUB_REF_NAME: "main" },
    };
    const applied = await step({
      ...job,
      with: { command: "apply", channel: "staging", token: forge.github.actionsToken(rights) },
    });
    expect(applied).toMatchObject({ code: 0 });
    expect(applied.outputs.get("record")).toMatch(/^\S+$/);
    expect([...forge.target.repository("preprod/payments/api").tags.keys()]).toEqual(["v1.0.0"]);
    const notes = "refs/notes/waybill";
    expect(await forge.github.repository().git.head(notes)).toBeUndefined();
    const recorded = await step({
      ...job,
      temp: applied.temp,
      with: { command: "record", token: forge.github.actionsToken({ contents: "write" }) },
    });
    expect(recorded).toMatchObject({ code: 0 });
    expect(await forge.github.repository().git.head(notes)).toBeDefined();
    const after = await step({ ...job, with: { command: "plan" } });
    expect(after.outputs.get("channels")).toBe("[]");
  });

  it("says on one line what is wrong with the step, and 002-71 never its token", async () => {
    await using workspace = await proposed();
    const token = "ghs_0123456789abcdef";
    const ran = await step({
      workspace,
      with: { command: "deploy\n::set-env name=X::1", token },
    });
    expect(ran.code).toBe(2);
    expect(ran.out).toMatch(/^::error title=waybill::command: deploy%0A::set-env[^\n]*\n$/);
    expect(ran.out + ran.err + ran.summary).not.toContain(token);
  });
});

async function eventOf(payload: unknown): Promise<JobEvent> {
  const file = join(clean, "payload.json");
  writeFileSync(file, JSON.stringify(payload));
  return readEvent({ GITHUB_EVENT_PATH: file, GITHUB_EVENT_NAME: "x" });
}

describe("an event", () => {
  const queue = "refs/heads/gh-readonly-queue/main/pr-12-0123456789012345678901234567890123456789";

  it.for<readonly [string, unknown, Partial<JobEvent>]>([
    ["a group of a merge queue", { merge_group: { head_ref: queue } }, { pullRequest: 12 }],
    [
      "a branch that looks like one",
      { merge_group: { head_ref: `${queue}\n` } },
      { pullRequest: undefined },
    ],
    ["a comment on a pull request", { issue: { number: 3, pull_request: {} } }, { pullRequest: 3 }],
    ["a comment on an issue", { issue: { number: 3 } }, { pullRequest: undefined }],
    ["a number that is none", { pull_request: { number: "7; rm" } }, { pullRequest: undefined }],
    [
      "a pull request of its own repository",
      {
        repository: { full_name: "a/b" },
        pull_request: { number: 1, head: { repo: { full_name: "a/b" } } },
      },
      { isFork: false },
    ],
    [
      "a fork that was deleted",
      { repository: { full_name: "a/b" }, pull_request: { number: 1, head: { repo: null } } },
      { isFork: true },
    ],
    ["a payload that is no object", [1], { pullRequest: undefined, isFork: false }],
  ])("of %s is read", async ([, payload, expected]) => {
    expect(await eventOf(payload)).toMatchObject(expected);
  });
});

describe("registry credentials", () => {
  it("002-89 002-71 lie in a file of this user alone, for as long as the step runs", async () => {
    const text = '{"auths":{"registry.example.com":{"auth":"c2VjcmV0"}}}';
    const held = await registryCredentials({ WAYBILL_REGISTRY_AUTH: text, RUNNER_TEMP: clean });
    const file = held.env["WAYBILL_REGISTRY_AUTH_FILE"] ?? "";
    expect(readFileSync(file, "utf8")).toBe(text);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(held.env).toHaveProperty("WAYBILL_REGISTRY_AUTH", undefined);
    await held[Symbol.asyncDispose]();
    expect(existsSync(file)).toBe(false);
  });

  it("are refused, and not repeated, where they are no JSON object", async () => {
    const asked = registryCredentials({ WAYBILL_REGISTRY_AUTH: "hunter2" });
    await expect(asked).rejects.toThrow(/no JSON object/);
    await expect(asked).rejects.not.toThrow(/hunter2/);
  });
});

describe("action.yml", () => {
  it("runs on the Node that the bundle is built for, and names every output once", () => {
    const action: Action & { outputs: object; inputs: object } = parse(
      readFileSync("action.yml", "utf8"),
    );
    expect(action.runs).toEqual({ using: "node24", main: "dist/action.mjs" });
    expect(Object.keys(action.inputs)).toEqual(
      "command directory since channel registries token comment".split(" "),
    );
    expect(Object.keys(action.outputs)).toEqual(
      "result plan-digest changes destructive channels record comment-url merge".split(" "),
    );
  });
});
