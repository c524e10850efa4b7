import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

interface Manifest {
  readonly engines: { readonly node: string };
  readonly allowScripts: Readonly<Record<string, boolean>>;
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

interface Lockfile {
  readonly packages: Readonly<Record<string, { version?: string; integrity?: string }>>;
}

const manifest: Manifest = JSON.parse(read("package.json"));

describe("package.json", () => {
  const pins = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies });

  it.for(pins)("pins %s to one exact version (%s)", ([, version]) => {
    expect(version).toMatch(/^\d+\.\d+\.\d+$/);
  });

  it("allows the install script of node by name, and no other", () => {
    const allowed = Object.entries(manifest.allowScripts).filter(([, allow]) => allow);
    expect(allowed).toEqual([["node", true]]);
  });

  it("brings a Node that its own engines field accepts, and says the same floor everywhere", () => {
    expect(manifest.engines.node).toBe(">=24.15");
    const [major = 0, minor = 0] = (manifest.devDependencies["node"] ?? "").split(".").map(Number);
    expect(major === 24 && minor >= 15).toBe(true);
    expect(read("bin/waybill.mjs")).toContain("const NODE_FLOOR = [24, 15];");
    expect(read("scripts/require-node.mjs")).toContain("major === 24 && minor < 15");
  });

  it.for([
    ["@commander-js/extra-typings", "commander"],
    ["@vitest/coverage-v8", "vitest"],
  ] as const)("pins %s and %s together", ([one, other]) => {
    const versions = new Map(pins);
    expect(versions.get(one)).toBe(versions.get(other));
  });
});

describe("package-lock.json", () => {
  const lockfile: Lockfile = JSON.parse(read("package-lock.json"));

  it("names no registry, so that it installs from whichever one the reader uses", () => {
    expect(read("package-lock.json")).not.toContain('"resolved"');
    expect(read(".npmrc")).not.toMatch(/registry\s*=|_auth/);
  });

  it("has a hash for every package", () => {
    const bare = Object.entries(lockfile.packages).filter(
      ([path, entry]) => path !== "" && entry.integrity === undefined,
    );
    expect(bare).toEqual([]);
  });
});

describe("workflows", () => {
  it("run what .ci/run runs", () => {
    expect(read(".github/workflows/ci.yml")).toContain("run: bash .ci/run");
  });
});
