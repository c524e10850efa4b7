import type { CallBody } from "../call.ts";
import { giveBack } from "./read-buffers.ts";

/** A body that is ready to be sent. */
export interface OutgoingBody {
  readonly content: Uint8Array | AsyncIterable<Uint8Array>;
  readonly length: number;
  /** Lets the source go, where it was not read to its end. */
  close(): void;
}

/**
 * Opens a body. A stream is read up to its first chunk, so that a source that fails does so before anything is sent,
 * and so that closing it later reaches the source at all (a generator that never ran has no end to run).
 */
export async function openBody(body: CallBody): Promise<OutgoingBody> {
  if (body.kind === "bytes")
    return { content: body.bytes, length: body.bytes.length, close: nothingToClose };
  const iterator = (await body.open())[Symbol.asyncIterator]();
  const first = await iterator.next();
  let over = first.done === true;

  async function* content(): AsyncGenerator<Uint8Array, void, undefined> {
    let sent: Uint8Array | undefined;
    for (let step = first; !step.done; step = await iterator.next()) {
      yield step.value;
      // Whoever asks for more has written what came before the last chunk, which may still be on its way.
      if (sent !== undefined) giveBack(sent);
      sent = step.value;
    }
    over = true;
  }
  return {
    content: content(),
    length: body.length,
    close: () => {
      if (over) return;
      over = true;
      // How the source takes being left changes nothing for anybody: its bytes are not wanted any more.
      iterator.return?.().catch(nothingToClose);
    },
  };
}

function nothingToClose(): void {}
