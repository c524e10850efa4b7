import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { checkFile, countApprovals, type Breach } from "./support/room-walls.ts";
import { APPROVE_FILE, PACKAGE_HOMES, ROOMS } from "./support/rooms.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

function sourceFiles(): readonly string[] {
  return readdirSync(join(root, "src"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .filter((path) => !ROOMS.some(({ data }) => data?.some((folder) => path.startsWith(folder))))
    .toSorted();
}

function read(path: string): string {
  return readFileSync(join(root, path), "utf8");
}

interface Manifest {
  readonly imports: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

const files = sourceFiles();
const rooms = new Set(files.map((path) => path.split("/")[1]));
const manifest: Manifest = JSON.parse(read("package.json"));

describe("the rooms of src/", () => {
  it("are there at all, so that this test cannot pass on nothing", () => {
    expect(files.length).toBeGreaterThan(10);
    expect(rooms).toContain("model");
  });

  it("keep to the table", () => {
    const breaches = files.flatMap((path) => [...checkFile(path, read(path))]);
    expect(breaches.map(sentence)).toEqual([]);
  });

  it.for([...rooms])("%s has a door that package.json opens, or is a shell", (name) => {
    const row = ROOMS.find((room) => room.name === name);
    expect(row, `src/${name} is in the table`).toBeDefined();
    if (row?.shell) expect(manifest.imports).not.toHaveProperty(`#${name}`);
    else expect(manifest.imports[`#${name}`]).toBe(`./src/${name}/index.ts`);
  });

  it("turn a plan into an approved one in one place only", () => {
    const casts = files.filter((path) => countApprovals(path, read(path)) > 0);
    expect(casts.filter((path) => path !== APPROVE_FILE)).toEqual([]);
    if (files.includes(APPROVE_FILE))
      expect(countApprovals(APPROVE_FILE, read(APPROVE_FILE))).toBe(1);
  });

  it("give each dependency of package.json a home", () => {
    expect([...PACKAGE_HOMES.keys()].toSorted()).toEqual(
      Object.keys(manifest.dependencies).toSorted(),
    );
  });
});

describe("the table of rooms", () => {
  it.for(ROOMS.map((room, index) => [room.name, index] as const))(
    "%s only sees rooms above itself, so no two rooms can form a cycle",
    ([, index]) => {
      const above = new Set(ROOMS.slice(0, index).map((room) => room.name));
      const seen = [...(ROOMS[index]?.imports ?? []), ...(ROOMS[index]?.lazy ?? [])];
      expect(seen.filter((name) => !above.has(name))).toEqual([]);
    },
  );

  it("lets pure rooms see only pure rooms", () => {
    const pure = new Set(ROOMS.filter((room) => room.pure).map((room) => room.name));
    const seen = ROOMS.filter((room) => room.pure).flatMap((room) => room.imports);
    expect(seen.filter((name) => !pure.has(name))).toEqual([]);
  });
});

/** Negative controls: each row is source text that must be reported, by exactly this rule. */
const FORBIDDEN: readonly (readonly [path: string, source: string, rule: Breach["rule"]])[] = [
  ["src/model/a.ts", `const = 1;`, "syntax"],
  ["src/nowhere/a.ts", `export const a = 1;`, "no-such-room"],
  ["src/main.ts", `export const a = 1;`, "no-such-room"],
  ["src/plan/utils.ts", `export const a = 1;`, "file-name"],
  ["src/plan/BuildPlan.ts", `export const a = 1;`, "file-name"],
  ["src/plan/a.ts", `import { b } from "../model/digest.ts";`, "leaves-room"],
  ["src/stores/registry/a.ts", `export { b } from "../../model/digest.ts";`, "leaves-room"],
  ["src/plan/a.ts", `import pkg from "../../package.json" with { type: "json" };`, "leaves-room"],
  ["src/desired/a.ts", `import { s } from "../../schemas/sites.ts";`, "leaves-room"],
  ["src/plan/a.ts", `import s from "../../schemas/a.json" with { type: "json" };`, "leaves-room"],
  ["src/plan/a.ts", `import { b } from "./b.js";`, "extension"],
  ["src/plan/a.ts", `import { b } from "./index.ts";`, "own-door"],
  ["src/plan/a.ts", `import { b } from "#plan";`, "own-door"],
  ["src/plan/a.ts", `import { b } from "#stores";`, "forbidden-room"],
  ["src/plan/a.ts", `import type { B } from "#desired";`, "forbidden-room"],
  ["src/plan/a.ts", `type B = import("#stores").Store;`, "forbidden-room"],
  ["src/plan/index.ts", `export { b } from "#stores";`, "forbidden-room"],
  ["src/model/a.ts", `import "#plan";`, "forbidden-room"],
  ["src/apply/a.ts", `import { b } from "#plan";`, "forbidden-room"],
  ["src/apply/a.ts", `import { b } from "#audit";`, "forbidden-room"],
  ["src/app/a.ts", `import { run } from "#cli";`, "forbidden-room"],
  ["src/cli/a.ts", `import { b } from "#stores";`, "forbidden-room"],
  ["src/plan/a.ts", `import { b } from "#model/digest.ts";`, "deep-door"],
  ["src/plan/a.ts", `import { parse } from "yaml";`, "package-home"],
  ["src/stores/a.ts", `import type { Options } from "ajv/dist/2020.js";`, "package-home"],
  ["src/audit/a.ts", `import PQueue from "p-queue";`, "package-home"],
  ["src/app/a.ts", `import { Command } from "@commander-js/extra-typings";`, "package-home"],
  ["src/stores/a.ts", `import chalk from "chalk";`, "package-home"],
  ["src/stores/a.ts", `import fs from "fs";`, "package-home"],
  ["src/inventory/a.ts", `import { request } from "node:https";`, "node-module"],
  ["src/bot/a.ts", `import { request } from "node:https";`, "node-module"],
  ["src/bot/a.ts", `import { openGitHub } from "#scm";`, "forbidden-room"],
  ["src/cli/a.ts", `import { serveBot } from "#bot";`, "forbidden-room"],
  ["src/app/a.ts", `const r = await fetch(url);`, "node-module"],
  ["src/trust/verify.ts", `const r = await fetch(url);`, "node-module"],
  ["src/cli/a.ts", `import { createRequire } from "node:module";`, "node-module"],
  ["src/desired/a.ts", `import { readFile } from "node:fs/promises";`, "impure"],
  ["src/model/a.ts", `import { createHash, randomBytes } from "node:crypto";`, "impure"],
  ["src/model/a.ts", `import * as crypto2 from "node:crypto";`, "impure"],
  ["src/model/a.ts", `import "node:crypto";`, "impure"],
  ["src/plan/a.ts", `const now = Date.now();`, "impure"],
  ["src/plan/a.ts", `const now = Date["now"]();`, "impure"],
  ["src/plan/a.ts", `const now = new Date();`, "impure"],
  ["src/plan/a.ts", `const now = Date();`, "impure"],
  ["src/plan/a.ts", `const now = performance.now();`, "impure"],
  ["src/plan/a.ts", `const jitter = Math.random();`, "impure"],
  ["src/report/a.ts", `const width = process.stdout.columns;`, "impure"],
  ["src/report/a.ts", `const { env } = globalThis.process;`, "impure"],
  ["src/policy/a.ts", `const id = crypto.randomUUID();`, "impure"],
  ["src/stores/a.ts", `const m = await import("./layout.ts");`, "dynamic-import"],
  ["src/scm/a.ts", `const m = await import("./forge.ts");`, "dynamic-import"],
  ["src/apply/a.ts", `const m = await import("./octokit.ts");`, "dynamic-import"],
  ["src/app/a.ts", "const m = await import(`#${room}`);", "dynamic-import"],
  ["src/app/a.ts", `const m = await import(name);`, "dynamic-import"],
  ["src/app/a.ts", `const m = await import("#cli");`, "dynamic-import"],
  ["src/cli/a.ts", `const m = await import("#stores");`, "dynamic-import"],
  ["src/cli/a.ts", `const m = await import("commander");`, "dynamic-import"],
  ["src/plan/index.ts", `export const a = 1;`, "door-is-no-door"],
  ["src/plan/index.ts", `import "./build-plan.ts";`, "door-is-no-door"],
  ["src/stores/layout/index.ts", `export { a } from "./a.ts";`, "door-is-no-door"],
  ["src/app/a.ts", `const p = plan as ApprovedPlan;`, "approved-plan"],
  ["src/app/a.ts", `const p = plan as unknown as Readonly<ApprovedPlan>;`, "approved-plan"],
  ["src/app/a.ts", `function f(p: Plan): p is ApprovedPlan { return true; }`, "approved-plan"],
];

/** Positive controls: what the table allows, and what merely looks like a breach. */
const ALLOWED: readonly (readonly [path: string, source: string])[] = [
  ["src/model/digest.ts", `import { createHash, type Hash } from "node:crypto";`],
  ["src/model/version.ts", `import semver from "semver";`],
  ["src/desired/read.ts", `import { parseDocument } from "yaml"; import { b } from "#model";`],
  ["src/desired/a.ts", `import s from "../../schemas/sites.v1.json" with { type: "json" };`],
  ["src/desired/check.ts", `import { Ajv2020 } from "ajv/dist/2020.js";`],
  ["src/plan/build-plan.ts", `import type { A } from "#policy"; import { c } from "./c.ts";`],
  ["src/plan/build-plan.ts", `const at = new Date(now); const t = Date.parse(text);`],
  ["src/plan/build-plan.ts", `interface A { readonly process: string } const b = a.fetch;`],
  ["src/plan/approve.ts", `const p = plan as ApprovedPlan;`],
  ["src/plan/index.ts", `export { a } from "./a.ts"; export type { B } from "./b.ts";`],
  ["src/model/index.ts", `export * from "./digest.ts";`],
  ["src/stores/registry/a.ts", `import { b } from "../port.ts"; import { Pool } from "undici";`],
  ["src/stores/registry/a.ts", `const now = Date.now(); const id = Math.random();`],
  ["src/scm/git/a.ts", `import { simpleGit } from "simple-git";`],
  ["src/app/plan.ts", `const { openStore } = await import("#stores");`],
  ["src/cli/main.ts", `const { plan } = await import("#app"); import { C } from "commander";`],
  ["src/cli/verbs/a.ts", `const { serveBot } = await import("#bot");`],
  ["src/bot/listen.ts", `import { createServer } from "node:http";`],
];

describe("the walls between rooms", () => {
  it.for(FORBIDDEN)("report in %s: %s as %s", ([path, source, rule]) => {
    expect(checkFile(path, source).map((breach) => breach.rule)).toContain(rule);
  });

  it.for(ALLOWED)("let pass in %s: %s", ([path, source]) => {
    expect(checkFile(path, source).map(sentence)).toEqual([]);
  });

  it("have a negative control for each rule", () => {
    const rules = new Set(FORBIDDEN.map(([, , rule]) => rule));
    expect(rules.size).toBe(14);
  });
});

function sentence(breach: Breach): string {
  return `${breach.file}: ${breach.rule}: ${breach.what}`;
}
