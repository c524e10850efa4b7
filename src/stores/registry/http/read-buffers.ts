import type { OnReadOpts, Socket } from "node:net";

/** Bytes that one read may bring, and from how many on they are passed on where they were read to. */
const SIZE = 512 * 1024;
const LONG = 64 * 1024;
/** Most buffers that wait for their next use. */
const MAX_FREE = 16;

const free: Uint8Array<ArrayBuffer>[] = [];
/** How many bytes of a buffer were passed on. */
const lent = new WeakMap<ArrayBufferLike, number>();
let unused: Uint8Array<ArrayBuffer> | undefined;

/**
 * Lets a socket read into large buffers that are used again. Node makes one of 64 KiB for every read, so that a layer
 * costs thousands of reads, and half a second of garbage collection for each GiB. A long read is passed on as it is, and
 * its buffer comes back with `giveBack`, or goes to the garbage collector as ever; of a short one a copy is passed on.
 */
export const READ_BUFFERS: OnReadOpts = {
  // Node asks for the next buffer right after the callback, so that `unused` goes to nobody else.
  buffer: () => {
    const buffer = unused ?? free.pop() ?? new Uint8Array(Buffer.allocUnsafeSlow(SIZE).buffer);
    unused = undefined;
    return buffer;
  },
  callback(this: Socket, length: number, buffer: Uint8Array<ArrayBuffer>) {
    const isLong = length >= LONG;
    if (isLong) lent.set(buffer.buffer, length);
    else unused = buffer;
    return this.push(
      isLong ? Buffer.from(buffer.buffer, 0, length) : Buffer.copyBytesFrom(buffer, 0, length),
    );
  },
};

/**
 * Gives a chunk's buffer back to be read into: whoever calls it has done with these bytes, and nobody else holds them.
 * Nothing happens to any other bytes, nor to a part of what was read.
 */
export function giveBack({ buffer, byteOffset, byteLength }: Uint8Array): void {
  if (byteOffset !== 0 || lent.get(buffer) !== byteLength || !(buffer instanceof ArrayBuffer))
    return;
  lent.delete(buffer);
  if (free.length < MAX_FREE) free.push(new Uint8Array(buffer));
}
