import type { Descriptor } from "#model";
import type { BlobOutcome, BlobSource } from "../../port.ts";
import { verifiedStream } from "../../verified-stream.ts";
import type { RegistryAnswer } from "../call.ts";
import { hasBlob } from "./blobs.ts";
import { askBlobs, type Client } from "./client.ts";
import { beginUpload, nearPath, type Begun } from "./mounts.ts";
import { pause } from "./pause.ts";
import { REFUSALS, refusal } from "./refusal.ts";
import { bytesOutgoing, collect, openOutgoing } from "./upload-body.ts";
import { FIRST_CHUNK, sendRest, type Upload, type Went } from "./upload-parts.ts";
import { cancelUpload, sessionOf, uploadStatus, type Session } from "./upload-session.ts";

/** Blobs up to this size are held in memory, so that the transport can send them as often as it needs. */
const SMALL = 64 * 1024;
/** From this size on it pays to look first where mounts tell nothing. */
const LARGE = 8 * 1024 * 1024;
/** Mounts that all came to nothing, before a host counts as one where they never work. */
const MISSES = 8;
/** Goes at one blob without progress, and goes in all. */
const MAX_TRIES = 3;
const MAX_GOES = 50;

/**
 * Makes sure that the repository holds a blob, in as few requests as the host allows: found, mounted, or uploaded in
 * one request (small, where the host can), two, or chunks. An upload that breaks goes on where the registry says that
 * it stands, or starts again.
 */
export async function putBlob(
  client: Client,
  blob: Descriptor,
  source: BlobSource,
  signal: AbortSignal,
): Promise<BlobOutcome> {
  const near = nearPath(client, source.near);
  const absent = source.look || looksFirst(client, blob);
  if (absent && (await hasBlob(client, blob, signal))) return "present";
  const small = blob.size <= SMALL;
  if (small && near === undefined && mayTryOnePost(client, absent))
    return onePost(client, { blob, source }, signal);
  const begun = await beginUpload(client, { blob, near, absent }, signal);
  if (begun.kind === "there") return begun.how;
  const upload = small
    ? await openSmall(client, { blob, source, session: begun.session }, signal)
    : { blob, open: (offset: number) => openOutgoing(source, offset, signal) };
  return send(client, upload, begun.session, signal);
}

/** Where mounts never work they do not tell what is there either; for a large blob a HEAD is cheaper than its bytes. */
function looksFirst(client: Client, blob: Descriptor): boolean {
  const { self, hits, misses } = client.can.mounts;
  return blob.size >= LARGE && (self === false || (hits === 0 && misses >= MISSES));
}

interface Small {
  readonly blob: Descriptor;
  readonly source: BlobSource;
}

async function readSmall(client: Client, small: Small, signal: AbortSignal): Promise<Uint8Array> {
  const { blob, source } = small;
  const { digest, size } = blob;
  const expected = { digest, size, repository: client.repository };
  return collect(verifiedStream(await source.open(signal), expected));
}

async function openSmall(
  client: Client,
  small: Small & { readonly session: Session },
  signal: AbortSignal,
): Promise<Upload> {
  try {
    const bytes = await readSmall(client, small, signal);
    return { blob: small.blob, open: (offset) => bytesOutgoing(bytes, offset) };
  } catch (error) {
    await cancelUpload(client, small.session);
    throw error;
  }
}

/**
 * Whether to send a small blob in the POST itself. Until the host has proved that it can, one blob at a time is tried,
 * and only one that is known or likely not to be there: a host that cannot gets its bytes twice.
 */
function mayTryOnePost(client: Client, absent: boolean): boolean {
  const { onePost, onePostProbe, mounts } = client.can;
  return onePost ?? (!onePostProbe && (absent || mounts.misses > 0));
}

/** POST ?digest= with the bytes (end-4b). 201: done; 202: the host only began an upload, and goes on with that. */
async function onePost(client: Client, small: Small, signal: AbortSignal): Promise<BlobOutcome> {
  const { can } = client;
  const { blob } = small;
  const known = can.onePost;
  if (known === undefined) can.onePostProbe = true;
  try {
    const bytes = await readSmall(client, small, signal);
    const upload: Upload = { blob, open: (offset) => bytesOutgoing(bytes, offset) };
    const answer = await postWhole(client, blob, bytes, signal);
    if (answer.status === 201) {
      await answer.discard();
      can.onePost = true;
      return "uploaded";
    }
    const begun = await beginAfter(client, blob, answer, signal);
    if (known === undefined) can.onePost = false;
    return begun.kind === "there" ? begun.how : await send(client, upload, begun.session, signal);
  } finally {
    can.onePostProbe = false;
  }
}

async function postWhole(
  client: Client,
  blob: Descriptor,
  bytes: Uint8Array,
  signal: AbortSignal,
): Promise<RegistryAnswer> {
  return askBlobs(
    client,
    {
      method: "POST",
      at: `blobs/uploads/?digest=${encodeURIComponent(blob.digest)}`,
      headers: { "content-type": "application/octet-stream" },
      accept: [201, 202, ...REFUSALS],
      body: { kind: "bytes", bytes },
      digest: blob.digest,
    },
    signal,
  );
}

/** What a POST with the bytes that did not store them leaves to do. */
async function beginAfter(
  client: Client,
  blob: Descriptor,
  answer: RegistryAnswer,
  signal: AbortSignal,
): Promise<Begun> {
  if (answer.status === 202) {
    await answer.discard();
    return { kind: "open", session: sessionOf(client, answer, blob.digest) };
  }
  // A no may be to the form or to the blob. Where the usual form works, it was the form.
  if (client.can.onePost === true)
    throw await refusal(client, answer, `take the blob ${blob.digest}`, blob.digest);
  await answer.discard();
  return beginUpload(client, { blob, near: undefined, absent: true }, signal);
}

/** Sends until the blob is there, resuming and starting again as the registry allows. */
async function send(
  client: Client,
  upload: Upload,
  first: Session,
  signal: AbortSignal,
): Promise<BlobOutcome> {
  let session = first;
  let furthest = 0;
  let tries = 0;
  try {
    for (let goes = 1; ; goes += 1) {
      // A proxy may cut a large body off before its 413 can be read.
      const went = await sendRest(
        client,
        tries > 0 ? { ...upload, limit: FIRST_CHUNK } : upload,
        session,
        signal,
      );
      if (went.kind === "done") return "uploaded";
      const next = await goOn(client, upload, went, signal);
      if (next === undefined) return "uploaded";
      if (went.kind !== "smaller") tries = next.offset > furthest ? 0 : tries + 1;
      if (tries >= MAX_TRIES || goes >= MAX_GOES) throw went.error;
      furthest = Math.max(furthest, next.offset);
      session = next;
      if (went.kind === "broken") await pause(tries, client, signal);
    }
  } catch (error) {
    await cancelUpload(client, session);
    throw error;
  }
}

/** Where an upload goes on; undefined where its bytes turn out to be there: only the answer was lost. */
async function goOn(
  client: Client,
  upload: Upload,
  went: Exclude<Went, { kind: "done" }>,
  signal: AbortSignal,
): Promise<Session | undefined> {
  if (went.kind === "smaller") return went.session;
  const { blob } = upload;
  const session = await uploadStatus(client, went.session, signal);
  if (session !== undefined && session.offset <= blob.size) return session;
  const begun = await beginUpload(client, { blob, near: undefined, absent: false }, signal);
  return begun.kind === "open" ? begun.session : undefined;
}
