import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { GitError } from "./git-error.ts";
import { SETTINGS_ARGS } from "./settings.ts";

/** One call of git that may be answered with no. */
export interface GitCall {
  readonly folder: string;
  readonly args: readonly string[];
  readonly input?: string | undefined;
  /** Beside the process's own; where a credential is, so that it is in no argument and no file. */
  readonly env?: Readonly<Record<string, string>> | undefined;
  /** How long it may take in all; two minutes where not said. */
  readonly withinMs?: number | undefined;
}

export interface GitSaid {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const MAX_BYTES = 256 * 1024 * 1024;
const WITHIN_MS = 120_000;

/** Nobody is asked, words are English, and no address in a tree's `.lfsconfig` is fetched from. */
const OUR_ENV = { GIT_TERMINAL_PROMPT: "0", LC_ALL: "C", GIT_LFS_SKIP_SMUDGE: "1" };

/**
 * Runs git with hooks off and nobody to ask for a password; what it says is in English, whoever runs it. An exit code
 * other than 0 is an answer here, and for the caller to read.
 * @throws {GitError} where git cannot be run, says too much, or takes too long
 */
export async function runGit(call: GitCall, signal: AbortSignal): Promise<GitSaid> {
  const { folder, args, input = "", env = {}, withinMs = WITHIN_MS } = call;
  const what = `git ${args[0] ?? ""}`;
  const deadline = AbortSignal.timeout(withinMs);
  const child = startGit({ folder, args, env }, AbortSignal.any([signal, deadline]));
  const { promise, resolve, reject } = Promise.withResolvers<GitSaid>();
  const chunks: Buffer[] = [];
  let bytes = 0;
  let err = "";
  child.stdout.on("data", (chunk: Buffer) => {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) child.kill();
    else chunks.push(chunk);
  });
  child.stderr.on("data", (chunk: Buffer) => {
    err = (err + chunk.toString("utf8")).slice(-16 * 1024);
  });
  child.on("error", (cause) => {
    const why = deadline.aborted ? "took too long" : "could not be run";
    reject(signal.aborted ? cause : new GitError(`${what} ${why}`, { cause }));
  });
  child.on("close", (code) => {
    if (bytes > MAX_BYTES) reject(new GitError(`${what} said too much`));
    else resolve({ code: code ?? 1, out: Buffer.concat(chunks).toString("utf8"), err });
  });
  // git that ends early breaks the pipe; its own exit says why.
  child.stdin.on("error", () => undefined);
  child.stdin.end(input);
  return promise;
}

/** Starts git as every process of it is started, for whoever talks to it. */
export function startGit(
  { folder, args, env }: Pick<GitCall, "folder" | "args" | "env">,
  signal: AbortSignal,
): ChildProcessWithoutNullStreams {
  return spawn("git", [...SETTINGS_ARGS, ...args], {
    cwd: folder,
    env: { ...process.env, ...env, ...OUR_ENV },
    signal,
    stdio: ["pipe", "pipe", "pipe"],
  });
}

/** Runs git where anything but success is a failure of ours. */
export async function askGit(call: GitCall, signal: AbortSignal): Promise<string> {
  const { code, out, err } = await runGit(call, signal);
  if (code === 0) return out;
  throw new GitError(`git ${call.args[0] ?? ""} failed: ${reasonIn(err)}`);
}

/** The sentence in which git says why. */
export function reasonIn(err: string): string {
  const lines = err.split("\n").map((line) => line.trim());
  const line = lines.find((each) => /^(?:fatal|error|remote):/.test(each)) ?? lines[0] ?? "";
  return line.replace(/^(?:fatal|error): /, "") || "no reason given";
}
