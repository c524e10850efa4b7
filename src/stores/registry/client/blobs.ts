import type { Descriptor } from "#model";
import { StoreError } from "../../store-error.ts";
import { mismatch, verifiedStream } from "../../verified-stream.ts";
import type { RegistryAnswer } from "../call.ts";
import { askBlobs, type Client } from "./client.ts";
import { pause } from "./pause.ts";
import { invalidAnswer } from "./refusal.ts";

/** Resumes without this much new in between, before a download is given up. */
const MAX_FRUITLESS = 3;
/** What counts as progress, in bytes: a host that sends one byte a connection is not making any. */
const PROGRESS = 64 * 1024;
/** Most resumes of one blob, whatever the progress. */
const MAX_RESUMES = 100;

/** Asks whether the repository holds a blob (distribution-spec end-2). */
export async function hasBlob(
  client: Client,
  blob: Descriptor,
  signal: AbortSignal,
): Promise<boolean> {
  const { digest } = blob;
  const request = { method: "HEAD", at: `blobs/${digest}`, accept: [200, 404], digest } as const;
  const answer = await askBlobs(client, request, signal);
  await answer.discard();
  return answer.status === 200;
}

/**
 * Opens a blob as a verified stream. A connection that breaks is resumed with Range from the registry's own address
 * (a redirect's may have expired), as long as there is progress. Throws StoreError `not-found` at once.
 */
export async function openBlob(
  client: Client,
  blob: Descriptor,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const expected = { digest: blob.digest, size: blob.size, repository: client.repository };
  const answer = await getBlob(client, blob, 0, signal);
  const told = lengthOf(answer);
  if (told !== undefined && told !== blob.size) {
    await answer.discard();
    throw mismatch(expected, `${told} bytes and not ${blob.size}`);
  }
  return verifiedStream(resuming(client, { blob, answer }, signal), expected);
}

async function getBlob(
  client: Client,
  blob: Descriptor,
  offset: number,
  signal: AbortSignal,
): Promise<RegistryAnswer> {
  const { digest } = blob;
  const headers = offset === 0 ? {} : { headers: { range: `bytes=${offset}-` } };
  const accept = offset === 0 ? [200, 404] : [200, 206, 404, 416];
  const request = { method: "GET", at: `blobs/${digest}`, accept, digest, ...headers } as const;
  const answer = await askBlobs(client, request, signal);
  if (answer.status !== 404) return answer;
  await answer.discard();
  throw new StoreError({
    code: "not-found",
    message: `${client.repository} does not hold the blob ${digest}`,
    hint: "push the artifact there again: its manifest names a part that is gone",
    repository: client.repository,
    digest,
  });
}

/** The length that a whole answer announces; undefined where it says none or is encoded on the way. */
function lengthOf(answer: RegistryAnswer): number | undefined {
  const told = answer.header("content-length");
  return told === undefined || answer.header("content-encoding") !== undefined
    ? undefined
    : Number(told);
}

interface Download {
  readonly blob: Descriptor;
  readonly answer: RegistryAnswer;
}

async function* resuming(
  client: Client,
  { blob, answer }: Download,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  let from = answer.stream();
  let given = 0;
  let sure = 0;
  let fruitless = 0;
  for (let resumes = 0; ; resumes += 1) {
    try {
      for await (const chunk of from) {
        given += chunk.length;
        yield chunk;
      }
      return;
    } catch (error) {
      if (!(error instanceof StoreError) || !error.retryable || signal.aborted) throw error;
      fruitless = given - sure >= PROGRESS ? 0 : fruitless + 1;
      if (fruitless > MAX_FRUITLESS || resumes >= MAX_RESUMES) throw error;
      sure = given;
    }
    await pause(fruitless, client, signal);
    from = await resume(client, blob, given, signal);
  }
}

/** Goes on at an offset; a host without ranges sends the whole again, of which the first part is thrown away. */
async function resume(
  client: Client,
  blob: Descriptor,
  offset: number,
  signal: AbortSignal,
): Promise<AsyncIterable<Uint8Array>> {
  const answer = await getBlob(client, blob, offset, signal);
  if (answer.status === 200) return skip(answer.stream(), offset);
  const range = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(answer.header("content-range") ?? "");
  const fits = range !== null && Number(range[1]) === offset && Number(range[2]) === blob.size - 1;
  if (answer.status === 206 && fits) return answer.stream();
  await answer.discard();
  throw invalidAnswer(
    client,
    `asked for bytes from ${offset} on of ${blob.digest}, it gave others`,
    blob.digest,
  );
}

/** A stream without its first bytes. */
async function* skip(
  stream: AsyncIterable<Uint8Array>,
  count: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  let left = count;
  for await (const chunk of stream) {
    if (chunk.length > left) yield left === 0 ? chunk : chunk.subarray(left);
    left = Math.max(0, left - chunk.length);
  }
}
