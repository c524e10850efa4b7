import {
  bundleFromJSON,
  ValidationError,
  type Bundle,
  type TransparencyLogEntry,
} from "@sigstore/bundle";
import { parseCertificate } from "../remembered.ts";
import { HashAlgorithm } from "@sigstore/protobuf-specs";
import type { Json } from "#model";
import { decodeBase64 } from "../base64.ts";
import type { HashName } from "../crypto/public-key.ts";
import { describeError } from "../describe-error.ts";
import { itemsOf, textAt, valueAt } from "../read-json.ts";
import type { ReadEvidence, Sealed, SealedContent, SealedSigner } from "../sealed.ts";

const MEDIA_TYPE =
  /^application\/vnd\.dev\.sigstore\.bundle(?:\+json;version=(\d\.\d)|\.v(\d\.\d)\+json)$/;
const VERSIONS = new Set(["0.1", "0.2", "0.3"]);
const MAX_SIGNATURES = 16;
const MAX_VOUCHERS = 32;

/** Reads a Sigstore bundle v0.1 to v0.3, also with a DSSE envelope of several signatures; never throws. */
export function readBundle(document: Json): ReadEvidence {
  try {
    const mediaType = textAt(document, "mediaType") ?? "";
    const match = MEDIA_TYPE.exec(mediaType);
    const version = match?.[1] ?? match?.[2];
    if (version === undefined || !VERSIONS.has(version))
      return unreadable(
        `its media type is "${mediaType.slice(0, 100)}", which is no bundle of v0.1 to v0.3`,
      );
    const bad = badBytes(document) ?? badMaterial(document);
    if (bad !== undefined) return unreadable(bad);
    const sealed = oneEach(document).map((single) => sealedOf(bundleFromJSON(single), version));
    return { kind: "signed", form: "bundle", version, sealed };
  } catch (error) {
    const fields = error instanceof ValidationError ? ` (${error.fields.join(", ")})` : "";
    return unreadable(`${describeError(error)}${fields}`);
  }
}

function unreadable(why: string): ReadEvidence {
  return { kind: "unreadable", form: "bundle", why };
}

/** The library skips what is no base64; a signature that can be written in two ways is refused here. */
function badBytes(document: Json): string | undefined {
  const envelope = valueAt(document, "dsseEnvelope");
  const message = valueAt(document, "messageSignature");
  const material = valueAt(document, "verificationMaterial");
  const fields: readonly (readonly [string, Json | undefined])[] = [
    ["dsseEnvelope.payload", valueAt(envelope, "payload")],
    ...itemsOf(valueAt(envelope, "signatures")).map(
      (item) => ["dsseEnvelope.signatures.sig", valueAt(item, "sig")] as const,
    ),
    ["messageSignature.signature", valueAt(message, "signature")],
    ["messageSignature.messageDigest.digest", valueAt(valueAt(message, "messageDigest"), "digest")],
    ["certificate.rawBytes", valueAt(valueAt(material, "certificate"), "rawBytes")],
    ...itemsOf(valueAt(material, "tlogEntries")).map(
      (item) => ["tlogEntries.canonicalizedBody", valueAt(item, "canonicalizedBody")] as const,
    ),
  ];
  const bad = fields.find(
    ([, value]) =>
      value !== undefined && (typeof value !== "string" || decodeBase64(value) === undefined),
  );
  return bad === undefined ? undefined : `${bad[0]} is no base64`;
}

function badMaterial(document: Json): string | undefined {
  const material = valueAt(document, "verificationMaterial");
  const stamps = valueAt(valueAt(material, "timestampVerificationData"), "rfc3161Timestamps");
  const signatures = signaturesOf(document).length;
  if (signatures > MAX_SIGNATURES) return `it has more than ${MAX_SIGNATURES} signatures`;
  if (itemsOf(valueAt(material, "tlogEntries")).length > MAX_VOUCHERS)
    return `it has more than ${MAX_VOUCHERS} log entries`;
  if (itemsOf(stamps).length > MAX_VOUCHERS) return `it has more than ${MAX_VOUCHERS} timestamps`;
  return undefined;
}

function signaturesOf(document: Json): readonly Json[] {
  return itemsOf(valueAt(valueAt(document, "dsseEnvelope"), "signatures"));
}

/** The library takes one signature, as the format has it; a bundle with several is read as one bundle for each. */
function oneEach(document: Json): readonly Json[] {
  const signatures = signaturesOf(document);
  const envelope = valueAt(document, "dsseEnvelope");
  if (signatures.length < 2 || !isObject(document) || !isObject(envelope)) return [document];
  return signatures.map((signature) => ({
    ...document,
    dsseEnvelope: { ...envelope, signatures: [signature] },
  }));
}

function isObject(value: Json | undefined): value is { readonly [key: string]: Json } {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

function sealedOf(bundle: Bundle, version: string): Sealed {
  const { tlogEntries, timestampVerificationData } = bundle.verificationMaterial;
  return {
    content: contentOf(bundle),
    signature: signatureOf(bundle),
    signer: signerOf(bundle),
    entries: version === "0.1" ? tlogEntries.map(withoutBareProof) : tlogEntries,
    timestamps: (timestampVerificationData?.rfc3161Timestamps ?? []).map((stamp) =>
      Buffer.from(stamp.signedTimestamp),
    ),
    stamped: undefined,
  };
}

/** In v0.1 a proof may come without the checkpoint that it leads to, and then proves nothing: the promise has to do. */
function withoutBareProof(entry: TransparencyLogEntry): TransparencyLogEntry {
  return entry.inclusionProof?.checkpoint === undefined
    ? { ...entry, inclusionProof: undefined }
    : entry;
}

function signatureOf({ content }: Bundle): Buffer {
  return content.$case === "dsseEnvelope"
    ? (content.dsseEnvelope.signatures[0]?.sig ?? Buffer.alloc(0))
    : content.messageSignature.signature;
}

function contentOf({ content }: Bundle): SealedContent {
  if (content.$case === "dsseEnvelope") {
    const { payload, payloadType } = content.dsseEnvelope;
    return { kind: "dsse", payload, payloadType };
  }
  const { algorithm, digest } = content.messageSignature.messageDigest;
  const hash = hashOf(algorithm);
  return {
    kind: "message",
    digest: hash === undefined ? undefined : { hash, hex: digest.toString("hex") },
  };
}

function hashOf(algorithm: HashAlgorithm): HashName | undefined {
  switch (algorithm) {
    case HashAlgorithm.HASH_ALGORITHM_UNSPECIFIED:
    case HashAlgorithm.SHA2_256:
      return "sha256";
    case HashAlgorithm.SHA2_384:
      return "sha384";
    case HashAlgorithm.SHA2_512:
      return "sha512";
    case HashAlgorithm.SHA3_256:
    case HashAlgorithm.SHA3_384:
      return undefined;
  }
}

function signerOf({ verificationMaterial: { content } }: Bundle): SealedSigner {
  switch (content.$case) {
    case "publicKey":
      return { kind: "key", hint: content.publicKey.hint };
    case "certificate":
      return { kind: "certificate", der: Buffer.from(content.certificate.rawBytes) };
    case "x509CertificateChain": {
      const { certificates } = content.x509CertificateChain;
      if (certificates.some(({ rawBytes }) => isRoot(Buffer.from(rawBytes))))
        throw new Error("its chain holds a root certificate: trust comes from the root alone");
      const [leaf] = certificates;
      return { kind: "certificate", der: Buffer.from(leaf?.rawBytes ?? []) };
    }
  }
}

function isRoot(der: Buffer<ArrayBuffer>): boolean {
  const { subject, issuer } = parseCertificate(der);
  return subject.equals(issuer);
}
