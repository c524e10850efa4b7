import { setTimeout as wait } from "node:timers/promises";
import { TufError } from "./tuf-error.ts";

const DEADLINE_MS = 20_000;
const TRIES = 3;

/** Where the metadata and targets of a TUF repository are read. */
export interface Mirror {
  /** The bytes of a file, at most so many; undefined where the mirror says that there is none. */
  read(path: string, maxBytes: number, signal: AbortSignal): Promise<Uint8Array | undefined>;
}

/** Reads the address of a mirror; a string tells what is wrong. Plain HTTP is for this machine: what is read is signed. */
export function parseMirror(text: string): URL | string {
  if (!URL.canParse(text)) return "it is no URL";
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") return "it holds a name or password";
  if (url.search !== "" || url.hash !== "") return "it ends in a query or fragment";
  if (url.protocol === "https:") return url;
  const isHere = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname);
  return url.protocol === "http:" && isHere ? url : "it must begin with https://";
}

/** A mirror over HTTP: no redirect, no credentials, a deadline for each try, three tries for what may pass. */
export function httpMirror(base: URL): Mirror {
  return {
    async read(path, maxBytes, signal) {
      const url = new URL(`${base.href.replace(/\/+$/, "")}/${path}`);
      for (let attempt = 1; ; attempt += 1) {
        const answer = await tryOnce(url, maxBytes, signal);
        signal.throwIfAborted();
        if (answer.kind === "bytes") return answer.bytes;
        if (answer.kind === "absent") return undefined;
        if (!answer.passing || attempt === TRIES) throw unreachable(base, answer.why);
        await pause(attempt * 300, signal);
      }
    },
  };
}

type Answer =
  | { readonly kind: "bytes"; readonly bytes: Uint8Array }
  | { readonly kind: "absent" }
  | { readonly kind: "failed"; readonly why: string; readonly passing: boolean };

async function tryOnce(url: URL, maxBytes: number, signal: AbortSignal): Promise<Answer> {
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  try {
    const response = await fetch(url, {
      redirect: "error",
      credentials: "omit",
      signal: AbortSignal.any([signal, deadline]),
    });
    const { status } = response;
    // A bucket that may not be listed answers 403 for what it does not have.
    if (status === 404 || status === 403) return { kind: "absent" };
    if (status !== 200)
      return {
        kind: "failed",
        why: `it answered ${status}`,
        passing: status === 429 || status >= 500,
      };
    const bytes = await readCapped(response, maxBytes);
    if (bytes !== undefined) return { kind: "bytes", bytes };
    return { kind: "failed", why: `it sent more than ${maxBytes} bytes`, passing: false };
  } catch (error) {
    return { kind: "failed", why: reasonOf(error, deadline), passing: true };
  }
}

function reasonOf(error: unknown, deadline: AbortSignal): string {
  if (deadline.aborted) return `it sent nothing for ${DEADLINE_MS / 1000} seconds`;
  const cause = error instanceof Error ? error.cause : undefined;
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "no answer";
  return `there was no answer (${code})`;
}

async function readCapped(response: Response, maxBytes: number): Promise<Uint8Array | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const body: AsyncIterable<Uint8Array> | null = response.body;
  if (body === null) return new Uint8Array();
  for await (const chunk of body) {
    size += chunk.length;
    if (size > maxBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function unreachable({ origin }: URL, why: string): TufError {
  return new TufError({
    code: "tuf-unreachable",
    message: `${origin} could not be read: ${why}.`,
    hint: "without internet, run this where there is some and merge what it changes, or name a mirror with --mirror URL",
    retryable: true,
  });
}

async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await wait(milliseconds, undefined, { signal });
}
