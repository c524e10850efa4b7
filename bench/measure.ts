import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { BenchError } from "./bench-error.ts";

/** A program to run, and how. */
export interface Command {
  readonly argv: readonly string[];
  /** Folder for its output, and its working directory. */
  readonly folder: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly deadlineSeconds?: number;
  /** Exit codes that are no failure; by default only 0. */
  readonly accept?: readonly number[];
}

/** What one run cost. */
export interface Cost {
  readonly wallSeconds: number;
  /** User and system time, of the program and of every child that it waited for. */
  readonly cpuSeconds: number;
  /** High-water mark of the program's own resident set; undefined where /proc has none. */
  readonly peakBytes: number | undefined;
}

/** One finished run. */
export interface Run extends Cost {
  readonly code: number;
  /** The file that holds its standard output. */
  readonly stdoutFile: string;
}

const DEADLINE_SECONDS = 300;
const POLL_MS = 10;

/**
 * bash's own `time` reads the clock beside the program and its children's rusage, so that starting
 * bash itself is not measured. The number of the process goes to the caller, who watches its memory.
 */
const SCRIPT = `TIMEFORMAT='%3R %3U %3S'; out=$1 err=$2; shift 2
time { "$@" >"$out" 2>"$err" </dev/null & echo $!; wait $!; }`;

/** Runs a program to its end and says what it cost; throws BenchError where it fails or hangs. */
export async function measure(command: Command, signal: AbortSignal): Promise<Run> {
  const stdoutFile = join(command.folder, "stdout");
  const stderrFile = join(command.folder, "stderr");
  const ended = await runTimed(command, { stdoutFile, stderrFile, signal });
  const accepted = (command.accept ?? [0]).includes(ended.code);
  if (!accepted) {
    const tail = (await readFile(stderrFile, "utf8")).slice(-1500);
    throw new BenchError(`${command.argv.join(" ")} ended with ${ended.why}:\n${tail}`);
  }
  const [wallSeconds, user, system] = timesOf(ended.report);
  return {
    wallSeconds,
    cpuSeconds: user + system,
    peakBytes: ended.peakBytes,
    code: ended.code,
    stdoutFile,
  };
}

interface Ended {
  readonly code: number;
  readonly why: string;
  readonly report: string;
  readonly peakBytes: number | undefined;
}

interface Place {
  readonly stdoutFile: string;
  readonly stderrFile: string;
  readonly signal: AbortSignal;
}

async function runTimed(command: Command, place: Place): Promise<Ended> {
  const deadline = command.deadlineSeconds ?? DEADLINE_SECONDS;
  const stop = AbortSignal.any([place.signal, AbortSignal.timeout(deadline * 1000)]);
  stop.throwIfAborted();
  const bash = spawn(
    "bash",
    ["-c", SCRIPT, "bash", place.stdoutFile, place.stderrFile, ...command.argv],
    {
      cwd: command.folder,
      env: { ...process.env, ...command.env, LC_ALL: "C" },
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own, so that a deadline ends the program and all that it started.
      detached: true,
    },
  );
  function kill(): void {
    killGroup(bash.pid);
  }
  stop.addEventListener("abort", kill, { once: true });
  const memory = watchMemory();
  bash.stdout.on("data", (chunk: Buffer) => memory.start(Number(chunk.toString().trim())));
  let report = "";
  bash.stderr.on("data", (chunk: Buffer) => (report += chunk.toString()));
  try {
    const code = await closed(bash);
    place.signal.throwIfAborted();
    const why = stop.aborted ? `nothing after ${deadline} s` : `exit code ${code}`;
    return { code, why, report, peakBytes: memory.peakBytes() };
  } finally {
    memory.stop();
    stop.removeEventListener("abort", kill);
  }
}

function closed(child: ReturnType<typeof spawn>): Promise<number> {
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve(code ?? -1));
  });
}

/** Ends a process group, if it is still there. */
export function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    // Gone already is what was wanted.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}

interface MemoryWatch {
  start(pid: number): void;
  peakBytes(): number | undefined;
  stop(): void;
}

/** VmHWM only grows, so that the last look before the end is the peak but for its last milliseconds. */
function watchMemory(): MemoryWatch {
  let peak: number | undefined;
  let timer: NodeJS.Timeout | undefined;
  return {
    start: (pid) => {
      timer ??= setInterval(() => {
        peak = highWaterMark(pid) ?? peak;
      }, POLL_MS);
    },
    peakBytes: () => peak,
    stop: () => clearInterval(timer),
  };
}

/** Read in one go: four turns through the thread pool for each look would be load of our own. */
function highWaterMark(pid: number): number | undefined {
  try {
    const kibibytes = /^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
  } catch (error) {
    // It has ended, or this system has no such file.
    if (error instanceof Error && "code" in error) return undefined;
    throw error;
  }
}

function timesOf(report: string): readonly [number, number, number] {
  const found = /([\d.]+) ([\d.]+) ([\d.]+)\s*$/.exec(report);
  if (found === null) throw new BenchError(`bash gave no times but: ${report}`);
  return [Number(found[1]), Number(found[2]), Number(found[3])];
}

/** The middle of some runs, figure by figure. */
export function medianCost(runs: readonly Cost[]): Cost {
  const peaks = runs.flatMap((run) => run.peakBytes ?? []);
  return {
    wallSeconds: median(runs.map((run) => run.wallSeconds)),
    cpuSeconds: median(runs.map((run) => run.cpuSeconds)),
    peakBytes: peaks.length === 0 ? undefined : median(peaks),
  };
}

/** The middle value; of an even number, the lower of the two in the middle. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)] ?? Number.NaN;
}
