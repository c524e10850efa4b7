import { createHash } from "node:crypto";
import { open, rename, type FileHandle } from "node:fs/promises";
import { digestAlgorithm, digestHex, type Descriptor } from "#model";
import { StoreError } from "../store-error.ts";
import { ensureAlgorithmFolder } from "./folder.ts";
import { throwIfInterrupted } from "./failure.ts";
import { blobPath, type Place } from "./place.ts";
import type { LayoutsShared } from "./run-wide.ts";
import { discardTemporary, temporaryPath } from "./temporary.ts";

/** Chunks are gathered to this many bytes, so that a body in small pieces does not cost a system call a piece. */
const WRITE_BYTES = 256 * 1024;

/** Where a blob goes. */
export interface Receiver {
  readonly place: Place;
  readonly shared: LayoutsShared;
}

/**
 * Writes a stream to a file of its own and gives it the blob's name only when size and digest are right and the bytes
 * are on the disk, so that a kill or a power loss leaves the whole blob or none.
 */
export async function receiveBlob(
  receiver: Receiver,
  blob: Descriptor,
  stream: AsyncIterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  const { place, shared } = receiver;
  const temporary = await temporaryPath(place);
  try {
    const handle = await open(temporary, "wx", 0o644);
    try {
      await writeProved(handle, { place, blob, stream, signal });
      await handle.datasync();
      shared.proved.add(await handle.stat({ bigint: true }));
    } finally {
      await handle.close();
    }
    await ensureAlgorithmFolder(place, blob.digest);
    await rename(temporary, blobPath(place, blob.digest));
  } catch (error) {
    await discardTemporary(temporary);
    throw error;
  }
}

interface Body {
  readonly place: Place;
  readonly blob: Descriptor;
  readonly stream: AsyncIterable<Uint8Array>;
  readonly signal: AbortSignal;
}

/** Hashes each chunk while the ones before it are being written. */
async function writeProved(handle: FileHandle, body: Body): Promise<void> {
  const { place, blob, stream, signal } = body;
  const hash = createHash(digestAlgorithm(blob.digest));
  const writer = batchWriter(handle);
  let seen = 0;
  for await (const chunk of stream) {
    throwIfInterrupted(signal, place.repository);
    seen += chunk.length;
    if (seen > blob.size) throw wrongBytes(body, `more than the ${blob.size} bytes it should have`);
    hash.update(chunk);
    await writer.write(chunk);
  }
  throwIfInterrupted(signal, place.repository);
  await writer.end();
  if (seen !== blob.size) throw wrongBytes(body, `${seen} bytes and not ${blob.size}`);
  if (hash.digest("hex") !== digestHex(blob.digest))
    throw wrongBytes(body, "bytes of another digest");
}

interface BatchWriter {
  write(chunk: Uint8Array): Promise<void>;
  end(): Promise<void>;
}

function batchWriter(handle: FileHandle): BatchWriter {
  let batch: Uint8Array[] = [];
  let bytes = 0;
  let before: Promise<void> = Promise.resolve();
  async function flush(): Promise<void> {
    await before;
    before = writeAll(handle, batch);
    // Told by the next flush or the end; a stream that fails first is told instead.
    before.catch(() => undefined);
    [batch, bytes] = [[], 0];
  }
  return {
    async write(chunk) {
      batch.push(chunk);
      bytes += chunk.length;
      if (bytes >= WRITE_BYTES) await flush();
    },
    async end() {
      await flush();
      await before;
    },
  };
}

async function writeAll(handle: FileHandle, chunks: readonly Uint8Array[]): Promise<void> {
  const total = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  if (total === 0) return;
  const { bytesWritten } = await handle.writev([...chunks]);
  // A short write says that the next one will tell why.
  if (bytesWritten < total) await handle.writeFile(Buffer.concat(chunks).subarray(bytesWritten));
}

function wrongBytes({ place, blob }: Body, what: string): StoreError {
  return new StoreError({
    code: "digest-mismatch",
    message: `the source of ${blob.digest} for ${place.repository} gave ${what}`,
    hint: "the source, or something between, is broken or lies: nothing of this was written; compare the digest at the origin",
    repository: place.repository,
    digest: blob.digest,
  });
}
