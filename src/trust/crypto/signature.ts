import { constants, publicDecrypt, timingSafeEqual, verify } from "node:crypto";
import { verifyEcdsaDigest } from "./ecdsa.ts";
import { hashesOf, type HashName, type KeyType, type PublicKey } from "./public-key.ts";

/** What was signed: its bytes where they are at hand, and digests of it. */
export interface SignedData {
  readonly bytes: Uint8Array | undefined;
  /** In lower-case hex. */
  readonly digests: ReadonlyMap<HashName, string>;
}

/** Undefined: with what is at hand it cannot be told. */
export type SignatureAnswer = boolean | undefined;

const COORDINATES: ReadonlyMap<KeyType, number> = new Map([
  ["P-256", 32],
  ["P-384", 48],
  ["P-521", 66],
]);

/** Tells whether a key made a signature: ECDSA in DER or P1363, RSA with PKCS #1 v1.5, Ed25519; never throws. */
export function checkSignature(
  key: PublicKey,
  signature: Uint8Array,
  data: SignedData,
): SignatureAnswer {
  const size = COORDINATES.get(key.type);
  const pair = size === undefined ? signature : toP1363(signature, size);
  if (pair === undefined) return false;
  try {
    return data.bytes === undefined
      ? checkDigests(key, pair, data.digests)
      : checkBytes(key, pair, data.bytes);
  } catch {
    return false;
  }
}

function checkBytes({ key, type }: PublicKey, signature: Uint8Array, bytes: Uint8Array): boolean {
  if (type === "ed25519") return verify(null, bytes, key, signature);
  return hashesOf(type).some((hash) =>
    verify(hash, bytes, { key, dsaEncoding: "ieee-p1363" }, signature),
  );
}

/** Ed25519 signs the bytes and not a digest of them, so without bytes nothing can be told. */
function checkDigests(
  { key, type }: PublicKey,
  signature: Uint8Array,
  digests: SignedData["digests"],
): SignatureAnswer {
  if (type === "ed25519") return undefined;
  const known = hashesOf(type).flatMap((hash) => {
    const hex = digests.get(hash);
    return hex === undefined ? [] : [{ hash, digest: Buffer.from(hex, "hex") }];
  });
  if (known.length === 0) return undefined;
  const isMade = known.some(({ hash, digest }) =>
    type === "rsa"
      ? isRsaOver(key, signature, { hash, digest })
      : verifyEcdsaDigest(key, digest, signature),
  );
  return isMade || (known.length === hashesOf(type).length ? false : undefined);
}

/** The DER of DigestInfo before the digest itself (RFC 8017, 9.2, note 1). */
const DIGEST_INFO: Readonly<Record<HashName, string>> = {
  sha256: "3031300d060960864801650304020105000420",
  sha384: "3041300d060960864801650304020205000430",
  sha512: "3051300d060960864801650304020305000440",
};

function isRsaOver(
  key: PublicKey["key"],
  signature: Uint8Array,
  { hash, digest }: { readonly hash: HashName; readonly digest: Buffer },
): boolean {
  const found = publicDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, signature);
  const expected = Buffer.concat([Buffer.from(DIGEST_INFO[hash], "hex"), digest]);
  return found.length === expected.length && timingSafeEqual(found, expected);
}

/** Both encodings of ECDSA as one: r and s, each a coordinate long; undefined for what is neither. */
function toP1363(signature: Uint8Array, size: number): Buffer | undefined {
  const parts = derIntegers(signature);
  if (parts === undefined)
    return signature.length === 2 * size ? Buffer.from(signature) : undefined;
  if (parts.some((part) => part.length > size)) return undefined;
  return Buffer.concat(
    parts.map((part) => Buffer.concat([Buffer.alloc(size - part.length), part])),
  );
}

/** The two positive INTEGERs of a DER SEQUENCE without their leading zero; undefined for all that is not exactly that. */
function derIntegers(der: Uint8Array): readonly Buffer[] | undefined {
  const content = derContent(der);
  if (content === undefined) return undefined;
  const first = derInteger(content);
  const second = first && derInteger(first.rest);
  return first && second && second.rest.length === 0 ? [first.value, second.value] : undefined;
}

/** What is in a SEQUENCE; its length is in the short form, or in one byte more (P-521). */
function derContent(der: Uint8Array): Uint8Array | undefined {
  const isLong = der[1] === 0x81;
  const content = der.subarray(isLong ? 3 : 2);
  const length = isLong ? der[2] : der[1];
  return der[0] === 0x30 && length === content.length && length >= 0x80 === isLong
    ? content
    : undefined;
}

function derInteger(
  der: Uint8Array,
): { readonly value: Buffer; readonly rest: Uint8Array } | undefined {
  const size = der[1] ?? 0;
  const value = der.subarray(2, 2 + size);
  if (der[0] !== 0x02 || size === 0 || size >= 0x80 || value.length !== size) return undefined;
  if (!isPositive(value)) return undefined;
  return {
    value: Buffer.from(value[0] === 0 ? value.subarray(1) : value),
    rest: der.subarray(2 + size),
  };
}

/** A zero before it says that the number is positive, and stands there only where it must. */
function isPositive([first = 0, second = 0x80]: Uint8Array): boolean {
  return first === 0 ? second >= 0x80 : first < 0x80;
}
