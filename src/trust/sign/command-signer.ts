import { spawn } from "node:child_process";
import { decodeBase64 } from "../base64.ts";
import type { PublicKey } from "../crypto/public-key.ts";
import { checkSignature } from "../crypto/signature.ts";
import { SignError } from "./sign-error.ts";
import type { Signer } from "./signer.ts";

const DEADLINE_MS = 60_000;
const MAX_OUTPUT = 64 * 1024;

/** How a signing command is run. */
export interface CommandOptions {
  /** Words of the command line: no shell reads them. */
  readonly words: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly folder: string;
  /** The keys of the signing authority: the signature must be by one of them. */
  readonly keys: readonly PublicKey[];
  readonly deadlineMs?: number;
}

/**
 * Signs by a command, for keys in a KMS or behind PKCS #11. Its contract: once a signature it is started without a shell,
 * gets the bytes to sign on standard input (not a digest), and prints the signature, in base64 or as it is: ECDSA in DER or
 * P1363 with SHA-256, SHA-384 or SHA-512 as the curve is P-256, P-384 or P-521; RSA PKCS #1 v1.5 with SHA-256; Ed25519.
 * It has 60 seconds and ends with 0. What it writes to standard error is thrown away, because it may hold a secret.
 */
export function commandSigner(options: CommandOptions): Signer {
  const [program] = options.words;
  return {
    name: `the command ${program}`,
    async sign(bytes, signal) {
      const output = await run(options, bytes, signal);
      const data = { bytes, digests: new Map() };
      for (const signature of readings(output)) {
        const key = options.keys.find((one) => checkSignature(one, signature, data) === true);
        if (key !== undefined) return { signature, by: { kind: "key", key } };
      }
      throw failure(
        program,
        "printed no signature by a key of the signing authority",
        "try it by hand; its public key belongs to the authority that `signing` in policies/trust.yaml names",
      );
    },
  };
}

/** Base64 with whatever white space, or the bytes themselves; which it is shows in what verifies. */
function readings(output: Buffer): readonly Buffer[] {
  const text = output.toString("latin1").replaceAll(/\s+/g, "");
  const decoded = text === "" ? undefined : decodeBase64(text);
  return decoded === undefined ? [output] : [decoded, output];
}

/** Splits a command line into words: blanks part them, quotes of either kind keep them together; a string tells what is wrong. */
export function splitCommand(line: string): readonly [string, ...string[]] | string {
  const words: string[] = [];
  const rest = line.replaceAll(/\s*((?:[^\s"']+|"[^"]*"|'[^']*')+)/g, (_, word: string) => {
    words.push(
      word.replaceAll(/"([^"]*)"|'([^']*)'/g, (__, a?: string, b?: string) => a ?? b ?? ""),
    );
    return "";
  });
  if (rest.trim() !== "") return "a quote in it is not closed";
  const [program, ...more] = words;
  return program === undefined ? "it names no command" : [program, ...more];
}

function run(
  { words: [program, ...args], env, folder, deadlineMs = DEADLINE_MS }: CommandOptions,
  input: Buffer,
  signal: AbortSignal,
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const child = spawn(program, args, {
      cwd: folder,
      env: { ...env },
      stdio: ["pipe", "pipe", "ignore"],
      windowsHide: true,
      signal,
      killSignal: "SIGKILL",
    });
    const chunks: Buffer[] = [];
    let size = 0;
    function stop(what: string): void {
      child.kill("SIGKILL");
      reject(failure(program, what));
    }
    const timer = setTimeout(() => stop("did not answer in time"), deadlineMs);
    child.on("error", (cause) => {
      clearTimeout(timer);
      reject(signal.aborted ? cause : failure(program, startFault(cause)));
    });
    child.stdout.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size > MAX_OUTPUT) stop("printed more than any signature has");
      else chunks.push(chunk);
    });
    child.on("close", (exit) => {
      clearTimeout(timer);
      if (exit === 0) resolve(Buffer.concat(chunks));
      else reject(failure(program, `ended with exit code ${exit ?? "none"}`));
    });
    // A command that ends without reading is heard of by its exit code.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
  });
}

function startFault(cause: Error): string {
  return "code" in cause && cause.code === "ENOENT" ? "is not there" : "cannot be started";
}

function failure(program: string, what: string, hint?: string): SignError {
  return new SignError({
    code: "sign-command",
    message: `The signing command ${program} ${what}.`,
    hint: hint ?? "try it by hand: it gets the bytes on standard input and prints the signature",
    retryable: true,
  });
}
