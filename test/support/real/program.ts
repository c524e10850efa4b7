import { spawn } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** How a program ended, and all that it said. */
export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where a program runs, and with what. */
export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Given to its standard input. */
  readonly input?: string;
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 60_000;

/** Runs a program to its end, whatever that is; one that does not end in time is killed. */
async function runProgram(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<Ended> {
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["pipe", "pipe", "pipe"],
    timeout: options.timeoutMs ?? TIMEOUT_MS,
    killSignal: "SIGKILL",
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (data: Buffer) => out.push(data));
  child.stderr.on("data", (data: Buffer) => err.push(data));
  // A program that does not read its input closes it early, which is its right.
  child.stdin.on("error", () => undefined);
  child.stdin.end(options.input ?? "");
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code, signal) =>
      resolve({
        code,
        signal,
        stdout: Buffer.concat(out).toString("utf8"),
        stderr: Buffer.concat(err).toString("utf8"),
      }),
    );
  });
}

/** Runs a program that must succeed, and gives what it wrote to standard output. */
export async function mustRun(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string> {
  const ended = await runProgram(program, args, options);
  if (ended.code === 0) return ended.stdout;
  const end = ended.code === null ? `was ended by ${ended.signal}` : `exited ${ended.code}`;
  throw new Error(`${program} ${args.join(" ")} ${end}:\n${ended.stderr}${ended.stdout}`);
}

/**
 * Why tests with these programs cannot run here, or undefined where all are on PATH. It is said aloud, too, since the
 * tests are left out for it.
 */
export function requireTool(...names: readonly string[]): string | undefined {
  const missing = names.filter((name) => !isOnPath(name));
  if (missing.length === 0) return undefined;
  const reason = `not on PATH: ${missing.join(", ")}`;
  console.warn(`tests are not run, ${reason}`);
  return reason;
}

function isOnPath(name: string): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch (error) {
      if (error instanceof Error) return false;
      throw error;
    }
  });
}
