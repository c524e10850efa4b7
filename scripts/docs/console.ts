/**
 * The console blocks of the documentation: every line that begins with `$ ` is run in a fresh copy of this repository's
 * example, and what it prints must be what the page shows. `npm run docs:console` writes the blocks anew,
 * `test/docs/console.test.ts` compares them.
 */
import { spawnSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const repository = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** The pages whose console blocks are run; each has a folder of its own, in which its commands follow each other. */
export const CONSOLE_PAGES = [
  "README.md",
  "docs/promote.md",
  "docs/review.md",
  "docs/operate.md",
] as const;

/** `waybill` of a checkout. */
const PROGRAM = join(repository, "bin", "waybill.mjs");
/** Ends the output of a command; no program prints it. */
const END = "\u001e";
const DEADLINE_MS = 120_000;
const BLOCK = /^```console\n([\s\S]*?)^```$/gm;

/** Reads a page of this repository. */
export function readPage(page: string): string {
  return readFileSync(join(repository, page), "utf8");
}

/** Writes a page of this repository. */
export function writePage(page: string, text: string): void {
  writeFileSync(join(repository, page), text);
}

/** A page with what its commands really print; `waybill` is the checkout's, or another one. */
export function withRealOutput(text: string, program: string = PROGRAM): string {
  const commands = [...text.matchAll(BLOCK)].flatMap(([, block]) => commandsIn(block ?? ""));
  const outputs = runAll(commands, program);
  return text.replaceAll(BLOCK, (_, block: string) => {
    const shown = commandsIn(block).map((command) => {
      const output = outputs.shift() ?? "";
      return output === "" ? `$ ${command}\n` : `$ ${command}\n${output}\n\n`;
    });
    return `\`\`\`console\n${shown.join("").replace(/\n\n$/, "\n")}\`\`\``;
  });
}

function commandsIn(block: string): readonly string[] {
  return block
    .split("\n")
    .filter((line) => line.startsWith("$ "))
    .map((line) => line.slice(2));
}

/** Runs commands one after the other in one shell, in a copy of the example, and gives what each printed. */
function runAll(commands: readonly string[], program: string): string[] {
  const top = realpathSync(mkdtempSync(join(tmpdir(), "waybill-docs-")));
  try {
    const folder = join(top, "promotions");
    prepare(top, folder, program);
    const script = commands.map((command) => `${command}\n_s=$?; printf '\\036'; (exit $_s)\n`);
    const run = spawnSync("sh", ["-c", `exec 2>&1 </dev/null\n${script.join("")}`], {
      cwd: folder,
      env: environment(top),
      encoding: "utf8",
      timeout: DEADLINE_MS,
    });
    if (run.error) throw run.error;
    const outputs = run.stdout.split(END);
    if (outputs.pop() !== "" || outputs.length !== commands.length)
      throw new Error(`the commands ended early: ${run.stdout.slice(-500)}`);
    return outputs.map((output) => output.replace(/\n$/, ""));
  } finally {
    rmSync(top, { recursive: true, force: true });
  }
}

/** A promotions repository of two commits, the same on any machine: only what the example itself holds is in it. */
function prepare(top: string, folder: string, program: string): void {
  for (const part of ["promotions", "policies", "example"])
    cpSync(join(repository, part), join(folder, part), { recursive: true });
  symlinkSync(join(repository, "bin"), join(folder, "bin"));
  const programs = join(top, "programs");
  mkdirSync(programs);
  const waybill = join(programs, "waybill");
  writeFileSync(waybill, `#!/bin/sh\nexec "${process.execPath}" "${program}" "$@"\n`);
  chmodSync(waybill, 0o755);
  git(top, folder, ["init", "-q", "-b", "main"]);
  appendFileSync(join(folder, ".git", "info", "exclude"), "/bin\n/var\n");
  git(top, folder, ["add", "-A"]);
  git(top, folder, ["commit", "-q", "-m", "A promotions repository"]);
  git(top, folder, ["commit", "-q", "--allow-empty", "-m", "Begin"]);
}

function git(top: string, cwd: string, args: readonly string[]): void {
  const run = spawnSync("git", args, { cwd, env: environment(top), encoding: "utf8" });
  if (run.error) throw run.error;
  if (run.status !== 0) throw new Error(`git ${args.join(" ")}: ${run.stderr}`);
}

/** Nothing of the person's own settings, credentials or place; one date, so that commits have one name. */
function environment(top: string): NodeJS.ProcessEnv {
  const date = "2026-01-05T12:00:00Z";
  return {
    PATH: [join(top, "programs"), process.env["PATH"] ?? ""].join(delimiter),
    HOME: top,
    TMPDIR: tmpdir(),
    // A page starts the program a dozen times: the second time it is compiled already.
    NODE_COMPILE_CACHE: join(top, "compiled"),
    LC_ALL: "C",
    TZ: "UTC",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_AUTHOR_NAME: "Alex",
    GIT_AUTHOR_EMAIL: "alex@example.com",
    GIT_AUTHOR_DATE: date,
    GIT_COMMITTER_NAME: "Alex",
    GIT_COMMITTER_EMAIL: "alex@example.com",
    GIT_COMMITTER_DATE: date,
  };
}
