import type { TransparencyLogEntry } from "@sigstore/bundle";
import type { EvidenceContent, EvidenceForm } from "#model";
import type { HashName } from "./crypto/public-key.ts";

/** One signature with what it was made over and all that vouches for it, whatever format it came in. */
export interface Sealed {
  readonly content: SealedContent;
  readonly signature: Buffer;
  readonly signer: SealedSigner;
  readonly entries: readonly TransparencyLogEntry[];
  /** Timestamp responses (RFC 3161) in DER. */
  readonly timestamps: readonly Buffer[];
  /** What the timestamps are about, where that is not the signature: the whole layer, in cosign's `.att`. */
  readonly stamped: Buffer | undefined;
}

export type SealedContent =
  | { readonly kind: "dsse"; readonly payloadType: string; readonly payload: Buffer }
  /** Over a file or manifest, of which the evidence itself holds at most the digest. */
  | { readonly kind: "message"; readonly digest: MessageDigest | undefined }
  /** cosign's own payload, which names the digest of a manifest. */
  | { readonly kind: "simple-signing"; readonly payload: Buffer };

export interface MessageDigest {
  readonly hash: HashName;
  /** Lower-case hex. */
  readonly hex: string;
}

/** Who says to have signed; a hint and a key id prove nothing. */
export type SealedSigner =
  | { readonly kind: "certificate"; readonly der: Buffer }
  | { readonly kind: "key"; readonly hint: string | undefined };

/** A piece of evidence, read: it holds signatures, or none, or cannot be read. */
export type ReadEvidence =
  | {
      readonly kind: "signed";
      readonly form: EvidenceForm;
      /** Of a bundle, such as `0.3`. */
      readonly version: string | undefined;
      /** One for each signature; at least one. */
      readonly sealed: readonly Sealed[];
    }
  | { readonly kind: "unsigned"; readonly form: EvidenceForm; readonly content: EvidenceContent }
  | { readonly kind: "unreadable"; readonly form: EvidenceForm; readonly why: string };
