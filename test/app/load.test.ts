import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { plan, validate } from "#app";
import { image, seed } from "../support/images.ts";
import { openWorkspace, promotion, versionLine, type Workspace } from "../support/workspace.ts";
import { askPlan, calm, planned, planRequest, rows } from "./run.ts";

const app = image({ seed: "app" });
const API = "promotions/payments/api.yaml";
const STAGING = promotion("api", versionLine("v1.0.0", app, "channels: [staging]"));
const PROD = promotion("api", versionLine("v1.0.0", app, "channels: [staging, prod]"));

async function codes({ root }: Workspace, base?: string): Promise<readonly string[]> {
  const { diagnostics } = await validate({ root, base }, calm());
  return diagnostics.map(({ code }) => code);
}

describe("the base that steps are compared with", () => {
  it("is --base where it is named", async () => {
    await using workspace = await openWorkspace();
    const first = workspace.commit({ [API]: STAGING });
    workspace.commit({ [API]: PROD });
    workspace.commit({ "README.md": "later" });
    expect(await codes(workspace, first)).toEqual([]);
    expect(await codes(workspace, `${first}^1`)).toEqual(["step-skipped"]);
  });

  it("is HEAD where something is not committed", async () => {
    await using workspace = await openWorkspace();
    workspace.commit({ [API]: STAGING });
    workspace.write(API, PROD);
    expect(await codes(workspace)).toEqual([]);
    workspace.write(API, PROD.replace(app.digest, `sha256:${"0".repeat(64)}`));
    expect(await codes(workspace)).toEqual(["digest-changed"]);
  });

  it("is HEAD's first parent where everything is committed", async () => {
    await using workspace = await openWorkspace();
    workspace.commit({ [API]: PROD });
    expect(await codes(workspace)).toEqual(["step-skipped"]);
    workspace.commit({ "README.md": "later" });
    expect(await codes(workspace), "channels that are held are never checked again").toEqual([]);
  });

  it("003-24 003-26 is what a retired version is compared with", async () => {
    await using workspace = await openWorkspace();
    workspace.commit({ [API]: STAGING });
    workspace.write(
      API,
      promotion(
        "api",
        versionLine("v1.0.0", app, "state: retired, reason: old, channels: [staging, prod]"),
      ),
    );
    expect(await codes(workspace)).toEqual(["promotes-retired"]);
  });

  it("finds a file that is gone, and says which command retires it", async () => {
    await using workspace = await openWorkspace();
    workspace.commit({ [API]: STAGING });
    rmSync(join(workspace.root, API));
    const { diagnostics, exitCode } = await validate(
      { root: workspace.root, base: undefined },
      calm(),
    );
    expect(exitCode).toBe(2);
    expect(diagnostics).toMatchObject([{ file: API, code: "file-removed" }]);
    expect(diagnostics[0]?.hint).toContain("waybill retire payments/api@v1.0.0");
  });

  it("is skipped with a note outside git, and on a first commit", async () => {
    await using workspace = await openWorkspace();
    workspace.write(API, PROD);
    rmSync(join(workspace.root, ".git"), { recursive: true });
    const outside = await validate({ root: workspace.root, base: undefined }, calm());
    expect(outside).toMatchObject({
      exitCode: 0,
      notes: [expect.stringContaining("no git repository")],
    });
    workspace.git("init", "-q", "-b", "main");
    const unborn = await validate({ root: workspace.root, base: undefined }, calm());
    expect(unborn).toMatchObject({ exitCode: 0, notes: [expect.stringContaining("first commit")] });
    workspace.commit();
    const first = await validate({ root: workspace.root, base: undefined }, calm());
    expect(first).toMatchObject({ exitCode: 0, notes: [expect.stringContaining("first commit")] });
  });
});

describe("a promotions repository", () => {
  it("that is not there is named, with what to do", async () => {
    const root = join(tmpdir(), "no-such-folder");
    await expect(askPlan({ root })).rejects.toMatchObject({
      exitCode: 2,
      message: `There is no folder ${root}.`,
      hint: "name the promotions repository with -C DIR",
    });
  });

  it("that is empty does nothing, and says so", async () => {
    const root = mkdtempSync(join(tmpdir(), "waybill-empty-"));
    try {
      const { plan: made, notes, exitCode } = await planned({ root });
      expect(made).toMatchObject({ actions: [], blocked: [] });
      expect(exitCode).toBe(0);
      expect(notes.join(" ")).toContain(
        "There is no promotion file here, so there is nothing to do",
      );
    } finally {
      rmSync(root, { recursive: true });
    }
  });

  it("may lie below the top of a git repository", async () => {
    await using workspace = await openWorkspace();
    workspace.git("mv", "policies", "moved");
    workspace.git("mv", "-k", "moved", "policies");
    const root = join(workspace.root, "deploy");
    workspace.write(`deploy/${API}`, STAGING);
    for (const file of ["sites", "channels", "registries"]) {
      workspace.write(`deploy/policies/${file}.yaml`, workspace.read(`policies/${file}.yaml`));
    }
    const base = workspace.commit();
    workspace.commit({ [`deploy/${API}`]: PROD });
    seed(workspace.source.repository("staging/api"), app);
    const { plan: made } = await planned({ root }, { since: base });
    expect(made.scope).toMatchObject({ artifacts: ["payments/api"] });
    expect(rows(made)).toContain("copy v1.0.0 prod");
  });

  it("does not follow a link out of its tree", async () => {
    await using workspace = await openWorkspace();
    workspace.write(API, STAGING);
    symlinkSync("/etc/passwd", join(workspace.root, "promotions/payments/passwd.yaml"));
    const { diagnostics } = await validate({ root: workspace.root, base: undefined }, calm());
    expect(diagnostics.map(({ file, code }) => [file, code])).toEqual([
      ["promotions/payments/passwd.yaml", expect.stringContaining("symlink")],
    ]);
    expect(JSON.stringify(diagnostics)).not.toContain("root:");
  });

  it("that nests without end is refused", async () => {
    await using workspace = await openWorkspace();
    workspace.write(`promotions/${"a/".repeat(20)}x.yaml`, "a: 1\n");
    await expect(askPlan(workspace)).rejects.toMatchObject({ exitCode: 2 });
  });

  it("with mistakes is not planned, and every mistake is told at once", async () => {
    await using workspace = await openWorkspace();
    workspace.write(API, STAGING.replace("staging]", "stagin]"));
    workspace.write("promotions/payments/web.yaml", "a: [\n");
    const answer = await askPlan(workspace);
    if (answer.kind !== "invalid") throw new Error("expected mistakes");
    expect(new Set(answer.diagnostics.map(({ file }) => file))).toEqual(
      new Set([API, "promotions/payments/web.yaml"]),
    );
    expect(workspace.requests()).toBe(0);
  });
});

describe("a plan", () => {
  it("003-20 003-25 publishes nothing that git only lists", async () => {
    await using workspace = await openWorkspace();
    workspace.commit({ [API]: promotion("api", versionLine("v1.0.0", app, "channels: []")) });
    const { plan: made } = await planned(workspace);
    expect(made.actions).toEqual([]);
  });

  it("tells at which line something is blocked", async () => {
    await using workspace = await openWorkspace();
    workspace.commit({ [API]: STAGING });
    const { findings, exitCode } = await planned(workspace);
    expect(exitCode).toBe(1);
    expect(findings).toMatchObject([
      {
        file: API,
        line: 9,
        severity: "error",
        code: "source-missing",
        hint: expect.stringContaining("push"),
      },
    ]);
    expect(findings[0]?.message).toMatch(/^payments\/api v1\.0\.0 for staging at oslo: .*\.$/);
  });

  it("reads the tree once: what changes during the run is the next run's", async () => {
    await using workspace = await openWorkspace();
    seed(workspace.source.repository("staging/api"), app);
    workspace.commit({ [API]: STAGING });
    workspace.target.onRequest(() => workspace.write(API, "a: [\n"));
    const { plan: made } = await planned(workspace);
    expect(rows(made)).toEqual(["copy v1.0.0 staging", "tag v1.0.0 staging v1.0.0"]);
  });

  it("that is interrupted ends so", async () => {
    await using workspace = await openWorkspace();
    workspace.commit({ [API]: STAGING });
    const controller = new AbortController();
    workspace.target.fault({ match: {}, do: { kind: "hang" } });
    workspace.target.onRequest(() => controller.abort(new Error("interrupted by SIGINT")));
    await expect(plan(planRequest(workspace), controller.signal)).rejects.toThrow("interrupted");
  });
});
