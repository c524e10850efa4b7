import { createHash } from "node:crypto";
import { RFC3161Timestamp } from "@sigstore/core";
import { badAnswer, callService, type Service } from "./service-call.ts";

/** `{ sha256 }` as an AlgorithmIdentifier with NULL parameters, in DER. */
const SHA256 = Buffer.from("300d06096086480165030402010500", "hex");
const VERSION_1 = Buffer.from("020101", "hex");
const WITH_CERTIFICATES = Buffer.from("0101ff", "hex");

/** Has a timestamp authority say when bytes were there (RFC 3161, over HTTP as its section 3.4): a response in DER. */
export async function stampBytes(tsa: URL, bytes: Buffer, signal: AbortSignal): Promise<Buffer> {
  const service: Service = { name: "The timestamp authority", url: tsa, code: "sign-timestamp" };
  const answer = await callService(
    service,
    {
      path: "",
      contentType: "application/timestamp-query",
      accept: "application/timestamp-reply",
      body: timestampQuery(bytes),
    },
    signal,
  );
  try {
    RFC3161Timestamp.parse(Buffer.from(answer.bytes));
  } catch {
    throw badAnswer(service, "no timestamp");
  }
  return answer.bytes;
}

/** A TimeStampReq for the SHA-256 of bytes that asks for the authority's certificates (RFC 3161, 2.4.1). */
function timestampQuery(bytes: Buffer): Buffer {
  const digest = createHash("sha256").update(bytes).digest();
  const imprint = sequence(SHA256, Buffer.concat([Buffer.from([0x04, digest.length]), digest]));
  return sequence(VERSION_1, imprint, WITH_CERTIFICATES);
}

/** Nothing here is longer than 127 bytes, so a length is one byte. */
function sequence(...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  return Buffer.concat([Buffer.from([0x30, content.length]), content]);
}
