/** What the demo of a pull request stands on: a GitHub of this machine, an engineer's clone, and the folder of a runner. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openStores, type Stores } from "#stores";
import { FakeGitHub } from "../../test/support/github/index.ts";
import { quoted, WAYBILL } from "./stage.ts";

/** Variables that a command gets beside those of everybody. */
export type Variables = Readonly<Record<string, string>>;

/** Somebody, or some job, who types commands in a folder. */
export interface Desk {
  readonly folder: string;
  /** Prints a command and runs the real binary; another exit code than told ends the demo. Gives what it printed. */
  readonly cli: (expected: number, ...args: readonly string[]) => Promise<string>;
  /** Prints and runs another program, and gives what it printed. */
  readonly run: (command: string, ...args: readonly string[]) => Promise<string>;
  /** Runs git in silence. */
  readonly git: (...args: readonly string[]) => Promise<void>;
}

/** A GitHub over HTTP with a bare repository, and stores in the runner's folder. */
export interface ForgeStage {
  readonly github: FakeGitHub;
  readonly stores: Stores;
  readonly signal: AbortSignal;
  /** The folder where every job stands, with the stores beside its checkout. */
  readonly runner: string;
  /** A desk with variables of its own; the folder is made where there is none. */
  readonly desk: (folder: string, variables: Variables) => Desk;
}

/** Opens the stage, plays on it, and clears it away whatever happened. */
export async function onForgeStage(play: (stage: ForgeStage) => Promise<void>): Promise<void> {
  const top = mkdtempSync(join(tmpdir(), "waybill-demo-pr-"));
  const runner = join(top, "runner");
  const github = await FakeGitHub.start();
  const stores = openStores({ root: runner, hosts: [], env: {}, restrictPaths: false });
  function desk(folder: string, variables: Variables): Desk {
    return deskIn(join(top, folder), { HOME: top, ...variables });
  }
  try {
    await play({ github, stores, signal: AbortSignal.timeout(120_000), runner, desk });
    if (github.violations.length > 0) throw new Error(github.violations.join("\n"));
  } finally {
    await stores.close();
    await github[Symbol.asyncDispose]();
    rmSync(top, { recursive: true, force: true });
  }
}

function deskIn(folder: string, variables: Variables): Desk {
  mkdirSync(folder, { recursive: true });
  const env = { ...EVERYBODYS, PATH: process.env["PATH"], ...variables };
  /** The GitHub is in this process, so nothing here may wait without letting it answer. */
  async function ran(program: string, args: readonly string[]): Promise<Ended> {
    const child = spawn(program, args, { cwd: folder, env, stdio: ["ignore", "pipe", "pipe"] });
    const parts: string[] = [];
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding("utf8").on("data", (text: string) => parts.push(text));
    await once(child, "close");
    return { code: child.exitCode, said: parts.join("") };
  }
  return {
    folder,
    async cli(expected, ...args) {
      const { code, said } = await shown(["waybill", ...args], () =>
        ran(process.execPath, [WAYBILL, ...args]),
      );
      if (code !== expected)
        throw new Error(`waybill ${args[0]} ended with ${code}, not ${expected}`);
      return said;
    },
    async run(command, ...args) {
      const { code, said } = await shown([command, ...args], () => ran(command, args));
      if (code !== 0) throw new Error(`${command} ended with ${code}`);
      return said;
    },
    async git(...args) {
      const { code, said } = await ran("git", args);
      if (code !== 0) throw new Error(`git ${args.join(" ")}: ${said}`);
    },
  };
}

/** Prints the words of a command, what it said, and how it ended. */
async function shown(words: readonly string[], run: () => Promise<Ended>): Promise<Ended> {
  console.log(`$ ${words.map(quoted).join(" ")}`);
  const ended = await run();
  process.stdout.write(ended.said);
  console.log(ended.code === 0 ? "" : `(exit code ${ended.code})\n`);
  return ended;
}

interface Ended {
  readonly code: number | null;
  readonly said: string;
}

/** Nothing of the person's own settings, who stands elsewhere. */
const EVERYBODYS = {
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_TERMINAL_PROMPT: "0",
  GIT_AUTHOR_NAME: "Demo",
  GIT_AUTHOR_EMAIL: "demo@example.com",
  GIT_COMMITTER_NAME: "Demo",
  GIT_COMMITTER_EMAIL: "demo@example.com",
  GIT_PAGER: "cat",
} as const;
