import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { bundled, compileCache } from "../bundle.ts";
import type { Ended } from "./program.ts";

/** The checkout. */
export const CHECKOUT: string = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/** A whole process of the command line that has been started. */
export interface WaybillProcess {
  readonly child: ChildProcess;
  /** Its end, and all that it said. */
  readonly ended: Promise<Ended>;
}

/** How a process of the command line is started. */
export interface WaybillOptions {
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Put before it in a shell, such as `ulimit -f 8;`. */
  readonly shell?: string;
}

const TIMEOUT_MS = 60_000;

/** Starts `waybill …` as its users do, with nothing of this machine's accounts; it is ended after a minute. */
export function startWaybill(args: readonly string[], options: WaybillOptions): WaybillProcess {
  const program = [process.execPath, bundled("waybill"), ...args];
  const [command = "", ...rest] =
    options.shell === undefined
      ? program
      : ["sh", "-c", `${options.shell} exec "$0" "$@"`, ...program];
  const child = spawn(command, rest, {
    cwd: options.cwd,
    env: {
      PATH: process.env["PATH"],
      TMPDIR: tmpdir(),
      HOME: options.cwd,
      NO_COLOR: "1",
      NODE_COMPILE_CACHE: compileCache(),
      ...options.env,
    },
    stdio: ["ignore", "pipe", "pipe"],
    timeout: TIMEOUT_MS,
    killSignal: "SIGKILL",
  });
  return { child, ended: endOf(child) };
}

async function endOf(child: ChildProcess): Promise<Ended> {
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
  await once(child, "close");
  return { code: child.exitCode, signal: child.signalCode, stdout, stderr };
}
