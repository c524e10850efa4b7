import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import { parseDigest, type Digest } from "#model";

/** A key that may verify, and its name: the SHA-256 of its SPKI, as cosign and Rekor have it. */
export interface PublicKey {
  readonly key: KeyObject;
  readonly id: Digest;
  readonly type: KeyType;
}

export type KeyType = "P-256" | "P-384" | "P-521" | "rsa" | "ed25519";

/** The hashes that artifacts are named and signed by. */
export const HASHES = ["sha256", "sha384", "sha512"] as const;
export type HashName = (typeof HASHES)[number];

const MAX_PEM = 64 * 1024;
const LEAST_RSA_BITS = 2048;
const CURVES: ReadonlyMap<string | undefined, KeyType> = new Map([
  ["prime256v1", "P-256"],
  ["secp384r1", "P-384"],
  ["secp521r1", "P-521"],
]);

/** Reads a public key in PEM; a string tells what is wrong with it, for a person, and repeats nothing of it. */
export function parsePublicKey(bytes: Uint8Array): PublicKey | string {
  if (bytes.length > MAX_PEM) return "it is too large to be a public key";
  const text = Buffer.from(bytes).toString("latin1");
  const labels = Array.from(
    text.matchAll(/-----BEGIN ([A-Z0-9 ]{1,60})-----/g),
    (match) => match[1],
  );
  const [label] = labels;
  if (label === undefined) return "it is no public key in PEM (-----BEGIN PUBLIC KEY-----)";
  if (/^ENCRYPTED (?:COSIGN|SIGSTORE) PRIVATE KEY$/.test(label)) {
    return "it is cosign's encrypted private key: `cosign public-key --key FILE` prints the public one that belongs here";
  }
  if (labels.some((name) => name?.endsWith("PRIVATE KEY")))
    return "it is a private key, which belongs in no file that verifies: put the public one here";
  if (labels.length > 1) return "it holds more than one key";
  if (label !== "PUBLIC KEY" && label !== "RSA PUBLIC KEY")
    return `it holds a ${label}, not a PUBLIC KEY`;
  try {
    return publicKeyOf(createPublicKey(text));
  } catch {
    return "its PEM cannot be read as a public key";
  }
}

/** Takes a key that Node has read; a string where it is of a type that nothing here is signed with. */
export function publicKeyOf(key: KeyObject): PublicKey | string {
  const type = typeOf(key);
  if (type === undefined)
    return `a key of type ${key.asymmetricKeyType ?? "unknown"} is not known here`;
  if (type === "rsa" && (key.asymmetricKeyDetails?.modulusLength ?? 0) < LEAST_RSA_BITS)
    return `an RSA key of fewer than ${LEAST_RSA_BITS} bits is too weak`;
  const id = parseDigest(`sha256:${sha256Hex(key.export({ type: "spki", format: "der" }))}`);
  return id === undefined ? "its digest cannot be computed" : { key, id, type };
}

function typeOf({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): KeyType | undefined {
  if (asymmetricKeyType === "ec") return CURVES.get(asymmetricKeyDetails?.namedCurve);
  return asymmetricKeyType === "rsa" || asymmetricKeyType === "ed25519"
    ? asymmetricKeyType
    : undefined;
}

function sha256Hex(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/**
 * The hashes that a key signs with: first the one that cosign takes for it, then those that its older versions and KMS
 * services take. RSA names the hash inside of the signature.
 */
export function hashesOf(type: KeyType): readonly HashName[] {
  switch (type) {
    case "P-256":
      return ["sha256"];
    case "P-384":
      return ["sha384", "sha256"];
    case "P-521":
      return ["sha512", "sha256"];
    case "rsa":
      return ["sha256", "sha384", "sha512"];
    case "ed25519":
      return [];
  }
}
