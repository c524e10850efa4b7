import { spawn } from "node:child_process";
import { open } from "node:fs/promises";
import { killGroup } from "./measure.ts";

/** A server that runs while a row is measured. */
export interface Background extends AsyncDisposable {
  /** The file that takes everything it says. */
  readonly logFile: string;
  /** Asks it to stop and waits for that; after five seconds it is ended. */
  stop(): Promise<void>;
}

/** What to start. */
export interface Server {
  readonly argv: readonly string[];
  readonly logFile: string;
  readonly folder: string;
}

/** Starts a server in a process group of its own, which ends with the benchmarks whatever happens. */
export async function startServer({ argv, logFile, folder }: Server): Promise<Background> {
  const [program = "", ...rest] = argv;
  await using log = await open(logFile, "w");
  const child = spawn(program, rest, {
    cwd: folder,
    // Distribution 3 would look for a trace collector.
    env: { ...process.env, OTEL_TRACES_EXPORTER: "none" },
    stdio: ["ignore", log.fd, log.fd],
    detached: true,
  });
  function kill(): void {
    killGroup(child.pid);
  }
  process.once("exit", kill);
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  async function stop(): Promise<void> {
    child.kill("SIGTERM");
    const timer = setTimeout(kill, 5000);
    await ended;
    clearTimeout(timer);
    process.removeListener("exit", kill);
  }
  return { logFile, stop, [Symbol.asyncDispose]: stop };
}
