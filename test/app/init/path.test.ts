import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { waybill, type Ran } from "../../cli/captured.ts";
import { bundleFor, SPDX, type Said } from "../../support/attached.ts";
import { image, seed } from "../../support/images.ts";
import { startRegistry, type Registry } from "../../support/registry/index.ts";
import { makePair } from "../../support/signing.ts";

const NOW = "2026-11-21T10:00:00Z";
const EVIDENCE: readonly Said[] = [
  {},
  { predicateType: "https://spdx.dev/Document", predicate: SPDX },
  {
    predicateType: "https://cosign.sigstore.dev/attestation/vuln/v1",
    predicate: {
      scanner: {
        uri: "https://github.com/anchore/grype",
        version: "0.121.2",
        result: { matches: [], descriptor: { name: "grype" } },
      },
      metadata: { scanStartedOn: NOW, scanFinishedOn: NOW },
    },
  },
];

let root: string;
let registry: Registry;

beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "waybill-path-"));
  execFileSync("git", ["init", "-q", "-b", "main", root]);
  registry = await startRegistry();
  const [app, key] = [image({ seed: "app" }), makePair()];
  const repository = registry.repository("staging/api");
  seed(repository, app, ["v1.0.0"]);
  for (const said of EVIDENCE) seed(repository, bundleFor(app, key, said));
  writeFileSync(join(root, "release.pub"), key.pem);
  expect(await run("init", "--trust-key", "release.pub", "--admins", "alice#1,bob#2")).toBe(0);
  rmSync(join(root, "release.pub"));
  commit();
});
afterEach(async () => {
  await registry.close();
  rmSync(root, { recursive: true, force: true });
});

async function ran(...args: readonly string[]): Promise<Ran> {
  return waybill(["-C", root, ...args], { folder: root });
}

async function run(...args: readonly string[]): Promise<number> {
  return (await ran(...args)).code;
}

function commit(): void {
  const identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
  execFileSync("git", ["-C", root, "add", "-A"]);
  execFileSync("git", ["-C", root, ...identity, "commit", "-q", "-m", "change"]);
}

function isIn(channel: string): boolean {
  return existsSync(join(root, `var/main/${channel}/payments/api/index.json`));
}

describe("003-37 the path that init recommends", () => {
  it("003-37 004-12 goes from published over dev, test and staging to prod, each with what it asks", async () => {
    const source = ["--kind", "container-image", "--source", `${registry.host}/staging/api`];
    const register = ["register", "payments/api@v1.0.0", "--tag", "v1.0.0", ...source];
    // Nothing goes from found somewhere to production at once.
    expect((await ran(...register, "--to", "prod")).out).toContain("step-skipped");
    expect(await run(...register)).toBe(0);
    commit();
    expect(await run("apply", "--yes")).toBe(0);
    expect(["dev", "test", "staging", "prod"].filter(isIn)).toEqual([]);
    expect(await run("promote", "payments/api@v1.0.0", "--to", "dev,test,staging")).toBe(0);
    commit();
    expect(await run("apply", "--yes")).toBe(0);
    expect(["dev", "test", "staging", "prod"].filter(isIn)).toEqual(["dev", "test", "staging"]);
    expect(await run("promote", "payments/api@v1.0.0", "--to", "prod")).toBe(0);
    commit();
    expect(await run("apply", "--yes")).toBe(0);
    expect(isIn("prod")).toBe(true);
  });
});
