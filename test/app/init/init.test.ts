import { generateKeyPairSync } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { waybill, type Ran } from "../../cli/captured.ts";
import { image, seed } from "../../support/images.ts";
import { startRegistry } from "../../support/registry/index.ts";

const ACTION = "example/waybill@0123456789abcdef0123456789abcdef01234567";
const PEM = { type: "spki", format: "pem" } as const;
const keys = generateKeyPairSync("ec", { namedCurve: "P-256" });

/** An empty repository. */
function empty(): string {
  const root = mkdtempSync(join(tmpdir(), "waybill-init-"));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  execFileSync("git", ["init", "-q", "-b", "main", root]);
  return root;
}

function commit(root: string): void {
  const identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
  execFileSync("git", ["-C", root, "add", "-A"]);
  execFileSync("git", ["-C", root, ...identity, "commit", "-q", "-m", "change"]);
}

function write(root: string, path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

function init(root: string, ...args: readonly string[]): Promise<Ran> {
  return waybill(["-C", root, "init", ...args], { folder: root });
}

function read(root: string, path: string): string {
  return readFileSync(join(root, path), "utf8");
}

describe("waybill init", () => {
  it("002-79 003-22 003-37 goes from an empty repository to a first promotion, with four commands", async () => {
    const root = empty();
    expect(await init(root, "--example")).toMatchObject({ code: 0 });
    commit(root);
    expect(await waybill(["-C", root, "apply", "--yes"])).toMatchObject({ code: 0 });
    expect(
      await waybill(["-C", root, "promote", "example/hello@v1.0.0", "--to", "test,staging"]),
    ).toMatchObject({ code: 0 });
    commit(root);
    const applied = await waybill(["-C", root, "apply", "--yes"]);
    expect(applied.out).toContain("Planned 4 actions, observed 4: 4 done.");
    expect(existsSync(join(root, "var/main/staging/example/hello/index.json"))).toBe(true);
  });

  it("002-81 asks of prod a release, a signature, an SBOM, a scan and two approvals", async () => {
    const root = empty();
    write(root, "key.pub", String(keys.publicKey.export(PEM)));
    const ran = await init(root, "--trust-key", "key.pub", "--admins", "alice#1,bob#2");
    expect(ran).toMatchObject({ code: 0, err: expect.not.stringContaining("note:") });
    const channels = read(root, "policies/channels.yaml");
    expect(channels).toContain("requires: { trust: verified, rules: [prod], versions: release }");
    expect(channels).toContain("approvals: { count: 2, from: [admins] }");
    for (const asked of ["signature:", "sbom:", "vulnerabilities:"])
      expect(read(root, "policies/trust.yaml")).toContain(`      - ${asked}`);
    expect(read(root, "policies/owners.yaml")).toContain('people: ["alice#1", "bob#2"]');
    const checked = await waybill(["-C", root, "validate"]);
    expect(checked).toMatchObject({ code: 0, err: expect.stringContaining("0 warnings") });
  });

  it("without people writes prod for nobody, which validate warns of, and nothing enters it", async () => {
    const root = empty();
    await init(root, "--example");
    commit(root);
    const checked = await waybill(["-C", root, "validate"]);
    expect(checked).toMatchObject({ code: 0 });
    expect(checked.out + checked.err).toMatch(/no-members.*approv/);
    expect(checked.out + checked.err).toContain("nothing-verifies");
    await waybill(["-C", root, "promote", "example/hello@v1.0.0", "--to", "test,staging"]);
    commit(root);
    await waybill(["-C", root, "promote", "example/hello@v1.0.0", "--to", "prod"]);
    commit(root);
    const planned = await waybill(["-C", root, "plan", "--since", "HEAD^1"]);
    expect(planned.code).toBe(4);
  });

  it("overwrites no file, and says which were there", async () => {
    const root = empty();
    write(root, "policies/sites.yaml", "mine\n");
    const first = await init(root, "--format", "json");
    const { written, kept } = JSON.parse(first.out);
    expect(kept).toEqual(["policies/sites.yaml"]);
    expect(written).toContain("policies/channels.yaml");
    expect(read(root, "policies/sites.yaml")).toBe("mine\n");
    const again = JSON.parse((await init(root, "--format", "json")).out);
    expect(again).toMatchObject({
      written: [],
      kept: expect.arrayContaining([...kept, ...written]),
    });
  });

  it("writes nothing behind a link", async () => {
    const root = empty();
    const elsewhere = empty();
    symlinkSync(elsewhere, join(root, "policies"));
    expect(await init(root)).toMatchObject({ code: 2 });
    expect(existsSync(join(elsewhere, "sites.yaml"))).toBe(false);
  });

  it("puts the registry that was said into sites.yaml, and the action by its commit into workflows", async () => {
    const root = empty();
    const ran = await init(
      root,
      "--github",
      "--action",
      ACTION,
      "--registry",
      "registry.example.com/acme",
    );
    expect(ran.code).toBe(0);
    expect(read(root, "policies/sites.yaml")).toContain('oci: "registry.example.com/acme"');
    expect(existsSync(join(root, ".gitignore"))).toBe(false);
    const plan = read(root, ".github/workflows/waybill-plan.yml");
    expect(plan).toContain(`uses: ${ACTION}\n`);
    const check = await waybill(["-C", root, "validate"]);
    expect(check.code).toBe(0);
  });

  it.for<readonly [string, readonly string[], string]>([
    ["workflows from a checkout without an action", ["--github"], "--action OWNER/REPO@SHA"],
    ["an action by its tag", ["--github", "--action", "a/b@v1"], "40 hex digits"],
    ["an action for no workflows", ["--action", ACTION], "--github"],
    ["people that are no accounts", ["--admins", "a b"], "LOGIN#ID"],
    ["a team among the people", ["--admins", "org/team"], "LOGIN#ID"],
    ["a private key", ["--trust-key", "private.pem"], "private key"],
    ["a key that is none", ["--trust-key", "text.pem"], "no public key"],
    ["a key that is not there", ["--trust-key", "none.pem"], "none.pem"],
    ["a folder without manifests", ["--from", "kpromo", "."], "no manifests of kpromo"],
    ["another tool's files", ["--from", "skopeo", "."], "kpromo DIR"],
    ["a registry that is no address", ["--registry", "no address"], "--registry"],
  ])("refuses %s, and writes nothing", async ([, args, says]) => {
    const root = empty();
    writeFileSync(
      join(root, "private.pem"),
      keys.privateKey.export({ type: "pkcs8", format: "pem" }),
    );
    writeFileSync(
      join(root, "text.pem"),
      "-----BEGIN PUBLIC KEY-----\nno\n-----END PUBLIC KEY-----\n",
    );
    const ran = await init(root, ...args);
    expect(ran.code).toBe(2);
    expect(ran.err).toContain(says);
    expect(existsSync(join(root, "policies"))).toBe(false);
  });

  it("keeps kpromo's manifests as they are, to the byte", async () => {
    const [root, project] = [empty(), empty()];
    const manifest =
      "# ours\nregistries:\n- {name: registry.example.com/staging, src: true}\n- {name: registry.oslo.example.com/tools}\n";
    const images = `- name: etcd\n  dmap:\n    "sha256:${"a".repeat(64)}": ["3.5.1"]\n`;
    write(project, "manifests/tools/promoter-manifest.yaml", manifest);
    write(project, "images/tools/images.yaml", images);
    const ran = await waybill(["-C", root, "init", "--from", "kpromo", "."], { folder: project });
    expect(ran.code).toBe(0);
    expect(read(root, "manifests/tools/promoter-manifest.yaml")).toBe(manifest);
    expect(read(root, "images/tools/images.yaml")).toBe(images);
    expect(read(root, "policies/channels.yaml")).toContain("  kpromo: { approvals:");
    expect(await waybill(["-C", root, "validate"])).toMatchObject({ code: 0 });
  });

  it("proposes a promotion file from the versions of a repository, and from no other tag", async () => {
    await using registry = await startRegistry();
    const repository = registry.repository("staging/payments/api");
    const [one, two] = [image({ seed: "one" }), image({ seed: "two" })];
    for (const [tag, built] of [
      ["v1.0.0-rc.1", one],
      ["v1.0.0", one],
      ["v1.1.0", two],
      ["latest", two],
    ] as const)
      seed(repository, built, [tag]);
    const root = empty();
    const ran = await init(root, "--scan", `${registry.host}/staging/payments/api`);
    expect(ran).toMatchObject({ code: 0, err: expect.not.stringContaining("waybill:") });
    const text = read(root, "promotions/payments/api.yaml");
    expect(text).toContain("kind: container-image");
    expect(text).toContain(`version: v1.1.0, digest: "${two.digest}"`);
    expect(text).toMatch(/version: v1\.0\.0, digest: .*from: v1\.0\.0-rc\.1/);
    expect(text).not.toContain("latest");
    expect(await waybill(["-C", root, "validate"])).toMatchObject({ code: 0 });
  });
});
