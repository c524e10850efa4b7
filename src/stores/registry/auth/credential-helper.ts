import { spawn } from "node:child_process";
import { StoreError } from "../../store-error.ts";
import type { Credential } from "./credential.ts";
import { credentialOf, type Environment } from "./credential-files.ts";

const DEADLINE_MS = 30_000;
const MAX_OUTPUT = 64 * 1024;
/** What every helper says, with exit code 1, where it has nothing for the host (docker-credential-helpers). */
const NOT_FOUND = "credentials not found in native keychain";

/** Limits of one run of a helper; tests make them small. */
export interface HelperLimits {
  readonly deadlineMs?: number;
}

interface Ended {
  readonly exit: number | undefined;
  readonly output: string;
}

/**
 * Runs `docker-credential-NAME get` with the server on its standard input. Undefined: it has nothing for that server.
 * Throws a StoreError (`credentials`) otherwise, which quotes nothing that the helper wrote.
 */
export async function askHelper(
  name: string,
  server: string,
  env: Environment,
  limits: HelperLimits = {},
): Promise<Credential | undefined> {
  const program = `docker-credential-${name}`;
  const ended = await run(program, server, { env, deadlineMs: limits.deadlineMs ?? DEADLINE_MS });
  if (ended.exit !== 0) {
    if (ended.output.trim() === NOT_FOUND) return undefined;
    throw failed(program, server, `ended with exit code ${ended.exit ?? "none"}`, undefined);
  }
  return parseReply(program, server, ended.output);
}

function parseReply(program: string, server: string, output: string): Credential | undefined {
  let reply: unknown;
  try {
    reply = JSON.parse(output);
  } catch {
    // The syntax error would quote the reply, and the reply is a secret.
    throw failed(program, server, "answered something that is not JSON", undefined);
  }
  const user = textAt(reply, "Username");
  const secret = textAt(reply, "Secret");
  if (user === undefined || secret === undefined)
    throw failed(program, server, "answered without Username and Secret", undefined);
  return secret === "" ? undefined : credentialOf(user, secret);
}

function textAt(value: unknown, key: string): string | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const text: unknown = Reflect.get(value, key);
  return typeof text === "string" ? text : undefined;
}

interface RunOptions {
  readonly env: Environment;
  readonly deadlineMs: number;
}

function run(program: string, server: string, options: RunOptions): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, ["get"], {
      env: { ...options.env },
      stdio: ["pipe", "pipe", "ignore"],
      windowsHide: true,
    });
    let output = "";
    function stop(what: string): void {
      child.kill("SIGKILL");
      reject(failed(program, server, what, undefined));
    }
    const timer = setTimeout(() => stop("did not answer in time"), options.deadlineMs);
    child.on("error", (cause) => {
      clearTimeout(timer);
      reject(failed(program, server, startFault(cause), cause));
    });
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (output.length > MAX_OUTPUT) stop("answered more than any credential needs");
    });
    child.on("close", (exit) => {
      clearTimeout(timer);
      resolve({ exit: exit ?? undefined, output });
    });
    // A helper that ends without reading is heard of by its exit code.
    child.stdin.on("error", () => undefined);
    child.stdin.end(server);
  });
}

function startFault(cause: Error): string {
  return "code" in cause && cause.code === "ENOENT"
    ? "is named in the configuration and not on PATH"
    : "cannot be started";
}

function failed(program: string, server: string, what: string, cause: unknown): StoreError {
  return new StoreError({
    code: "credentials",
    message: `the credential helper ${program}, asked for ${server}, ${what}`,
    hint: `try it by hand: echo ${server} | ${program} get`,
    cause,
  });
}
