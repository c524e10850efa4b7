import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { compileCache } from "./bundle.ts";

/** How a step of a job ended, and all that it said. */
export interface Ended {
  /** Undefined as an exit code: a signal ended it. */
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A program of this checkout, as a step of a job starts it. */
export interface ProcessJob {
  readonly folder: string;
  readonly script: string;
  readonly args?: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly meet?: ((child: ChildProcess) => void) | undefined;
}

/** Runs a program to its end as a process of its own, with the variables of its job and no others. */
export async function runStep(job: ProcessJob): Promise<Ended> {
  const { folder, script, args = [], env, meet } = job;
  const child = spawn(process.execPath, [script, ...args], {
    cwd: folder,
    env: {
      PATH: process.env["PATH"],
      HOME: folder,
      NODE_COMPILE_CACHE: compileCache(),
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const [out, err]: readonly [string[], string[]] = [[], []];
  child.stdout.setEncoding("utf8").on("data", (text: string) => out.push(text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => err.push(text));
  meet?.(child);
  await once(child, "close");
  return { code: child.exitCode, out: out.join(""), err: err.join("") };
}
