import type { EvidenceDemand, TextDemand } from "#model";
import type { PublicKey } from "./crypto/public-key.ts";
import type { TrustedRoot } from "./trusted-root.ts";

/** An authority of the policy with all that its files hold, ready to verify with. */
export type VerifyingAuthority = KeylessAuthority | KeyAuthority;

export interface KeylessAuthority {
  readonly kind: "keyless";
  readonly issuer: TextDemand;
  readonly subject: TextDemand;
  /** Of the certificate, by our names; each must be equal. */
  readonly extensions: ReadonlyMap<string, string>;
  readonly root: TrustedRoot;
  readonly evidence: EvidenceDemand;
}

export interface KeyAuthority {
  readonly kind: "keys";
  readonly keys: readonly VerifyingKey[];
  /** Whose logs and timestamps count; undefined: nobody's. */
  readonly root: TrustedRoot | undefined;
  readonly evidence: EvidenceDemand;
}

/** A key, and when it may have signed; the end is included. */
export interface VerifyingKey {
  readonly key: PublicKey;
  readonly validFrom: Date | undefined;
  readonly validTo: Date | undefined;
}

/**
 * What the instance behind a root gives to whoever signs there, and so what is asked where no policy says: a log entry if
 * it has logs, a promise of its certificate log if it has one. A key needs neither (issue 5 §2).
 */
export function usualDemand(root: TrustedRoot, kind: VerifyingAuthority["kind"]): EvidenceDemand {
  const { tlogs, ctlogs } = root.material;
  const isKeyless = kind === "keyless";
  return {
    tlog: isKeyless && tlogs.length > 0 ? "required" : "optional",
    inclusionProof: "optional",
    timestamp: "optional",
    sct: isKeyless && ctlogs.length > 0 ? "required" : "none",
  };
}
