import { constants, type BigIntStats } from "node:fs";
import { lstat, open, type FileHandle } from "node:fs/promises";
import { StoreError } from "../store-error.ts";
import { invalidLayout, isErrno } from "./failure.ts";
import type { Place } from "./place.ts";

/** O_NONBLOCK so that a named pipe in a hostile layout cannot make us wait; both are 0 where the system lacks them. */
const READ_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
const CHUNK_BYTES = 64 * 1024;

/** A file that was proved to be a plain one; the caller closes it. */
export interface OpenFile {
  readonly handle: FileHandle;
  readonly stats: BigIntStats;
}

/** Looks at a plain file without following a link; undefined: there is nothing of that name. */
export async function statFile(place: Place, path: string): Promise<BigIntStats | undefined> {
  const stats = await statAny(path);
  if (stats !== undefined && !stats.isFile()) throw notPlain(place, path);
  return stats;
}

async function statAny(path: string): Promise<BigIntStats | undefined> {
  try {
    return await lstat(path, { bigint: true });
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** Tells whether a real folder of that name is there; throws where something else is. */
export async function isFolder(place: Place, path: string): Promise<boolean> {
  const stats = await statAny(path);
  if (stats !== undefined && !stats.isDirectory()) throw notPlain(place, path);
  return stats !== undefined;
}

function notPlain(place: Place, path: string): StoreError {
  const name = path.slice(place.folder.length + 1);
  return invalidLayout(place.repository, `"${name}" is a link or no plain file or folder`);
}

/** Opens a plain file for reading, following no link; undefined: there is nothing of that name. */
export async function openFile(place: Place, path: string): Promise<OpenFile | undefined> {
  const handle = await openPlain(path);
  if (handle === undefined) return undefined;
  const stats = await handle.stat({ bigint: true });
  if (stats.isFile()) return { handle, stats };
  await handle.close();
  throw notPlain(place, path);
}

async function openPlain(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, READ_FLAGS);
  } catch (error) {
    if (isErrno(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** What a file may be at most, and what it is called in a message. */
export interface ReadLimit {
  readonly bytes: number;
  readonly name: string;
}

/** Reads a small file whole; refused (`too-large`) over the limit, also where it grows while it is read. */
export async function readSmallFile(
  place: Place,
  path: string,
  limit: ReadLimit,
): Promise<{ readonly bytes: Buffer; readonly stats: BigIntStats } | undefined> {
  const file = await openFile(place, path);
  if (file === undefined) return undefined;
  try {
    if (file.stats.size > BigInt(limit.bytes)) throw tooLarge(place, limit);
    let room = Buffer.allocUnsafe(Number(file.stats.size) + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.handle.read(room, length, room.length - length, length);
      length += bytesRead;
      if (bytesRead === 0) return { bytes: room.subarray(0, length), stats: file.stats };
      if (length > limit.bytes) throw tooLarge(place, limit);
      if (length === room.length) room = Buffer.concat([room, Buffer.allocUnsafe(length)]);
    }
  } finally {
    await file.handle.close();
  }
}

function tooLarge(place: Place, limit: ReadLimit): StoreError {
  return new StoreError({
    code: "too-large",
    message: `${place.repository}: ${limit.name} is larger than ${limit.bytes} bytes, which is the limit`,
    repository: place.repository,
  });
}

/** Reads an open file from its start, one chunk ahead of the consumer; does not close it. */
export async function* readChunks(handle: FileHandle, size: number): AsyncGenerator<Uint8Array> {
  let next = readChunk(handle, 0, size);
  for (let at = 0; at < size;) {
    const chunk = await next;
    if (chunk.length === 0) return;
    at += chunk.length;
    next = readChunk(handle, at, size);
    // A consumer that stops early leaves this read behind: its failure then is nobody's.
    next.catch(() => undefined);
    yield chunk;
  }
}

async function readChunk(handle: FileHandle, at: number, size: number): Promise<Uint8Array> {
  const length = Math.min(CHUNK_BYTES, size - at);
  if (length <= 0) return new Uint8Array(0);
  const { bytesRead, buffer } = await handle.read(Buffer.allocUnsafe(length), 0, length, at);
  return buffer.subarray(0, bytesRead);
}
