import type { EvidenceDemand } from "#model";
import {
  bestOf,
  parsePublicKey,
  parseTrustedRoot,
  readEvidenceFile,
  verifyEvidence,
  type Artifact,
  type TrustedRoot,
  type Verification,
  type VerifyingAuthority,
} from "#trust";
import { ISSUER, rootBytes, SUBJECT } from "./sigstore.ts";

/** Nothing is asked beyond the signature; a keyless authority still asks for one of log entry and timestamp. */
export const ASK_NOTHING: EvidenceDemand = {
  tlog: "optional",
  inclusionProof: "optional",
  timestamp: "optional",
  sct: "none",
};

/** An authority of keys, in PEM, each with a time of validity or none. */
export function keyAuthority(
  keys: readonly (
    | string
    | { readonly pem: string; readonly from?: string; readonly to?: string }
  )[],
  { root, evidence = ASK_NOTHING }: { root?: TrustedRoot; evidence?: EvidenceDemand } = {},
): VerifyingAuthority {
  return {
    kind: "keys",
    root,
    evidence,
    keys: keys.map((item) => {
      const { pem, from, to } =
        typeof item === "string" ? { pem: item, from: undefined, to: undefined } : item;
      const key = parsePublicKey(Buffer.from(pem));
      if (typeof key === "string") throw new Error(key);
      return {
        key,
        validFrom: from === undefined ? undefined : new Date(from),
        validTo: to === undefined ? undefined : new Date(to),
      };
    }),
  };
}

/** Reads a root that must be one. */
export function rootOf(document: object): TrustedRoot {
  const root = parseTrustedRoot(rootBytes(document));
  if (typeof root === "string") throw new Error(root);
  return root;
}

/** An authority of the one identity that the test instance's certificates have. */
export function workflowAuthority(
  root: TrustedRoot,
  more: {
    readonly evidence?: EvidenceDemand;
    readonly extensions?: Readonly<Record<string, string>>;
    readonly subject?: string;
    readonly issuer?: string;
  } = {},
): VerifyingAuthority {
  return {
    kind: "keyless",
    root,
    evidence: more.evidence ?? ASK_NOTHING,
    issuer: { kind: "exactly", text: more.issuer ?? ISSUER },
    subject: { kind: "exactly", text: more.subject ?? SUBJECT },
    extensions: new Map(Object.entries(more.extensions ?? {})),
  };
}

export const NOW: Date = new Date("2026-11-20T00:00:00Z");

/** Verifies a document, or bytes, and gives the result that says most. */
export function check(
  evidence: object | Buffer,
  authority: VerifyingAuthority,
  {
    artifact,
    wanted,
    now = NOW,
  }: { readonly artifact: Artifact; readonly wanted?: string; readonly now?: Date },
): Verification {
  const bytes = Buffer.isBuffer(evidence) ? evidence : Buffer.from(JSON.stringify(evidence));
  return bestOf(verifyEvidence(readEvidenceFile(bytes), { artifact, authority, wanted, now }));
}
