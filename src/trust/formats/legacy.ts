import { X509Certificate } from "node:crypto";
import type { TransparencyLogEntry } from "@sigstore/bundle";
import type { Json } from "#model";
import { decodeBase64 } from "../base64.ts";
import { describeError } from "../describe-error.ts";
import { readJson, textAt, valueAt } from "../read-json.ts";
import type { ReadEvidence, Sealed, SealedSigner } from "../sealed.ts";
import { parseEnvelope } from "./dsse.ts";

/** A layer of cosign's `.sig` or `.att` manifest, its bytes hashed by whoever fetched them. */
export interface LegacyLayer {
  readonly bytes: Buffer;
  readonly annotations: Readonly<Record<string, string>>;
}

const SIGNATURE = "dev.cosignproject.cosign/signature";
const CERTIFICATE = "dev.sigstore.cosign/certificate";
const BUNDLE = "dev.sigstore.cosign/bundle";
const TIMESTAMP = "dev.sigstore.cosign/rfc3161timestamp";
const MAX_ANNOTATION = 1024 * 1024;
const MAX_PAYLOAD = 1024 * 1024;
const MAX_ENVELOPE = 32 * 1024 * 1024;

/** Reads a layer of a `.sig` manifest: cosign's simple signing payload, with the signature in an annotation. */
export function readLegacySignature(layer: LegacyLayer): ReadEvidence {
  return attempt(() => {
    if (layer.bytes.length > MAX_PAYLOAD) throw new Unreadable("its payload is too large");
    const signature = decodeBase64(annotationOf(layer, SIGNATURE) ?? "");
    if (signature === undefined || signature.length === 0)
      throw new Unreadable(`its annotation ${SIGNATURE} is absent or no base64`);
    return [
      {
        content: { kind: "simple-signing", payload: layer.bytes },
        signature,
        signer: signerOf(annotationOf(layer, CERTIFICATE)),
        entries: entriesOf(annotationOf(layer, BUNDLE)),
        timestamps: timestampsOf(annotationOf(layer, TIMESTAMP)),
        stamped: undefined,
      },
    ];
  });
}

/** Reads a layer of an `.att` manifest: a DSSE envelope; its timestamp is about all of the layer. */
export function readLegacyAttestation(layer: LegacyLayer): ReadEvidence {
  return attempt(() => {
    const read = readJson(layer.bytes, MAX_ENVELOPE);
    if (read.kind === "bad") throw new Unreadable(read.why);
    const envelope = parseEnvelope(read.value);
    if (typeof envelope === "string") throw new Unreadable(envelope);
    const certificate = annotationOf(layer, CERTIFICATE);
    const entries = entriesOf(annotationOf(layer, BUNDLE));
    const timestamps = timestampsOf(annotationOf(layer, TIMESTAMP));
    return envelope.signatures.map(({ signature, keyid }) => ({
      content: envelope.content,
      signature,
      signer: certificate === undefined ? { kind: "key", hint: keyid } : signerOf(certificate),
      entries,
      timestamps,
      stamped: layer.bytes,
    }));
  });
}

/** Reads what `cosign sign-blob --bundle` wrote before Sigstore bundles: a signature over a file, with its Rekor entry. */
export function readLegacyBlobBundle(document: Json): ReadEvidence {
  return attempt(() => {
    const signature = decodeBase64(textAt(document, "base64Signature") ?? "");
    if (signature === undefined || signature.length === 0)
      throw new Unreadable("its base64Signature is no base64");
    const certificate = textAt(document, "cert") || undefined;
    const pem =
      certificate === undefined || certificate.includes("-----BEGIN")
        ? certificate
        : decodeBase64(certificate)?.toString("latin1");
    return [
      {
        content: { kind: "message", digest: undefined },
        signature,
        signer: signerOf(pem),
        entries: entriesOfRekor(valueAt(document, "rekorBundle")),
        timestamps: [],
        stamped: undefined,
      },
    ];
  }, "detached");
}

class Unreadable extends Error {
  override readonly name = "Unreadable";
}

function attempt(
  read: () => readonly Sealed[],
  form: "legacy" | "detached" = "legacy",
): ReadEvidence {
  try {
    return { kind: "signed", form, version: undefined, sealed: read() };
  } catch (error) {
    return { kind: "unreadable", form, why: describeError(error) };
  }
}

function annotationOf({ annotations }: LegacyLayer, name: string): string | undefined {
  const text = Object.hasOwn(annotations, name) ? annotations[name] : undefined;
  if (text !== undefined && text.length > MAX_ANNOTATION)
    throw new Unreadable(`its annotation ${name} is too large`);
  return text === "" ? undefined : text;
}

function signerOf(pem: string | undefined): SealedSigner {
  if (pem === undefined) return { kind: "key", hint: undefined };
  try {
    return { kind: "certificate", der: new X509Certificate(pem).raw };
  } catch (error) {
    throw new Unreadable("its certificate cannot be read", { cause: error });
  }
}

function timestampsOf(annotation: string | undefined): readonly Buffer[] {
  if (annotation === undefined) return [];
  const stamp = decodeBase64(textAt(parse(annotation, TIMESTAMP), "SignedRFC3161Timestamp") ?? "");
  if (stamp === undefined || stamp.length === 0)
    throw new Unreadable(`its annotation ${TIMESTAMP} holds no timestamp`);
  return [stamp];
}

function entriesOf(annotation: string | undefined): readonly TransparencyLogEntry[] {
  return annotation === undefined ? [] : entriesOfRekor(parse(annotation, BUNDLE));
}

/** Rekor's promise as cosign keeps it, as an entry of a Sigstore bundle: cosign and bundle hold the same things. */
function entriesOfRekor(bundle: Json | undefined): readonly TransparencyLogEntry[] {
  if (bundle === undefined || bundle === null) return [];
  const payload = valueAt(bundle, "Payload");
  const body = bytesAt(payload, "body");
  const entry = readJson(body, MAX_ENVELOPE);
  if (entry.kind === "bad") throw new Unreadable(`its Rekor entry: ${entry.why}`);
  const logId = textAt(payload, "logID") ?? "";
  if (!/^[0-9a-f]{64}$/.test(logId)) throw new Unreadable("its Rekor bundle has no logID");
  return [
    {
      logIndex: numberAt(payload, "logIndex"),
      logId: { keyId: Buffer.from(logId, "hex") },
      kindVersion: {
        kind: textAt(entry.value, "kind") ?? "",
        version: textAt(entry.value, "apiVersion") ?? "",
      },
      integratedTime: numberAt(payload, "integratedTime"),
      inclusionPromise: { signedEntryTimestamp: bytesAt(bundle, "SignedEntryTimestamp") },
      inclusionProof: undefined,
      canonicalizedBody: body,
    },
  ];
}

function bytesAt(value: Json | undefined, key: string): Buffer {
  const bytes = decodeBase64(textAt(value, key) ?? "");
  if (bytes === undefined || bytes.length === 0)
    throw new Unreadable(`its Rekor bundle has no ${key}`);
  return bytes;
}

function numberAt(value: Json | undefined, key: string): string {
  const number = valueAt(value, key);
  if (typeof number !== "number" || !Number.isSafeInteger(number) || number < 0)
    throw new Unreadable(`its Rekor bundle has no ${key}`);
  return String(number);
}

function parse(annotation: string, name: string): Json {
  const read = readJson(Buffer.from(annotation), MAX_ANNOTATION);
  if (read.kind === "bad") throw new Unreadable(`its annotation ${name}: ${read.why}`);
  return read.value;
}
