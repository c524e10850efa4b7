import type { Position } from "./diagnostic.ts";
import type { Digest } from "./digest.ts";

/** One entry of `policies/revocations.yaml`; it stays for ever, and only `rescinded` lifts it (issue 5 §2). */
export interface Revocation {
  readonly target: RevocationTarget;
  /** Signatures with an earlier trusted time stand; undefined: none do. */
  readonly revokedAt: string | undefined;
  readonly reason: string;
  readonly reference: string | undefined;
  readonly rescinded: { readonly at: string; readonly reason: string } | undefined;
  readonly at: Position;
}

export type RevocationTarget =
  /** `only`: not the indexes that contain it, nor its children. */
  | { readonly kind: "digest"; readonly digest: Digest; readonly only: boolean }
  /** The SHA-256 of a public key's SPKI. */
  | { readonly kind: "key"; readonly key: Digest }
  | { readonly kind: "authority"; readonly authority: string }
  /** A certificate's subject, exactly, and maybe its issuer. */
  | {
      readonly kind: "identity";
      readonly subject: string;
      readonly issuer: string | undefined;
    }
  | { readonly kind: "evidence"; readonly evidence: Digest }
  | {
      readonly kind: "versions";
      readonly project: string;
      readonly name: string;
      readonly range: string;
      /** Every digest that ever held such a name, under whatever name it is met. */
      readonly digests: readonly Digest[];
    };

/** One name for what an entry revokes, so that two readings of the file can be compared. */
export function revocationKey({ target }: Revocation): string {
  switch (target.kind) {
    case "digest":
      return `digest ${target.digest}`;
    case "key":
      return `key ${target.key}`;
    case "authority":
      return `authority ${target.authority}`;
    case "identity":
      return `identity ${target.issuer ?? "*"} ${target.subject}`;
    case "evidence":
      return `evidence ${target.evidence}`;
    case "versions":
      return `versions ${target.project}/${target.name} ${target.range}`;
  }
}
