import { createHash } from "node:crypto";

/** Hash algorithms the double knows (OCI image spec, registered algorithms). */
export type Algorithm = "sha256" | "sha512";

const HEX_LENGTH: Readonly<Record<Algorithm, number>> = { sha256: 64, sha512: 128 };

/** The digest of some bytes, `algorithm:hex`. */
export function digestOf(bytes: Uint8Array | string, algorithm: Algorithm = "sha256"): string {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}`;
}

/** The algorithm of a well-formed digest, or undefined where the text is no digest we accept. */
export function algorithmOf(text: string): Algorithm | undefined {
  const match = /^(sha256|sha512):([0-9a-f]+)$/u.exec(text);
  const [, name, hex] = match ?? [];
  if ((name !== "sha256" && name !== "sha512") || hex?.length !== HEX_LENGTH[name]) {
    return undefined;
  }
  return name;
}

/** Whether the bytes hash to the digest; false for a digest of an unknown form. */
export function matchesDigest(bytes: Uint8Array, digest: string): boolean {
  const algorithm = algorithmOf(digest);
  return algorithm !== undefined && digestOf(bytes, algorithm) === digest;
}
