import { SignError, type SignErrorCode } from "./sign-error.ts";

const DEADLINE_MS = 30_000;
const MAX_ANSWER = 1024 * 1024;
const TRIES = 3;

/** One service that helps to sign, and which failure a failure of it is. */
export interface Service {
  readonly name: string;
  readonly url: URL;
  readonly code: SignErrorCode;
}

/** What is sent to it. */
export interface ServiceRequest {
  readonly path: string;
  readonly method?: "GET" | "POST";
  readonly contentType?: string;
  readonly body?: string | Buffer;
  readonly accept?: string;
  /** Statuses that are an answer beside 200 and 201. */
  readonly also?: readonly number[];
}

/** An answer, whole and small. */
export interface ServiceAnswer {
  readonly status: number;
  readonly bytes: Buffer;
  readonly location: string | undefined;
}

/** Reads the address of a service; a string tells what is wrong. A token goes nowhere without TLS, but to this machine. */
export function parseServiceUrl(text: string): URL | string {
  if (!URL.canParse(text)) return "it is no URL";
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") return "it holds a name or password";
  if (url.protocol === "https:") return url;
  const isHere = /^(?:localhost|127(?:\.\d+){3}|\[::1\])$/.test(url.hostname);
  return url.protocol === "http:" && isHere ? url : "it must begin with https://";
}

/**
 * Calls a service: no redirect is followed, an answer is at most 1 MiB, each try has 30 seconds, and what may pass by
 * itself (no answer, 429, 5xx) is tried three times. Throws a SignError that quotes nothing of the request or the answer.
 */
export async function callService(
  service: Service,
  request: ServiceRequest,
  signal: AbortSignal,
): Promise<ServiceAnswer> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await tryOnce(service, request, signal);
    signal.throwIfAborted();
    const accepted = [200, 201, ...(request.also ?? [])];
    if (answer !== undefined && accepted.includes(answer.status)) return answer;
    const isPassing = answer === undefined || answer.status === 429 || answer.status >= 500;
    if (!isPassing || attempt === TRIES) throw refused(service, answer?.status, isPassing);
    await pause(attempt * 500, signal);
  }
}

async function tryOnce(
  { url }: Service,
  {
    path,
    method = "POST",
    contentType = "application/json",
    body,
    accept = "application/json",
  }: ServiceRequest,
  signal: AbortSignal,
): Promise<ServiceAnswer | undefined> {
  const deadline = AbortSignal.timeout(DEADLINE_MS);
  try {
    const response = await fetch(new URL(joined(url, path)), {
      method,
      headers: { accept, ...(body === undefined ? {} : { "content-type": contentType }) },
      ...(body === undefined
        ? {}
        : { body: typeof body === "string" ? body : new Uint8Array(body) }),
      redirect: "error",
      signal: AbortSignal.any([signal, deadline]),
    });
    const bytes = await readCapped(response);
    const location = response.headers.get("location") ?? undefined;
    return bytes && { status: response.status, bytes, location };
  } catch {
    // The reason may hold the request, which holds a token: that there was no answer is all that is told.
    return undefined;
  }
}

function joined(base: URL, path: string): string {
  return path === "" ? base.href : `${base.href.replace(/\/+$/, "")}${path}`;
}

async function readCapped(response: Response): Promise<Buffer | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  const body: AsyncIterable<Uint8Array> | null = response.body;
  if (body === null) return Buffer.alloc(0);
  for await (const chunk of body) {
    size += chunk.length;
    if (size > MAX_ANSWER) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    function stop(): void {
      clearTimeout(timer);
      reject(signal.reason instanceof Error ? signal.reason : new Error("aborted"));
    }
    signal.addEventListener("abort", stop, { once: true });
  });
}

function refused(
  { name, url, code }: Service,
  status: number | undefined,
  retryable: boolean,
): SignError {
  const how = status === undefined ? "gave no answer that can be used" : `answered ${status}`;
  return new SignError({ code, message: `${name} at ${url.origin} ${how}.`, retryable });
}

/** That a service answered with something that it should not have. */
export function badAnswer({ name, url, code }: Service, what: string): SignError {
  return new SignError({ code, message: `${name} at ${url.origin} answered ${what}.` });
}
