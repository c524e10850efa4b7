import { createHash } from "node:crypto";
import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runVerb } from "../../support/run-verb.ts";
import { startTuf, type TufRepository } from "../../support/tuf-repository.ts";
import { openWorkspace, type Workspace } from "../../support/workspace.ts";

const OLD = readFileSync("src/trust/roots/public-good.json", "utf8");
/** The same with one log less: what a newer root could look like. */
const NEW = (() => {
  const root: { tlogs: unknown[] } = JSON.parse(OLD);
  root.tlogs = root.tlogs.slice(0, 1);
  return JSON.stringify(root);
})();
const FILE = "policies/trust/public-good.json";
const TRUST = "policies/trust.yaml";

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function trustFile(root: string): string {
  return `apiVersion: waybill.dev/v1
kind: Trust
roots: # whom we believe
  public-good: { file: ${FILE}, sha256: "${sha256(root)}", fetchedAt: 2026-01-01, maxAge: 180d } # renewed by hand
authorities:
  ci: { keyless: { issuer: "https://issuer.example.com", subject: ci@example.com, root: public-good } }
rules:
  - { name: all, require: [{ signature: { anyOf: [ci] } }] }
`;
}

async function withRoot(repository: TufRepository): Promise<Workspace> {
  const workspace = await openWorkspace();
  workspace.commit({
    [TRUST]: trustFile(OLD),
    [FILE]: OLD,
    "policies/trust/public-good.tuf.json": repository.anchor.toString("utf8"),
  });
  return workspace;
}

function update(
  workspace: Workspace,
  url: string,
  ...more: readonly string[]
): ReturnType<typeof runVerb> {
  const args = ["trust", "update", "--mirror", url, ...more];
  return runVerb(args, { folder: workspace.root, now: new Date("2026-11-20T00:00:00Z") });
}

describe("waybill trust update", () => {
  it("writes file, sha256 and fetchedAt together, shows what came and went, and validate agrees", async () => {
    await using repository = await startTuf({ target: NEW });
    await using workspace = await withRoot(repository);
    const { exitCode, out, err } = await update(workspace, repository.url);
    expect({ exitCode, err }).toEqual({
      exitCode: 0,
      err: expect.stringContaining("Renewed the root public-good"),
    });
    expect(workspace.read(FILE)).toBe(NEW);
    expect(workspace.read(TRUST)).toBe(
      trustFile(NEW).replace("fetchedAt: 2026-01-01", "fetchedAt: 2026-11-20T00:00:00Z"),
    );
    expect(out).toMatch(/^policies\/trust\.yaml\n(- tlogs: https:\S+ since \S+.*\n)+$/);
    const validated = await runVerb(["validate"], { folder: workspace.root });
    expect(validated).toMatchObject({ exitCode: 0 });
  });

  it("changes nothing where the root is still the newest", async () => {
    await using repository = await startTuf({ target: OLD });
    await using workspace = await withRoot(repository);
    const { exitCode, out, err } = await update(workspace, repository.url);
    expect({ exitCode, out }).toEqual({ exitCode: 0, out: "" });
    expect(err).toContain("still the newest");
    expect(workspace.git("status", "--porcelain")).toBe("");
  });

  it("asks nobody where its own anchor cannot be looked at: the public one is another's", async () => {
    await using repository = await startTuf({ target: NEW });
    await using workspace = await openWorkspace();
    workspace.write("policies/public-good.json", OLD);
    workspace.write(TRUST, trustFile(OLD).replace(FILE, "policies/public-good.json"));
    symlinkSync("trust", join(workspace.root, "policies/trust"));
    const { exitCode, err } = await update(workspace, repository.url);
    expect({ exitCode, err }).toEqual({ exitCode: 2, err: expect.stringContaining("ELOOP") });
    expect(workspace.read("policies/public-good.json")).toBe(OLD);
  });

  it("adds a root that trust.yaml does not have yet", async () => {
    await using repository = await startTuf({ target: NEW });
    await using workspace = await withRoot(repository);
    workspace.write("policies/trust/private.tuf.json", repository.anchor.toString("utf8"));
    const { exitCode } = await update(workspace, repository.url, "--root", "private");
    expect(exitCode).toBe(0);
    expect(workspace.read(TRUST)).toContain(
      `  private: { file: policies/trust/private.json, sha256: "${sha256(NEW)}", fetchedAt: 2026-11-20T00:00:00Z }`,
    );
  });

  it.for([
    [
      "what is signed is no trusted root",
      { target: "{}" },
      2,
      "signs as trusted_root.json is none",
    ],
    [
      "the repository must not be believed",
      { target: NEW, expires: "2026-01-01T00:00:00Z" },
      1,
      "was good until",
    ],
  ] as const)("changes nothing where %s", async ([, options, code, words]) => {
    await using repository = await startTuf(options);
    await using workspace = await withRoot(repository);
    const { exitCode, err } = await update(workspace, repository.url);
    expect({ exitCode, err }).toEqual({ exitCode: code, err: expect.stringContaining(words) });
    expect(workspace.git("status", "--porcelain")).toBe("");
  });

  it("says clearly that there is no internet, and what to do", async () => {
    const repository = await startTuf({ target: NEW });
    await repository[Symbol.asyncDispose]();
    await using workspace = await withRoot(repository);
    const { exitCode, err } = await update(workspace, repository.url);
    expect(exitCode).toBe(1);
    expect(err).toContain("could not be read: there was no answer");
    expect(err).toContain("without internet, run this where there is some");
    expect(workspace.git("status", "--porcelain")).toBe("");
  });

  it("leaves both files as they were where the rules refuse the result", async () => {
    await using repository = await startTuf({ target: NEW });
    await using workspace = await withRoot(repository);
    workspace.commit({ [TRUST]: trustFile(OLD).replace("kind: Trust", "kind: Trust\nroot: {}") });
    const { exitCode } = await update(workspace, repository.url);
    expect(exitCode).toBe(2);
    expect(workspace.read(FILE)).toBe(OLD);
    expect(workspace.git("status", "--porcelain")).toBe("");
    const added = await update(workspace, repository.url, "--root", "private");
    expect(added.exitCode).not.toBe(0);
    expect(existsSync(join(workspace.root, "policies/trust/private.json"))).toBe(false);
  });
});
