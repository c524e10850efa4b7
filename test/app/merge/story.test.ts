import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ForgeWorkspace } from "../../support/forge-workspace.ts";
import { image, seed } from "../../support/images.ts";
import { promotion, versionLine } from "../../support/workspace.ts";

const MAIN = join(import.meta.dirname, "../../../src/cli/main.ts");
const built = image({ seed: "app" });
const FILE = "promotions/payments/api.yaml";
const STAGED = promotion("api", versionLine("v1.0.0", built, "channels: [staging]"));
const COMMENT = { contents: "read", pull_requests: "write" } as const;
const APPLY = { ...COMMENT, deployments: "write", issues: "write", actions: "read" } as const;

let workspace: ForgeWorkspace;

beforeEach(async () => {
  workspace = await ForgeWorkspace.open();
  seed(workspace.source.repository("staging/api"), built);
});
afterEach(async () => {
  const { violations } = workspace.github;
  await workspace[Symbol.asyncDispose]();
  expect(violations).toEqual([]);
});

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface Job {
  readonly folder: string;
  readonly token?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly meet?: (child: ReturnType<typeof spawn>) => void;
}

/** Runs the program as a step of a job does: a process, with the variables of the job and no others. */
async function step(job: Job, ...args: readonly string[]): Promise<Ended> {
  const { folder, token, env = {}, meet = () => undefined } = job;
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: folder,
    env: {
      PATH: process.env["PATH"],
      HOME: folder,
      GITHUB_ACTOR: "dave",
      GITHUB_RUN_ID: "77",
      ...workspace.github.env(token),
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [out, err]: readonly [string[], string[]] = [[], []];
  child.stdout.setEncoding("utf8").on("data", (text: string) => out.push(text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => err.push(text));
  meet(child);
  await once(child, "close");
  return { code: child.exitCode, out: out.join(""), err: err.join("") };
}

const PUSH = { GITHUB_REF_TYPE: "branch", GITHUB_REF_NAME: "main" };

describe("the story of a pull request, by processes alone", { timeout: 120_000 }, () => {
  it("004-12 004-13 000-30 goes from the check to the record, through a kill", async () => {
    const { github } = workspace;
    const number = await workspace.propose({ [FILE]: STAGED });

    // The check, without any token.
    const check = await workspace.checkout(`refs/pull/${number}/merge`);
    const summary = join(check, "summary.md");
    const plan = { folder: check, env: { GITHUB_STEP_SUMMARY: summary } };
    const planned = await step(plan, "plan", "--format", "github", "--out", "check.json");
    expect(planned).toMatchObject({ code: 0, err: "" });
    expect(readFileSync(summary, "utf8")).toContain("payments/api");

    // The comment, and who must approve.
    const report = { folder: check, token: github.actionsToken(COMMENT) };
    const words = ["pr", "report", "--plan", "check.json", "--pr", String(number)];
    expect(await step(report, ...words, "--statement", "statement.json")).toMatchObject({
      code: 0,
    });
    expect(readFileSync(join(check, "statement.json"), "utf8")).toContain(`"pr":${number}`);
    const asked = ["approval", "--pr", String(number)];
    expect(await step(report, ...asked)).toMatchObject({ code: 4 });
    github.review(number, { by: "alice" });
    expect(await step(report, ...asked)).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^Approved/),
    });

    // The merge, and an apply that is killed while it uploads.
    await github.merge(number, { by: "dave", method: "squash" });
    const first = await workspace.checkout("refs/heads/main");
    const token = github.actionsToken(APPLY);
    workspace.target.fault({
      match: { kind: "upload", method: "PUT", times: 1 },
      do: { kind: "hang" },
    });
    const killed = await step(
      {
        folder: first,
        token,
        env: PUSH,
        meet: (child) => {
          workspace.target.onRequest((_, { kind, method }) => {
            if (kind === "upload" && method === "PUT") child.kill("SIGKILL");
          });
        },
      },
      "apply",
      "--on-merge",
    );
    expect(killed.code).toBeNull();
    expect(workspace.target.repository("preprod/payments/api").tags.size).toBe(0);

    // The same job again does what is left, and tells it everywhere.
    workspace.target.clearFaults();
    workspace.target.onRequest(() => undefined);
    const again = await workspace.checkout("refs/heads/main");
    const applied = { folder: again, token, env: PUSH };
    const ended = await step(applied, "apply", "--on-merge", "--record-out", "record.json");
    expect(ended).toMatchObject({ code: 0 });
    expect(ended.err).not.toContain(token);
    expect([...workspace.target.repository("preprod/payments/api").tags.keys()]).toEqual([
      "v1.0.0",
    ]);
    const bodies = [...github.repository().comments.values()].map(({ body }) => body);
    expect(bodies).toEqual([expect.stringContaining("Merged and done")]);

    // A job of its own shares the record.
    const share = { folder: again, token: github.actionsToken({ contents: "write" }) };
    expect(await step(share, "record", "--push", "record.json")).toMatchObject({ code: 0 });
    const { git } = github.repository();
    expect(await git.head("refs/notes/waybill")).toBeDefined();
    expect(readFileSync(join(again, ".git/config"), "utf8")).not.toContain("ghs_");
  });
});
