import { spawn } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { bundled } from "../support/bundle.ts";
import { image, seed } from "../support/images.ts";
import { openWorkspace, promotion, versionLine, type Workspace } from "../support/workspace.ts";

const app = image({ seed: "app" });

async function listed(): Promise<Workspace> {
  const workspace = await openWorkspace();
  seed(workspace.source.repository("staging/api"), app);
  workspace.commit({
    "promotions/payments/api.yaml": promotion(
      "api",
      versionLine("v1.0.0", app, "channels: [staging]"),
    ),
  });
  return workspace;
}

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the program as a process of its own; `meet` gets it once it runs. */
async function run(
  root: string,
  args: readonly string[],
  meet: (child: ReturnType<typeof spawn>) => void = () => undefined,
): Promise<Ended> {
  // Never the repository that the tests themselves were started in, whatever npm says.
  const child = spawn(process.execPath, [bundled("waybill"), "-C", root, ...args], {
    cwd: root,
    env: { PATH: process.env["PATH"], HOME: root },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const [out, err]: readonly [string[], string[]] = [[], []];
  child.stdout.setEncoding("utf8").on("data", (text: string) => out.push(text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => err.push(text));
  meet(child);
  await once(child, "close");
  return { code: child.exitCode, out: out.join(""), err: err.join("") };
}

/** Runs an apply whose uploads hang, and sends it a SIGINT once the first is under way. */
async function interrupt(workspace: Workspace): Promise<Ended> {
  const match = { kind: "upload", method: "PUT", times: Infinity } as const;
  workspace.target.fault({ match, do: { kind: "hang" } });
  return run(workspace.root, ["apply", "--yes"], (child) => {
    let isSent = false;
    workspace.target.onRequest((_, { kind, method }) => {
      if (kind !== "upload" || method !== "PUT" || isSent) return;
      isSent = child.kill("SIGINT");
    });
  });
}

describe("the program as a process", () => {
  it("writes its result, and ends with its exit code", async () => {
    await using workspace = await listed();
    const { code, out, err } = await run(workspace.root, ["plan", "--detailed-exitcode"]);
    expect({ code, err }).toEqual({ code: 5, err: "" });
    expect(out).toContain("To do: 1 copy");
  });

  it("is not upset by a reader that goes away", async () => {
    await using workspace = await listed();
    const ended = await run(workspace.root, ["plan", "--format", "json"], (child) => {
      child.stdout?.destroy();
    });
    expect(ended).toMatchObject({ code: 0, err: "" });
  });

  it("says that it was interrupted, ends with 130, and leaves nothing half done", async () => {
    await using workspace = await listed();
    const ended = await interrupt(workspace);
    expect(ended.code).toBe(130);
    expect(ended.out).toContain("Interrupted: the next run does what is left.");
    expect(workspace.target.repository("preprod/payments/api").tags.size).toBe(0);
  });

  it("needs an answer where its keyboard is a pipe", async () => {
    await using workspace = await listed();
    const { code, err } = await run(workspace.root, ["apply"], (child) =>
      child.stdin?.end("yes\n"),
    );
    expect(code).toBe(2);
    expect(err).toContain("apply needs --yes or --plan FILE");
  });
});
