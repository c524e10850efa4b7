import { createHash, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { issue, logEntry, sha256, type Holder, type Instance, type Issued } from "./sigstore.ts";

/** Every kind of key that is verified with, by how it signs. */
export const KEY_KINDS = ["P-256", "P-384", "P-521", "rsa", "ed25519"] as const;
export type KeyKind = (typeof KEY_KINDS)[number];

function generate(kind: KeyKind): {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
} {
  switch (kind) {
    case "rsa":
      return generateKeyPairSync("rsa", { modulusLength: 2048 });
    case "ed25519":
      return generateKeyPairSync("ed25519");
    case "P-256":
    case "P-384":
    case "P-521":
      return generateKeyPairSync("ec", { namedCurve: kind });
  }
}

/** A key pair, made anew. */
export interface Pair {
  readonly privateKey: KeyObject;
  readonly pem: string;
  /** As cosign names it. */
  readonly hint: string;
}

/** Makes a key pair. */
export function makePair(kind: KeyKind = "P-256"): Pair {
  const { privateKey, publicKey } = generate(kind);
  const spki = publicKey.export({ type: "spki", format: "der" });
  return {
    privateKey,
    pem: publicKey.export({ type: "spki", format: "pem" }).toString(),
    hint: sha256(spki).toString("base64"),
  };
}

/** How a signature is made: the hash that cosign takes for the key, and the encoding. */
export interface How {
  readonly hash?: string;
  readonly p1363?: boolean;
}

/** Signs bytes as cosign does with a key of its kind. */
export function signBytes(key: KeyObject, bytes: Uint8Array, how: How = {}): Buffer {
  if (key.asymmetricKeyType === "ed25519") return sign(null, bytes, key);
  const curve = key.asymmetricKeyDetails?.namedCurve;
  const usual = curve === "secp384r1" ? "sha384" : curve === "secp521r1" ? "sha512" : "sha256";
  const dsaEncoding = how.p1363 ? "ieee-p1363" : "der";
  return sign(how.hash ?? usual, bytes, { key, dsaEncoding });
}

const IN_TOTO = "application/vnd.in-toto+json";
export const QA = "https://example.com/qa/v1";

/** A statement about a digest, in the bytes that are signed. */
export function statement(sha256Hex: string, more: Readonly<Record<string, unknown>> = {}): Buffer {
  return Buffer.from(
    JSON.stringify({
      _type: "https://in-toto.io/Statement/v1",
      subject: [{ name: "api", digest: { sha256: sha256Hex } }],
      predicateType: QA,
      predicate: { result: "passed" },
      ...more,
    }),
  );
}

/** What a DSSE signature is over. */
function pae(payload: Buffer, payloadType: string = IN_TOTO): Buffer {
  const head = `DSSEv1 ${Buffer.byteLength(payloadType)} ${payloadType} ${payload.length} `;
  return Buffer.concat([Buffer.from(head), payload]);
}

/** A DSSE envelope signed by some keys. */
export function envelope(
  payload: Buffer,
  keys: readonly KeyObject[],
  { payloadType = IN_TOTO, ...how }: How & { readonly payloadType?: string } = {},
): {
  payload: string;
  payloadType: string;
  signatures: { sig: string; keyid: string }[];
} {
  return {
    payload: payload.toString("base64"),
    payloadType,
    signatures: keys.map((key) => ({
      sig: signBytes(key, pae(payload, payloadType), how).toString("base64"),
      keyid: "",
    })),
  };
}

export const V03 = "application/vnd.dev.sigstore.bundle.v0.3+json";

/** A bundle of an envelope, as a key alone signs it. */
export function keyBundle(dsseEnvelope: object, hint: string): object {
  return {
    mediaType: V03,
    verificationMaterial: { publicKey: { hint }, tlogEntries: [] },
    dsseEnvelope,
  };
}

/** A bundle over a file, as a key alone signs it. */
export function messageBundle(pair: Pair, bytes: Buffer, how: How = {}): object {
  return {
    mediaType: V03,
    verificationMaterial: { publicKey: { hint: pair.hint }, tlogEntries: [] },
    messageSignature: {
      messageDigest: {
        algorithm: "SHA2_256",
        digest: createHash("sha256").update(bytes).digest("base64"),
      },
      signature: signBytes(pair.privateKey, bytes, how).toString("base64"),
    },
  };
}

/** A bundle as a keyless signer of an instance makes it, with its log entry. */
export function keylessBundle(
  instance: Instance,
  payload: Buffer,
  options: { readonly holder?: Holder; readonly issued?: Issued; readonly at?: Date } = {},
): {
  mediaType: string;
  verificationMaterial: { certificate: { rawBytes: string }; tlogEntries: object[] };
  dsseEnvelope: ReturnType<typeof envelope>;
} {
  const issued = options.issued ?? issue(instance, options.holder);
  const dsseEnvelope = envelope(payload, [issued.privateKey]);
  const signature = Buffer.from(dsseEnvelope.signatures[0]?.sig ?? "", "base64");
  const entry = logEntry(instance, {
    kind: "dsse",
    verifier: issued.pem,
    signature,
    hash: sha256(payload),
    ...(options.at && { at: options.at }),
  });
  return {
    mediaType: V03,
    verificationMaterial: {
      certificate: { rawBytes: issued.certificate.toString("base64") },
      tlogEntries: [entry],
    },
    dsseEnvelope,
  };
}
