import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { waybillIn } from "../../cli/captured.ts";
import { image, type Built } from "../../support/images.ts";
import { openWorkspace, promotion, versionLine, type Workspace } from "../../support/workspace.ts";

const one = image({ seed: "one" });
const two = image({ seed: "two" });
const three = image({ seed: "three" });
const BRANCH = "waybill/payments/api/prod";
const FILE = "promotions/payments/api.yaml";
let workspace: Workspace;
let remote: string;

beforeEach(async () => {
  workspace = await openWorkspace();
  remote = mkdtempSync(join(tmpdir(), "waybill-remote-"));
  workspace.git("init", "-q", "--bare", "-b", "main", remote);
  workspace.git("config", "user.name", "ada");
  workspace.git("config", "user.email", "ada@example.com");
  workspace.git("remote", "add", "origin", remote);
  workspace.commit({
    [FILE]: promotion(
      "api",
      versionLine("v1.0.0", one, "channels: [staging]"),
      versionLine("v1.1.0", two, "channels: [staging]"),
    ),
  });
  workspace.git("push", "-q", "origin", "main");
});
afterEach(async () => {
  await workspace[Symbol.asyncDispose]();
  rmSync(remote, { recursive: true, force: true });
});

function there(...args: readonly string[]): string {
  return execFileSync("git", ["-C", remote, ...args], { encoding: "utf8" }).trim();
}

async function promote(version: string): Promise<{
  readonly code: number;
  readonly err: string;
  readonly said: { readonly branch: string; readonly commit: string | null };
}> {
  const args = ["promote", `payments/api@${version}`, "--to", "prod", "--pr"];
  const { code, out, err } = await waybillIn(workspace, args);
  return { code, err, said: out === "" ? {} : JSON.parse(out) };
}

describe("--pr on another remote than GitHub", { timeout: 60_000 }, () => {
  it("004-12 pushes one branch with one commit on the base, and says so in one JSON value", async () => {
    const before = [workspace.git("status", "--porcelain"), workspace.git("rev-parse", "HEAD")];
    const { code, said } = await promote("v1.0.0");
    expect(code).toBe(0);
    expect(said).toEqual({
      branch: BRANCH,
      commit: there("rev-parse", BRANCH),
      base: "main",
      url: null,
    });
    expect(there("rev-list", "--count", `main..${BRANCH}`)).toBe("1");
    expect(there("diff", "--name-only", "main", BRANCH)).toBe(FILE);
    expect(there("show", `${BRANCH}:${FILE}`)).toMatch(/v1\.0\.0.*channels: \[staging, prod\]/);
    expect(there("show", "-s", "--format=%an <%ae>", BRANCH)).toBe("ada <ada@example.com>");
    expect([workspace.git("status", "--porcelain"), workspace.git("rev-parse", "HEAD")]).toEqual(
      before,
    );
    expect(workspace.git("worktree", "list").split("\n")).toHaveLength(1);
    expect(workspace.git("for-each-ref", "refs/waybill")).toBe("");
  });

  it("002-07 resolves the tag of a layout that lies beside the checkout, and not in a copy of it", async () => {
    writeLayout(join(workspace.root, "builds", "api"), three, "v2.0.0");
    const args = ["register", "payments/web@v2.0.0", "--kind", "container-image", "--pr"];
    const source = ["--source", "oci-layout:./builds/api", "--tag", "v2.0.0"];
    const { code, out } = await waybillIn(workspace, [...args, ...source]);
    expect(code).toBe(0);
    const { branch } = JSON.parse(out);
    expect(there("show", `${branch}:promotions/payments/web.yaml`)).toContain(three.digest);
  });

  it("updates what stands there, and multiplies nothing", async () => {
    const first = await promote("v1.0.0");
    const again = await promote("v1.0.0");
    expect(again.said).toEqual(first.said);
    await promote("v1.1.0");
    expect(there("for-each-ref", "--format=%(refname)", "refs/heads/waybill")).toBe(
      `refs/heads/${BRANCH}`,
    );
    expect(there("rev-list", "--count", `main..${BRANCH}`)).toBe("1");
    const text = there("show", `${BRANCH}:${FILE}`);
    expect(text.match(/channels: \[staging, prod\]/g)).toHaveLength(2);
    expect(there("show", "-s", "--format=%B", BRANCH)).toContain("- Promote payments/api@v1.0.0");
  });

  it("follows a base that went on, and keeps what was asked", async () => {
    await promote("v1.0.0");
    workspace.commit({ [FILE]: `# a note\n${workspace.read(FILE)}` });
    workspace.git("push", "-q", "origin", "main");
    await promote("v1.1.0");
    expect(there("merge-base", "main", BRANCH)).toBe(there("rev-parse", "main"));
    const text = there("show", `${BRANCH}:${FILE}`);
    expect(text).toContain("# a note");
    expect(text.match(/channels: \[staging, prod\]/g)).toHaveLength(2);
  });

  it("leaves out what the base overtook, and says so", async () => {
    await promote("v1.0.0");
    workspace.commit({
      [FILE]: promotion(
        "api",
        versionLine("v1.0.0", one, "state: retired, reason: bad"),
        versionLine("v1.1.0", two, "channels: [staging]"),
      ),
    });
    workspace.git("push", "-q", "origin", "main");
    const { code, err } = await promote("v1.1.0");
    expect({ code, err }).toMatchObject({ code: 0, err: expect.stringContaining("left out") });
    expect(there("show", `${BRANCH}:${FILE}`)).toContain("state: retired");
  });

  it.for<readonly [string, (clone: string) => void]>([
    [
      "added a commit",
      (clone) => {
        writeFileSync(join(clone, "README"), "by hand");
        execFileSync("git", ["-C", clone, "add", "-A"]);
        execFileSync("git", ["-C", clone, "commit", "-qm", "mine"]);
      },
    ],
    [
      "amended ours",
      (clone) => {
        writeFileSync(join(clone, FILE), `${promotion("api")}# by hand\n`);
        execFileSync("git", ["-C", clone, "commit", "-q", "-a", "--amend", "--no-edit"]);
      },
    ],
  ])("stops where a person %s", async ([, change]) => {
    await promote("v1.0.0");
    const clone = join(workspace.root, "clone");
    execFileSync("git", ["clone", "-q", "-b", BRANCH, remote, clone]);
    execFileSync("git", ["-C", clone, "config", "user.name", "eve"]);
    execFileSync("git", ["-C", clone, "config", "user.email", "eve@example.com"]);
    change(clone);
    execFileSync("git", ["-C", clone, "push", "-q", "--force", "origin", `HEAD:${BRANCH}`]);
    const theirs = there("rev-parse", BRANCH);
    const { code, err } = await promote("v1.1.0");
    expect({ code, err }).toMatchObject({
      code: 2,
      err: expect.stringContaining("Somebody else committed"),
    });
    expect(there("rev-parse", BRANCH)).toBe(theirs);
  });

  it("takes the edit from the remote's base, and not from what is not committed here", async () => {
    workspace.write(FILE, "nonsense: [");
    const { code } = await promote("v1.0.0");
    expect(code).toBe(0);
    expect(there("show", `${BRANCH}:${FILE}`)).toContain("[staging, prod]");
  });

  it("refuses what validate refuses, and pushes nothing", async () => {
    const args = ["promote", "payments/api@v1.0.0", "--to", "nowhere", "--pr"];
    const { code } = await waybillIn(workspace, args);
    expect(code).toBe(2);
    expect(there("for-each-ref", "refs/heads/waybill")).toBe("");
  });

  it("says that nothing is to be done where the base has it already", async () => {
    const args = ["promote", "payments/api@v1.0.0", "--to", "staging", "--pr"];
    const { code, out } = await waybillIn(workspace, args);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ commit: null, url: null });
    expect(there("for-each-ref", "refs/heads/waybill")).toBe("");
  });

  it("is exit 2 without a remote, and changes nothing", async () => {
    workspace.git("remote", "remove", "origin");
    const { code, err } = await promote("v1.0.0");
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining("remote") });
    expect(workspace.git("status", "--porcelain")).toBe("");
  });

  it("is exit 2 outside git", async () => {
    rmSync(join(workspace.root, ".git"), { recursive: true });
    expect((await promote("v1.0.0")).code).toBe(2);
  });

  it("works in a shallow clone, and from a folder below the top", async () => {
    await promote("v1.0.0");
    const clone = mkdtempSync(join(tmpdir(), "waybill-shallow-"));
    execFileSync("git", ["clone", "-q", "--depth=1", `file://${remote}`, clone]);
    execFileSync("git", ["-C", clone, "config", "user.name", "ada"]);
    execFileSync("git", ["-C", clone, "config", "user.email", "ada@example.com"]);
    const args = ["promote", "payments/api@v1.1.0", "--to", "prod", "--pr"];
    const { code, err } = await waybillIn({ root: clone }, args);
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(there("show", `${BRANCH}:${FILE}`).match(/\[staging, prod\]/g)).toHaveLength(2);
    rmSync(clone, { recursive: true });
  });

  it.for<readonly [string, readonly string[], string]>([
    ["register", ["register", "payments/api@v2.0.0", "--digest", three.digest], "register"],
    ["deprecate", ["deprecate", "payments/api@v1.0.0", "--reason", "old"], "deprecate"],
    ["retire", ["retire", "payments/api@v1.0.0", "--reason", "old\nWaybill-Base: x"], "retire"],
    ["revoke", ["revoke", "payments/api@v1.0.0", "--reason", "bad"], "revoke"],
  ])("%s has a branch of its own", async ([, args, step]) => {
    const { code, out, err } = await waybillIn(workspace, [...args, "--pr"]);
    expect({ code, err }).toMatchObject({ code: 0 });
    expect(JSON.parse(out)).toMatchObject({ branch: `waybill/payments/api/${step}` });
    expect(there("show", "-s", "--format=%B", `waybill/payments/api/${step}`)).toMatch(
      /^Waybill-Base: [0-9a-f]{40}$/m,
    );
    expect(existsSync(join(workspace.root, ".git/worktrees"))).toBe(false);
  });
});

/** A layout of one image under one tag. */
function writeLayout(folder: string, built: Built, tag: string): void {
  const blobs = join(folder, "blobs", "sha256");
  mkdirSync(blobs, { recursive: true });
  const { digest, mediaType, bytes } = built;
  const annotations = { "org.opencontainers.image.ref.name": tag };
  const manifests = [{ digest, mediaType, size: bytes.length, annotations }];
  writeFileSync(join(folder, "oci-layout"), JSON.stringify({ imageLayoutVersion: "1.0.0" }));
  writeFileSync(join(folder, "index.json"), JSON.stringify({ schemaVersion: 2, manifests }));
  for (const blob of [...built.blobs, built])
    writeFileSync(join(blobs, blob.digest.slice("sha256:".length)), blob.bytes);
}
