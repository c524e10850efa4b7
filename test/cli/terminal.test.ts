import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { processShell } from "../../src/cli/shell.ts";
import { evidenceTag, image, sbomFor, seed, signatureFor } from "../support/images.ts";
import { openWorkspace, promotion, versionLine, type Workspace } from "../support/workspace.ts";
import { waybillIn } from "./captured.ts";

const app = image({ seed: "app" });
const API = "promotions/payments/api.yaml";
const COLOUR = /\u001b\[\d+m/;
const REDRAW = "\r\u001b[K";

async function listed(): Promise<Workspace> {
  const workspace = await openWorkspace();
  seed(workspace.source.repository("staging/api"), app);
  workspace.commit({ [API]: promotion("api", versionLine("v1.0.0", app, "channels: [staging]")) });
  workspace.commit();
  return workspace;
}

describe("colours", () => {
  it.for([
    ["on a terminal", true, {}, [], true],
    ["not on a pipe", false, {}, [], false],
    ["not where NO_COLOR says so", true, { NO_COLOR: "1" }, [], false],
    ["where NO_COLOR is empty", true, { NO_COLOR: "" }, [], true],
    ["not with --no-color", true, {}, ["--no-color"], false],
  ] as const)("%s", async ([, terminal, env, args, coloured]) => {
    await using workspace = await listed();
    const { out } = await waybillIn(workspace, ["plan", ...args], { terminal, env });
    expect(COLOUR.test(out)).toBe(coloured);
    expect(out).toContain("To do: 1 copy");
  });

  it("never in a document", async () => {
    await using workspace = await listed();
    const { out } = await waybillIn(workspace, ["plan", "--format", "json"], { terminal: true });
    expect(out).not.toMatch(COLOUR);
  });
});

describe("apply at a terminal", () => {
  it("shows the plan, asks, and does it for a yes", async () => {
    await using workspace = await listed();
    const { code, out, err, asked } = await waybillIn(workspace, ["apply"], {
      terminal: true,
      answer: "yes\n",
    });
    expect(code).toBe(0);
    expect(asked).toEqual(["Apply this plan? Only 'yes' does it: "]);
    expect(err).toContain("To do: 1 copy");
    expect(out).toContain("Planned 2 actions, observed 2: 2 done.");
  });

  it.for(["no", "", "y", "YES"])("does nothing for %j", async (answer) => {
    await using workspace = await listed();
    const { code, out, err } = await waybillIn(workspace, ["apply"], { terminal: true, answer });
    expect({ code, out }).toEqual({ code: 4, out: "" });
    expect(err).toContain("Nothing was done.");
    expect(workspace.target.repositoryNames()).toEqual([]);
  });

  it("asks nothing where nothing can be done, and says that", async () => {
    await using workspace = await listed();
    seed(workspace.target.repository("preprod/payments/api"), app, ["v1.0.0"]);
    const { code, out, asked } = await waybillIn(workspace, ["apply"], { terminal: true });
    expect({ code, asked }).toEqual({ code: 0, asked: [] });
    expect(out).toContain("Nothing to do; 1 already in place.");
  });

  it("shows the plan even with --quiet where it asks", async () => {
    await using workspace = await listed();
    const { err } = await waybillIn(workspace, ["apply", "--quiet"], {
      terminal: true,
      answer: "no",
    });
    expect(err).toContain("To do: 1 copy");
  });
});

describe("progress", () => {
  it("is a line that is redrawn on a terminal, and taken away", async () => {
    await using workspace = await listed();
    const { err } = await waybillIn(workspace, ["apply", "--yes"], { terminal: true, columns: 60 });
    const lines = err.split(REDRAW).slice(1);
    expect(lines.length).toBeGreaterThan(1);
    expect(lines[0]).toMatch(/^0 of 2 actions done/);
    expect(lines.at(-1)).toBe("");
    for (const line of lines) expect(line.length).toBeLessThanOrEqual(60);
  });

  it.for([
    ["on a pipe", false, []],
    ["with --quiet", true, ["--quiet"]],
  ] as const)("is not there %s", async ([, terminal, args]) => {
    await using workspace = await listed();
    const { err } = await waybillIn(workspace, ["apply", "--yes", ...args], { terminal });
    expect(err).not.toContain(REDRAW);
  });

  it("does not run into the lines of --verbose", async () => {
    await using workspace = await listed();
    const { err } = await waybillIn(workspace, ["apply", "--yes", "--verbose"], { terminal: true });
    const finished = err.split("\n").filter((line) => line.includes("payments/api@sha256:"));
    expect(finished).toHaveLength(2);
    for (const line of finished) {
      const shown = line.split(REDRAW).at(-1) ?? "";
      expect(shown.replaceAll(/\u001b\[\d+m/g, "")).toMatch(
        /^done {2}(?:copy|tag) {2}payments\/api/,
      );
    }
  });
});

describe("how much is said", () => {
  it("--quiet leaves results alone", async () => {
    await using workspace = await listed();
    const { err, out } = await waybillIn(workspace, ["apply", "--yes", "--quiet"]);
    expect(err).toBe("");
    expect(out).toContain("observed 2");
    expect((await waybillIn(workspace, ["validate", "--quiet"])).err).toBe("");
  });

  it("--verbose tells each action as it ends", async () => {
    await using workspace = await listed();
    const { err } = await waybillIn(workspace, ["apply", "--yes", "--verbose"]);
    expect(err).toMatch(/^done {2}copy {2}payments\/api {2}v1\.0\.0 {2}\S+@sha256:/m);
  });

  it("a note says what is used instead of what stands in the tree", async () => {
    await using workspace = await listed();
    workspace.write(
      "policies/registries.yaml",
      workspace
        .read("policies/registries.yaml")
        .replace("registry.example.com:", "other.example.com:"),
    );
    const plan = await waybillIn(workspace, ["plan"]);
    expect(plan.err).toContain("note: policies/registries.yaml differs from commit");
    const applied = await waybillIn(workspace, ["apply", "--yes", "--allow-dirty"]);
    expect(applied.err).toContain("note: policies/registries.yaml differs from commit");
  });

  it.for([
    [[], true],
    [["--quiet"], false],
  ] as const)("a warning about evidence that was left alone: %j", async ([args, isSaid]) => {
    await using workspace = await listed();
    const tag = evidenceTag(app.digest);
    seed(workspace.source.repository("staging/api"), signatureFor(app, "b3Vycw=="), [tag]);
    const theirs = signatureFor(sbomFor(app), "dGhlaXJz");
    seed(workspace.target.repository("preprod/payments/api"), theirs, [tag]);
    const { err } = await waybillIn(workspace, ["apply", "--yes", ...args], { terminal: true });
    expect(err.includes(`${tag} holds evidence that`)).toBe(isSaid);
  });

  it.for([
    [[], false],
    [["--verbose"], true],
  ] as const)("a failure has no stack trace, unless --verbose: %j", async ([args, hasStack]) => {
    await using workspace = await listed();
    workspace.write(".git/HEAD", "ref: refs/heads/main\n");
    const { code, err } = await waybillIn(
      workspace,
      ["register", "payments/api@v2.0.0", "--tag", "x", ...args],
      { env: { DOCKER_CONFIG: join(workspace.root, "none") } },
    );
    expect(code).toBe(2);
    expect(err).toContain("waybill: registry.example.com/staging/api has no tag x.");
    expect(err).toContain("  to do: push it first, or say --digest");
    expect(/^ {4}at /m.test(err)).toBe(hasStack);
  });

  it("a store's failure names the store, and exits 1", async () => {
    await using workspace = await listed();
    workspace.source.fault({ match: {}, do: { kind: "answer", status: 403 } });
    const args = ["register", "payments/api@v2.0.0", "--tag", "x", "--format", "json"];
    const { code, out, err } = await waybillIn(workspace, args);
    expect(code).toBe(1);
    expect(err).toContain("registry.example.com");
    expect(JSON.parse(out)).toMatchObject({ diagnostics: [{ code: "forbidden", file: "." }] });
  });
});

function shellOf(env: Record<string, string>): ReturnType<typeof processShell> {
  return processShell(Object.create(process, { env: { value: env } }));
}

describe("the shell of a process", () => {
  it.for<readonly [string, Record<string, string>, string]>([
    [
      "in INIT_CWD under npm run",
      { npm_package_json: join(process.cwd(), "package.json") },
      "/stood",
    ],
    ["in INIT_CWD where npm does not say of which package", {}, "/stood"],
    [
      "where a script of npm went to",
      { npm_package_json: "/elsewhere/package.json" },
      process.cwd(),
    ],
  ])("stands %s", ([, env, folder]) => {
    const npm = { npm_lifecycle_event: "waybill", INIT_CWD: "/stood" };
    expect(shellOf({ ...npm, ...env }).folder).toBe(folder);
  });

  it("stands where it was started without npm", () => {
    expect(shellOf({ INIT_CWD: "/stood" }).folder).toBe(process.cwd());
    expect(shellOf({ npm_lifecycle_event: "waybill" }).folder).toBe(process.cwd());
  });

  it("asks nobody in CI", () => {
    expect(shellOf({ CI: "true" }).interactive).toBeFalsy();
  });

  it("has a width, also where there is no terminal", () => {
    expect(shellOf({}).columns).toBeGreaterThan(0);
    expect(shellOf({}).now()).toBeInstanceOf(Date);
  });
});
