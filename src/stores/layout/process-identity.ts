import { readFile, readlink } from "node:fs/promises";
import { hostname } from "node:os";
import { isErrno } from "./failure.ts";

/** A process as another one on the same machine can find it again. */
export interface ProcessIdentity {
  /** One kernel and one space of process ids: two containers on one machine differ. */
  readonly host: string;
  readonly pid: number;
  /** When it started, in the kernel's own count; empty where the system does not say. Tells a re-used id. */
  readonly started: string;
}

let own: Promise<ProcessIdentity> | undefined;

/** This process. */
export function thisProcess(): Promise<ProcessIdentity> {
  own ??= identify();
  return own;
}

async function identify(): Promise<ProcessIdentity> {
  const [boot, space, stat] = await Promise.all([
    readText("/proc/sys/kernel/random/boot_id"),
    readSpace(),
    readStat(process.pid),
  ]);
  const host = boot === undefined || space === undefined ? hostname() : `${boot.trim()}/${space}`;
  return { host, pid: process.pid, started: stat?.started ?? "" };
}

/** Whether a process still runs; `unknown`: it is of another machine or container. */
export async function stateOf(other: ProcessIdentity): Promise<"alive" | "dead" | "unknown"> {
  const self = await thisProcess();
  if (other.host !== self.host) return "unknown";
  if (!exists(other.pid)) return "dead";
  const stat = await readStat(other.pid);
  if (stat === undefined) return exists(other.pid) ? "alive" : "dead";
  // A killed process whose parent has not asked for it yet still has its id.
  if (stat.state === "Z" || stat.state === "X") return "dead";
  return other.started === "" || other.started === stat.started ? "alive" : "dead";
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !isErrno(error, "ESRCH");
  }
}

/** State and start time of a process on Linux (proc_pid_stat(5), fields 3 and 22); undefined elsewhere. */
async function readStat(pid: number): Promise<{ state: string; started: string } | undefined> {
  const text = await readText(`/proc/${pid}/stat`);
  // The second field is the program's name, in brackets, with whatever characters it likes.
  const fields = text?.slice(text.lastIndexOf(")") + 2).split(" ");
  const [state, started] = [fields?.[0], fields?.[19]];
  return state === undefined || started === undefined ? undefined : { state, started };
}

async function readSpace(): Promise<string | undefined> {
  try {
    return await readlink("/proc/self/ns/pid");
  } catch (error) {
    if (isErrno(error)) return undefined;
    throw error;
  }
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (isErrno(error)) return undefined;
    throw error;
  }
}
