import type { Descriptor, Digest } from "#model";
import type { BlobOutcome, BlobSource } from "../port.ts";
import { StoreError } from "../store-error.ts";
import { verifiedStream } from "../verified-stream.ts";
import { algorithmFolder } from "./folder.ts";
import { layoutFailure, throwIfInterrupted } from "./failure.ts";
import { openFile, readChunks, statFile } from "./file.ts";
import { takeFromNear } from "./near.ts";
import { blobPath, type PathRules, type Place } from "./place.ts";
import { receiveBlob, type Receiver } from "./receive.ts";

/** The blobs of one layout; what they need of the layout itself is there already. */
export interface BlobFiles {
  has(blob: Descriptor): Promise<boolean>;
  open(blob: Descriptor, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
  put(blob: Descriptor, source: BlobSource, signal: AbortSignal): Promise<BlobOutcome>;
}

/** Opens the blobs of a layout. */
export function blobFiles(receiver: Receiver, rules: PathRules): BlobFiles {
  const { place, shared } = receiver;
  const running = new Map<Digest, Promise<BlobOutcome>>();

  async function has(blob: Descriptor): Promise<boolean> {
    if ((await algorithmFolder(place, blob.digest)) === undefined) return false;
    return (await statFile(place, blobPath(place, blob.digest)))?.size === BigInt(blob.size);
  }

  async function putOnce(
    blob: Descriptor,
    source: BlobSource,
    signal: AbortSignal,
  ): Promise<BlobOutcome> {
    throwIfInterrupted(signal, place.repository);
    if ((await has(blob)) && (!source.look || (await isSound(receiver, blob)))) return "present";
    for (const near of source.near) {
      const taken = await takeFromNear(receiver, { near, rules, blob }, signal);
      if (taken !== undefined) return taken;
    }
    await receiveBlob(receiver, blob, await source.open(signal), signal);
    return "uploaded";
  }

  return {
    has,
    async open(blob, signal) {
      if (!(await has(blob))) await refuseRead(place, blob);
      return readBlob(place, blob, signal);
    },
    async put(blob, source, signal) {
      // Whatever becomes of another put of the same blob, this one then looks for itself.
      for (let other; (other = running.get(blob.digest)) !== undefined;)
        await other.then(
          () => undefined,
          () => undefined,
        );
      const mine = shared.writes.add(() => putOnce(blob, source, signal));
      running.set(blob.digest, mine);
      try {
        return await mine;
      } finally {
        running.delete(blob.digest);
      }
    },
  };
}

/**
 * Reads a file that is there again, in a repair only: a blob gets its name when its hash was right, so its size is
 * proof enough everywhere else; where something of the artifact is missing, more than that may be wrong.
 */
async function isSound({ place, shared }: Receiver, blob: Descriptor): Promise<boolean> {
  const file = await openFile(place, blobPath(place, blob.digest));
  if (file === undefined) return false;
  try {
    return await shared.proved.prove(file, blob.digest);
  } finally {
    await file.handle.close();
  }
}

async function refuseRead(place: Place, blob: Descriptor): Promise<never> {
  const stats = await statFile(place, blobPath(place, blob.digest));
  throw new StoreError({
    code: stats === undefined ? "not-found" : "digest-mismatch",
    message:
      stats === undefined
        ? `${place.repository} has no blob ${blob.digest}`
        : `${place.repository} has ${stats.size} bytes and not ${blob.size} for ${blob.digest}`,
    hint: "bring the source back in order and run again; nothing of this was written",
    repository: place.repository,
    digest: blob.digest,
  });
}

/** Opens the file only when the first chunk is asked for, so that a stream that nobody reads holds no file open. */
async function* readBlob(
  place: Place,
  blob: Descriptor,
  signal: AbortSignal,
): AsyncGenerator<Uint8Array> {
  const { repository } = place;
  const file = await openFile(place, blobPath(place, blob.digest));
  if (file === undefined) return refuseRead(place, blob);
  try {
    const chunks = readChunks(file.handle, blob.size);
    for await (const chunk of verifiedStream(chunks, { ...blob, repository })) {
      throwIfInterrupted(signal, repository);
      yield chunk;
    }
  } catch (error) {
    throw layoutFailure(error, { repository, what: "read a blob", digest: blob.digest });
  } finally {
    await file.handle.close();
  }
  return undefined;
}
