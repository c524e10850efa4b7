import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** A program that says how it was started, and waits for a signal where its argument says so. */
const MAIN = `
const args: readonly string[] = process.argv.slice(2);
process.stdout.write(JSON.stringify({ args, node: process.versions.node }) + "\\n");
if (args[0] === "wait") {
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    process.on(signal, () => process.exit(code));
  }
  setInterval(() => undefined, 1000);
  process.stdout.write("waiting\\n");
} else {
  process.exitCode = 4;
}
`;

/** Makes the running Node say that it is the Node of an older host. */
const OLD = `Object.defineProperty(process, "versions", { value: { ...process.versions, node: "20.20.2" } });`;

let folder = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "waybill-bin-"));
  mkdirSync(join(folder, "bin"));
  cpSync(join(root, "bin/waybill.mjs"), join(folder, "bin/waybill.mjs"));
  writeFileSync(join(folder, "package.json"), `{ "type": "module" }`);
  writeFileSync(join(folder, "old.mjs"), OLD);
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function addSource(): void {
  mkdirSync(join(folder, "src/cli"), { recursive: true });
  writeFileSync(join(folder, "src/cli/main.ts"), MAIN);
}

function addInstalledNode(): void {
  mkdirSync(join(folder, "node_modules"));
  symlinkSync(join(root, "node_modules/node"), join(folder, "node_modules/node"));
}

interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface Run {
  readonly host: "old" | "recent";
  readonly signal?: NodeJS.Signals;
}

async function run(args: readonly string[], { host, signal }: Run): Promise<Outcome> {
  const preload = host === "old" ? ["--import", "./old.mjs"] : [];
  const child = spawn(process.execPath, [...preload, "bin/waybill.mjs", ...args], {
    cwd: folder,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let out = "";
  let err = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
    if (signal !== undefined && out.endsWith("waiting\n")) child.kill(signal);
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => (err += text));
  await once(child, "close");
  return { code: child.exitCode, out, err };
}

describe("bin/waybill.mjs in a checkout", () => {
  beforeEach(addSource);

  it("runs the TypeScript itself where the host's Node is recent", async () => {
    const { code, out } = await run(["plan", "-C", "a b"], { host: "recent" });
    expect(JSON.parse(out)).toEqual({ args: ["plan", "-C", "a b"], node: process.versions.node });
    expect(code).toBe(4);
  });

  it("hands over to the installed Node where the host's is old, with arguments and exit code", async () => {
    addInstalledNode();
    const { code, out, err } = await run(["plan", "-C", "a b"], { host: "old" });
    expect(JSON.parse(out)).toMatchObject({ args: ["plan", "-C", "a b"] });
    expect(JSON.parse(out).node).toMatch(/^24\./);
    expect({ code, err }).toEqual({ code: 4, err: "" });
  });

  it.for([
    ["SIGINT", 130],
    ["SIGTERM", 143],
  ] as const)(
    "passes %s on, and ends with the %i of the one who got it",
    async ([signal, code]) => {
      addInstalledNode();
      expect(await run(["wait"], { host: "old", signal })).toMatchObject({ code, err: "" });
    },
  );

  it("says in one sentence what to do where there is no recent Node at all", async () => {
    const { code, out, err } = await run(["plan"], { host: "old" });
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(
      /^waybill needs Node\.js 24\.15 .* run `npm ci` without --ignore-scripts.*\n$/,
    );
  });
});

describe("bin/waybill.mjs in a published package", () => {
  beforeEach(() => {
    mkdirSync(join(folder, "dist"));
    writeFileSync(join(folder, "dist/waybill.mjs"), `process.stdout.write("bundle\\n");`);
  });

  it("runs the bundle", async () => {
    expect(await run([], { host: "recent" })).toEqual({ code: 0, out: "bundle\n", err: "" });
  });

  it("refuses an old Node, which it cannot replace", async () => {
    const { code, out, err } = await run([], { host: "old" });
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(err).toMatch(/^waybill needs Node\.js 24\.15 or newer, and this is v[\d.]+\n$/);
  });
});
