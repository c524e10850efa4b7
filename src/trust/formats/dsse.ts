import { dsse } from "@sigstore/core";
import type { Json } from "#model";
import { decodeBase64 } from "../base64.ts";
import { itemsOf, textAt, valueAt } from "../read-json.ts";
import type { ReadEvidence, Sealed, SealedContent } from "../sealed.ts";

const MAX_SIGNATURES = 16;

/** The envelope of a DSSE document: its content, and each signature with its key id. */
export interface Envelope {
  readonly content: SealedContent & { readonly kind: "dsse" };
  readonly signatures: readonly {
    readonly signature: Buffer;
    readonly keyid: string | undefined;
  }[];
}

/** Reads a DSSE envelope in JSON; a string tells what is wrong (secure-systems-lab/dsse, envelope.md). */
export function parseEnvelope(document: Json): Envelope | string {
  const payloadType = textAt(document, "payloadType");
  const payload = decodeBase64(textAt(document, "payload") ?? "");
  const items = itemsOf(valueAt(document, "signatures"));
  if (payloadType === undefined) return "it has no payloadType";
  if (payload === undefined || payload.length === 0) return "its payload is no base64, or empty";
  if (items.length === 0) return "it has no signatures";
  if (items.length > MAX_SIGNATURES) return `it has more than ${MAX_SIGNATURES} signatures`;
  const signatures = items.flatMap((item) => {
    const signature = decodeBase64(textAt(item, "sig") ?? "");
    if (signature === undefined || signature.length === 0) return [];
    return [{ signature, keyid: textAt(item, "keyid") || undefined }];
  });
  if (signatures.length < items.length) return "one of its signatures is no base64, or empty";
  return { content: { kind: "dsse", payloadType, payload }, signatures };
}

/** Reads a bare DSSE envelope, which nothing but its keys vouches for. */
export function readDsse(document: Json): ReadEvidence {
  const envelope = parseEnvelope(document);
  if (typeof envelope === "string") return { kind: "unreadable", form: "dsse", why: envelope };
  const { content, signatures } = envelope;
  const sealed = signatures.map(({ signature, keyid }): Sealed => {
    return {
      content,
      signature,
      signer: { kind: "key", hint: keyid },
      entries: [],
      timestamps: [],
      stamped: undefined,
    };
  });
  return { kind: "signed", form: "dsse", version: undefined, sealed };
}

/** What a DSSE signature is made over (secure-systems-lab/dsse, protocol.md). */
export function preAuthEncoding({ payloadType, payload }: Envelope["content"]): Buffer {
  return dsse.preAuthEncoding(payloadType, payload);
}
