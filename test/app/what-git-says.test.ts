import { mkdirSync, renameSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { validate } from "#app";
import { image, seed } from "../support/images.ts";
import { openWorkspace, promotion, versionLine, type Workspace } from "../support/workspace.ts";
import { applied, askApply, calm, planned } from "./run.ts";

const API = "promotions/payments/api.yaml";
const app = image();
const other = image({ seed: "other" });
const STAGING = promotion("api", versionLine("v1.0.0", app, "channels: [staging]"));
const PROD = promotion("api", versionLine("v1.0.0", app, "channels: [prod]"));

async function codes({ root }: Workspace, base: string): Promise<readonly string[]> {
  const { diagnostics } = await validate({ root, base }, calm());
  return diagnostics.map(({ file, code }) => `${file} ${code}`);
}

/** `promotions/payments/api.yaml` as a link to a file that lies beside the folders. */
async function withLink(text: string): Promise<Workspace> {
  const workspace = await openWorkspace();
  workspace.write("data/api.yaml", text);
  mkdirSync(join(workspace.root, "promotions/payments"), { recursive: true });
  symlinkSync("../../data/api.yaml", join(workspace.root, API));
  workspace.commit();
  return workspace;
}

describe("a promotion file that git ignores", () => {
  it("is not committed, so that apply does not do what it says", async () => {
    await using workspace = await openWorkspace();
    workspace.commit({ ".gitignore": "*.yaml\n*.swp\n!policies/*\n" });
    workspace.write("promotions/payments/.api.yaml.swp", "an editor's");
    expect((await applied(workspace)).exitCode).toBe(0);
    workspace.write(API, STAGING);
    await expect(askApply(workspace)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining(API),
    });
    expect(workspace.requests()).toBe(0);
  });

  it("takes its steps like any other", async () => {
    await using workspace = await openWorkspace();
    const base = workspace.commit({ ".gitignore": API });
    workspace.write(API, PROD);
    expect(await codes(workspace, base)).toEqual([`${API} step-skipped`]);
  });
});

describe("a link inside the tree", () => {
  it("is compared by what it leads to, whose change git tells under another path", async () => {
    await using workspace = await withLink(STAGING);
    const base = workspace.git("rev-parse", "HEAD");
    expect(await codes(workspace, base)).toEqual([]);
    const changed = promotion("api", versionLine("v1.0.0", other, "channels: [staging]"));
    workspace.commit({ "data/api.yaml": changed });
    expect(await codes(workspace, base)).toEqual([`${API} digest-changed`]);
    const skipping = `${STAGING}  - { ${versionLine("v1.1.0", other, "channels: [prod]")} }\n`;
    workspace.commit({ "data/api.yaml": skipping });
    expect(await codes(workspace, base)).toEqual([`${API} step-skipped`]);
  });

  it("is in scope where what it leads to changed", async () => {
    await using workspace = await withLink(STAGING);
    const since = workspace.git("rev-parse", "HEAD");
    seed(workspace.source.repository("staging/api"), app);
    expect((await planned(workspace, { since })).plan.actions).toEqual([]);
    workspace.commit({ "data/api.yaml": STAGING.replace("[staging]", "[staging, prod]") });
    expect((await planned(workspace, { since })).plan.scope).toMatchObject({
      artifacts: ["payments/api"],
    });
  });

  it("is not committed where what it leads to is not", async () => {
    await using workspace = await withLink(STAGING);
    workspace.write("data/api.yaml", `${STAGING}# changed\n`);
    await expect(askApply(workspace)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining("data/api.yaml"),
    });
  });
});

describe("a folder whose files git knows by other paths, or not at all", () => {
  it.for(["promotions", "policies"])("%s as a link is refused", async (folder) => {
    await using workspace = await openWorkspace();
    const base = workspace.commit({ [API]: STAGING });
    renameSync(join(workspace.root, folder), join(workspace.root, "elsewhere"));
    symlinkSync("elsewhere", join(workspace.root, folder));
    workspace.commit();
    expect(await codes(workspace, base)).toContain(`${folder} symlink-outside`);
    expect((await askApply(workspace)).kind).toBe("invalid");
  });

  it("a submodule is refused", async () => {
    await using workspace = await openWorkspace();
    const base = workspace.git("rev-parse", "HEAD");
    workspace.write(API, PROD);
    const inside = ["-C", "promotions/payments"];
    workspace.git("init", "-q", "promotions/payments");
    workspace.git(...inside, "add", "-A");
    workspace.git(...inside, "commit", "-qm", "another repository's");
    const commit = workspace.git(...inside, "rev-parse", "HEAD");
    workspace.git("update-index", "--add", "--cacheinfo", `160000,${commit},promotions/payments`);
    workspace.git("commit", "-qm", "a submodule");
    await expect(codes(workspace, base)).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining("promotions/payments/"),
    });
  });
});
