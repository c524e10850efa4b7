import { sign as signWith } from "node:crypto";
import type { PublicKey } from "../crypto/public-key.ts";
import type { KeyPair } from "./private-key.ts";

/** Makes signatures for one run. What it signs with is never in anything that it gives out or throws. */
export interface Signer {
  /** How it is named in a plan: no secret. */
  readonly name: string;
  /** Signs bytes (not a digest of them); throws a SignError. */
  sign(bytes: Buffer, signal: AbortSignal): Promise<Signed>;
}

/** A signature, and what says whose it is. */
export interface Signed {
  /** ECDSA in DER or P1363, RSA with PKCS #1 v1.5, Ed25519. */
  readonly signature: Buffer;
  readonly by: SignedBy;
}

export type SignedBy =
  | { readonly kind: "key"; readonly key: PublicKey }
  | { readonly kind: "certificate"; readonly key: PublicKey; readonly der: Buffer };

/** Signs with a private key at hand. */
export function keySigner({ privateKey, publicKey }: KeyPair): Signer {
  return {
    name: `the key ${publicKey.id}`,
    sign: async (bytes) => ({
      signature: signBytes({ privateKey, publicKey }, bytes),
      by: { kind: "key", key: publicKey },
    }),
  };
}

/**
 * One signature over bytes: with SHA-256 whatever the curve, because `cosign verify-attestation --key` and sigstore-js
 * take no other (for P-384 and P-521 not even the SHA-384 and SHA-512 that `cosign attest` writes; measured, 3.1.3).
 */
export function signBytes({ privateKey, publicKey }: KeyPair, bytes: Buffer): Buffer {
  return signWith(publicKey.type === "ed25519" ? null : "sha256", bytes, privateKey);
}
