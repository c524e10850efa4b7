import { bytesAnswer, empty, errorAnswer, type Answer } from "./answer.ts";
import type { Context, Exchange } from "./context.ts";
import { algorithmOf } from "./digest.ts";
import { digestHeader } from "./manifests.ts";

function unknown(digest: string): Answer {
  const message = "blob unknown to registry";
  return errorAnswer(404, { code: "BLOB_UNKNOWN", message, detail: { digest } });
}

/** The part of some bytes a `Range` header asks for; undefined for a whole answer, RFC 9110 §14. */
function partOf(
  header: string | undefined,
  size: number,
): { start: number; end: number } | "unsatisfiable" | undefined {
  const match = /^bytes=(\d*)-(\d*)$/u.exec(header ?? "");
  const [, first = "", last = ""] = match ?? [];
  if (!match || (first === "" && last === "")) {
    return undefined;
  }
  const start = first === "" ? Math.max(0, size - Number(last)) : Number(first);
  const end = first === "" || last === "" ? size - 1 : Math.min(Number(last), size - 1);
  return start >= size || end < start ? "unsatisfiable" : { start, end };
}

/** Bytes with `Range` honoured where the options say so. */
export function rangedAnswer(
  context: Context,
  exchange: Exchange,
  content: { readonly bytes: Buffer; readonly headers: Readonly<Record<string, string>> },
): Answer {
  const { bytes, headers } = content;
  const honoured = context.behaviour.ranges === "honoured";
  const part = honoured ? partOf(exchange.record.headers["range"], bytes.length) : undefined;
  const accept = honoured ? { "Accept-Ranges": "bytes" } : {};
  if (part === "unsatisfiable") {
    return empty(416, { ...accept, "Content-Range": `bytes */${bytes.length}` });
  }
  if (part === undefined) {
    return bytesAnswer(200, bytes, { ...headers, ...accept });
  }
  return bytesAnswer(206, bytes.subarray(part.start, part.end + 1), {
    ...headers,
    ...accept,
    "Content-Range": `bytes ${part.start}-${part.end}/${bytes.length}`,
  });
}

/** `GET` and `HEAD` of a blob (spec end-2). */
export function readBlobRequest(context: Context, exchange: Exchange): Answer {
  const { repository: name = "", reference = "", method } = exchange.record;
  if (algorithmOf(reference) === undefined) {
    return errorAnswer(400, { code: "DIGEST_INVALID", message: "invalid digest" });
  }
  const bytes = context.repository(name).blobs.get(reference);
  if (bytes === undefined) {
    return unknown(reference);
  }
  const headers = {
    "Content-Type": "application/octet-stream",
    ...digestHeader(context, reference, method),
  };
  return method === "HEAD"
    ? bytesAnswer(200, bytes, headers)
    : rangedAnswer(context, exchange, { bytes, headers });
}

/** `DELETE` of a blob (spec end-10). */
export function deleteBlobRequest(context: Context, exchange: Exchange): Answer {
  const { repository: name = "", reference = "" } = exchange.record;
  if (context.behaviour.delete.blob !== true) {
    return errorAnswer(405, { code: "UNSUPPORTED", message: "The operation is unsupported." });
  }
  return context.repository(name).blobs.delete(reference) ? empty(202) : unknown(reference);
}
