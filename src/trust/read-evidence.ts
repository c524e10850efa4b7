import type { EvidenceForm } from "#model";
import { decodeBase64 } from "./base64.ts";
import { readBundle } from "./formats/bundle.ts";
import { readDsse } from "./formats/dsse.ts";
import {
  readLegacyAttestation,
  readLegacyBlobBundle,
  readLegacySignature,
} from "./formats/legacy.ts";
import { readJson, valueAt } from "./read-json.ts";
import type { ReadEvidence } from "./sealed.ts";
import { attestationOf, parseStatement } from "./statement.ts";

/** More than any evidence that is read: a predicate of 16 MiB, in base64 and an envelope. */
export const MAX_EVIDENCE: number = 32 * 1024 * 1024;

/** A raw signature is no larger, in whatever encoding. */
const MAX_SIGNATURE = 16 * 1024;

/** A blob that may be evidence, as a store holds it; its bytes were hashed by whoever fetched them. */
export interface EvidenceBlob {
  readonly mediaType: string;
  readonly bytes: Buffer;
  readonly annotations: Readonly<Record<string, string>>;
}

/** Reads evidence by its media type; what nobody here evaluates is said to be there (issue 5 §3); never throws. */
export function readEvidence(blob: EvidenceBlob): ReadEvidence {
  const [type = ""] = blob.mediaType.split(";");
  if (type.startsWith("application/vnd.dev.sigstore.bundle"))
    return readDocument(blob.bytes, "bundle");
  switch (type) {
    case "application/vnd.dev.cosign.simplesigning.v1+json":
      return readLegacySignature(blob);
    case "application/vnd.dsse.envelope.v1+json":
      return isCosigns(blob) ? readLegacyAttestation(blob) : readDocument(blob.bytes, "dsse");
    case "application/vnd.in-toto+json":
      return readDocument(blob.bytes, "in-toto");
    case "application/jose+json":
    case "application/cose":
    case "application/vnd.cncf.notary.signature":
      return unreadable(
        "notation",
        "present, not evaluated: signatures of Notation are not verified here",
      );
    default:
      return unreadable(
        "other",
        `present, not evaluated: ${type.slice(0, 100)} is no evidence that is known here`,
      );
  }
}

function isCosigns({ annotations }: EvidenceBlob): boolean {
  return Object.keys(annotations).some((name) => /^dev\.(?:cosignproject|sigstore)\./.test(name));
}

/** Reads a file of evidence by what is in it: a bundle, a DSSE envelope, cosign's older bundle, or a bare signature. */
export function readEvidenceFile(bytes: Buffer): ReadEvidence {
  const signature = bareSignature(bytes);
  if (signature === undefined) return readDocument(bytes, "bundle");
  return {
    kind: "signed",
    form: "detached",
    version: undefined,
    sealed: [
      {
        content: { kind: "message", digest: undefined },
        signature,
        signer: { kind: "key", hint: undefined },
        entries: [],
        timestamps: [],
        stamped: undefined,
      },
    ],
  };
}

function readDocument(bytes: Buffer, form: EvidenceForm): ReadEvidence {
  const read = readJson(bytes, MAX_EVIDENCE);
  if (read.kind === "bad") return unreadable(form, read.why);
  const document = read.value;
  if (valueAt(document, "mediaType") !== undefined) return readBundle(document);
  if (valueAt(document, "payloadType") !== undefined) return readDsse(document);
  if (valueAt(document, "base64Signature") !== undefined) return readLegacyBlobBundle(document);
  const statement = parseStatement(document);
  if (typeof statement !== "string")
    return { kind: "unsigned", form: "in-toto", content: attestationOf(statement) };
  return unreadable(form, "it is neither a Sigstore bundle nor a DSSE envelope nor a statement");
}

/** What `cosign sign-blob --output-signature` and `openssl dgst -sign` write: base64, or the signature itself. */
function bareSignature(bytes: Buffer): Buffer | undefined {
  if (bytes.length === 0 || bytes.length > MAX_SIGNATURE) return undefined;
  const text = asText(bytes)?.trim();
  if (text === undefined) return bytes;
  return /^[A-Za-z0-9+/_-]{80,}={0,2}$/.test(text) ? decodeBase64(text) : undefined;
}

/** Signatures by themselves are random bytes, and so no UTF-8. */
function asText(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function unreadable(form: EvidenceForm, why: string): ReadEvidence {
  return { kind: "unreadable", form, why };
}
