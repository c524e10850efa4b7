import { digestAlgorithm, parseDigest, type Descriptor, type Digest } from "#model";
import { StoreError } from "../../store-error.ts";
import type { CallBody, RegistryAnswer } from "../call.ts";
import { withQuery } from "./address.ts";
import { askBlobs, type Client, type Request } from "./client.ts";
import { invalidAnswer, REFUSALS, refusal } from "./refusal.ts";
import type { Outgoing } from "./upload-body.ts";
import { advanced, type Session } from "./upload-session.ts";

/** The first chunk size after a 413 (or after breaks that may hide one), and the least that is tried, in bytes. */
export const FIRST_CHUNK: number = 64 * 1024 * 1024;
const LEAST_CHUNK = 64 * 1024;

const OCTETS = { "content-type": "application/octet-stream" } as const;

/** A blob and its bytes, to be opened at an offset once a go. */
export interface Upload {
  readonly blob: Descriptor;
  /** Largest body of this go, where it should be less than the host is known to take. */
  readonly limit?: number;
  open(offset: number): Outgoing;
}

/**
 * How one go at an upload ended. `elsewhere`: the registry stands at another offset than we thought, or has forgotten
 * the upload; `smaller`: bodies must be smaller; `broken`: the connection or the host failed.
 */
export type Went =
  | { readonly kind: "done" }
  | { readonly kind: "elsewhere"; readonly session: Session; readonly error: StoreError }
  | { readonly kind: "smaller"; readonly session: Session; readonly error: StoreError }
  | { readonly kind: "broken"; readonly session: Session; readonly error: StoreError };

/**
 * Sends what is missing of a blob: with one PUT where nothing is there yet and no limit is known (end-6), else in
 * chunks (end-5) and a closing PUT. Throws what no other go can mend, the source's own failures first of all.
 */
export async function sendRest(
  client: Client,
  upload: Upload,
  session: Session,
  signal: AbortSignal,
): Promise<Went> {
  const outgoing = upload.open(session.offset);
  const part: Part = { client, upload, outgoing, signal };
  try {
    const whole = session.offset === 0 && upload.blob.size <= limitOf(client, upload);
    return whole
      ? await close(part, session, outgoing.body(upload.blob.size))
      : await sendChunks(part, session);
  } finally {
    outgoing.close();
  }
}

interface Part {
  readonly client: Client;
  readonly upload: Upload;
  readonly outgoing: Outgoing;
  readonly signal: AbortSignal;
}

async function sendChunks(part: Part, start: Session): Promise<Went> {
  const { size } = part.upload.blob;
  let session = start;
  while (session.offset < size) {
    const limit = Math.max(limitOf(part.client, part.upload), session.minChunk);
    const length = Math.min(limit, size - session.offset);
    const sent = await sendChunk(part, session, length);
    if ("kind" in sent) return sent;
    session = sent;
  }
  return close(part, session, { kind: "bytes", bytes: new Uint8Array(0) });
}

/** What a body may hold; without a known limit all the rest goes in one, as a resume does. */
function limitOf(client: Client, { limit = Infinity }: Upload): number {
  return Math.min(client.can.maxBody ?? Infinity, limit);
}

async function sendChunk(part: Part, session: Session, length: number): Promise<Session | Went> {
  const last = session.offset + length - 1;
  const request: Request = {
    method: "PATCH",
    at: session.location,
    accept: [201, 202, 204, 416, ...REFUSALS],
    headers: { ...OCTETS, "content-range": `${session.offset}-${last}` },
    body: part.outgoing.body(length),
    digest: session.digest,
  };
  const answer = await attempt(part, session, request);
  if ("kind" in answer) return answer;
  if (answer.status >= 300) return refused(part, session, answer, length);
  await answer.discard();
  return advanced(session, answer, last + 1);
}

/** The PUT that closes an upload, with all of the bytes or none. */
async function close(part: Part, session: Session, body: CallBody): Promise<Went> {
  const { client } = part;
  const request: Request = {
    method: "PUT",
    at: withQuery(session.location, `digest=${encodeURIComponent(session.digest)}`),
    accept: [201, 202, 204, 416, ...REFUSALS],
    headers: OCTETS,
    body,
    digest: session.digest,
  };
  const answer = await attempt(part, session, request);
  if ("kind" in answer) return answer;
  if (answer.status >= 300) return refused(part, session, answer, part.upload.blob.size);
  await answer.discard();
  const named = parseDigest(answer.header("docker-content-digest") ?? "");
  if (named !== undefined && contradicts(named, session.digest))
    throw invalidAnswer(client, `it took ${session.digest} for ${named}`, session.digest);
  return { kind: "done" };
}

/** Distribution answers with its own sha256 to what was put by sha512; only a name of the same kind can contradict. */
function contradicts(named: Digest, digest: Digest): boolean {
  return named !== digest && digestAlgorithm(named) === digestAlgorithm(digest);
}

async function attempt(
  part: Part,
  session: Session,
  request: Request,
): Promise<RegistryAnswer | Went> {
  try {
    return await askBlobs(part.client, request, part.signal);
  } catch (error) {
    const atSource = part.outgoing.failure();
    if (atSource !== undefined) throw atSource;
    if (!(error instanceof StoreError) || !error.retryable || part.signal.aborted) throw error;
    return { kind: "broken", session, error };
  }
}

async function refused(
  part: Part,
  session: Session,
  answer: RegistryAnswer,
  sent: number,
): Promise<Went> {
  const { client } = part;
  const { status } = answer;
  const error = await refusal(client, answer, `take the blob ${session.digest}`, session.digest);
  const atSource = part.outgoing.failure();
  if (atSource !== undefined) throw atSource;
  if (status === 416 || status === 404) return { kind: "elsewhere", session, error };
  if (status !== 413 || !shrink(client, session, sent)) throw error;
  return { kind: "smaller", session, error };
}

/** Learns from a 413 how large a body may be; false where no smaller one can help. */
function shrink(client: Client, session: Session, sent: number): boolean {
  const next = Math.min(FIRST_CHUNK, Math.floor(sent / 2));
  if (next < LEAST_CHUNK || sent <= session.minChunk) return false;
  client.can.maxBody = Math.min(client.can.maxBody ?? Infinity, next);
  return true;
}
