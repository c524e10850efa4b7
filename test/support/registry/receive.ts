import type { IncomingMessage } from "node:http";
import type { ReceivedBody } from "./context.ts";
import type { RequestRecord } from "./log.ts";

/**
 * Reads a request's body until its end, until the client goes away, or until `keep` bytes are in
 * (then the rest is not read).
 */
export async function receive(
  request: IncomingMessage,
  record: RequestRecord,
  keep: number = Infinity,
): Promise<ReceivedBody> {
  const chunks: Buffer[] = [];
  let size = 0;
  const complete = await new Promise<boolean>((resolve) => {
    function done(whole: boolean): void {
      request.removeAllListeners("data");
      request.pause();
      resolve(whole);
    }
    request.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= keep) {
        done(false);
      }
    });
    request.once("end", () => {
      done(keep === Infinity);
    });
    request.once("error", () => {
      done(false);
    });
    request.once("close", () => {
      done(request.complete && keep === Infinity);
    });
  });
  const bytes = Buffer.concat(chunks).subarray(0, keep);
  record.bytesIn += bytes.length;
  return { bytes, complete };
}
