import type { BlobSource } from "../../port.ts";
import type { CallBody } from "../call.ts";

/** Bytes of a blob on their way to a registry, to be cut into bodies. */
export interface Outgoing {
  /** A body of the next `length` bytes. */
  body(length: number): CallBody;
  /** What went wrong at the source, if it was the source: then no other try at the target helps. */
  failure(): Error | undefined;
  /** Leaves the source, without waiting for it: one that stalls must not hold up what is told of the target. */
  close(): void;
}

/**
 * Opens a blob's source, lazily, to be read from `offset` on. The first bytes are read and thrown away, because what a
 * source proves is the digest of the whole: it gives its last chunk out only when that was right, so that a body of
 * the wrong bytes never becomes complete.
 */
export function openOutgoing(source: BlobSource, offset: number, signal: AbortSignal): Outgoing {
  let iterator: AsyncIterator<Uint8Array> | undefined;
  let rest: Uint8Array = new Uint8Array(0);
  let toSkip = offset;
  let failure: Error | undefined;

  async function next(): Promise<Uint8Array | undefined> {
    try {
      iterator ??= (await source.open(signal))[Symbol.asyncIterator]();
      const step = await iterator.next();
      return step.done === true ? undefined : step.value;
    } catch (error) {
      failure = error instanceof Error ? error : new Error(String(error));
      throw error;
    }
  }

  async function* take(length: number): AsyncGenerator<Uint8Array, void, undefined> {
    let left = length;
    while (left > 0) {
      const chunk = rest.length > 0 ? rest : await next();
      if (chunk === undefined) return;
      const wanted = chunk.subarray(Math.min(toSkip, chunk.length));
      toSkip -= chunk.length - wanted.length;
      const part = wanted.subarray(0, left);
      rest = wanted.subarray(part.length);
      left -= part.length;
      if (part.length > 0) yield part;
    }
  }

  return {
    body: (length) => ({ kind: "stream", length, open: () => take(length) }),
    failure: () => failure,
    close: () => {
      // How the source takes being left changes nothing: its bytes are not wanted any more.
      iterator?.return?.().catch(() => undefined);
    },
  };
}

/** The same for bytes that are all there: each body can be sent as often as need be. */
export function bytesOutgoing(bytes: Uint8Array, offset: number): Outgoing {
  let at = offset;
  return {
    body: (length) => {
      const part = bytes.subarray(at, at + length);
      at += part.length;
      return { kind: "bytes", bytes: part };
    },
    failure: () => undefined,
    close: () => undefined,
  };
}

/** Reads a small blob whole. */
export async function collect(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  const [only, ...others] = chunks;
  return only !== undefined && others.length === 0 ? only : Buffer.concat(chunks);
}
