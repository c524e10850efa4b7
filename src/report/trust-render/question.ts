import type { EvidenceDemand, Glob, TextDemand, TrustException, TrustRule } from "#model";

/** One rule to say again in another tool's words, with all that its files hold (002-78). */
export interface RuleQuestion {
  readonly rule: TrustRule;
  /** By name: every authority that the rule names. */
  readonly signers: ReadonlyMap<string, RuleSigner>;
  /** Repositories of registries where the rule's artifacts are placed. */
  readonly places: readonly Glob[];
  /** The artifacts that git lists now, and where each is placed. */
  readonly artifacts: readonly PlacedArtifact[];
  /** Exceptions that this rule has now. */
  readonly exceptions: readonly TrustException[];
}

/** An artifact that a rule selects, its own source, and its places in registries. */
export interface PlacedArtifact {
  readonly id: string;
  readonly source: string;
  readonly places: readonly string[];
}

/** Somebody whom a rule believes, as far as other tools can. */
export type RuleSigner =
  | {
      readonly kind: "keys";
      readonly name: string;
      readonly keys: readonly RuleKey[];
      readonly evidence: EvidenceDemand;
      readonly signatureRepository: string | undefined;
      /** What was left out of its keys, and why; for a person. */
      readonly left: readonly string[];
    }
  | {
      readonly kind: "keyless";
      readonly name: string;
      readonly issuer: TextDemand;
      readonly subject: TextDemand;
      readonly extensions: ReadonlyMap<string, string>;
      /** Its trusted root, as JSON text. */
      readonly root: { readonly name: string; readonly text: string } | undefined;
      readonly evidence: EvidenceDemand;
      readonly signatureRepository: string | undefined;
    }
  | { readonly kind: "none"; readonly name: string; readonly why: string };

/** A public key in PEM, and the hash that cosign signs with under it; undefined: it has none of its own. */
export interface RuleKey {
  readonly pem: string;
  readonly file: string;
  readonly hash: "sha256" | "sha384" | "sha512" | undefined;
}

/** A rule in another tool's words, and everything that they cannot say. */
export interface RenderedRule {
  readonly text: string;
  /** A sentence each, for a person. */
  readonly cannot: readonly string[];
}

/** A signer with one key or identity, under a name of its own. */
export interface OneSigner {
  readonly id: string;
  readonly signer: Exclude<RuleSigner, { readonly kind: "none" }>;
  /** Undefined: it is an identity. */
  readonly key: RuleKey | undefined;
}

/** The signers behind some names, one for each key or identity: what a count counts (issue 5 §2). */
export function oneByOne(
  { signers }: RuleQuestion,
  names: readonly string[],
): readonly OneSigner[] {
  return names.flatMap((name): readonly OneSigner[] => {
    const signer = signers.get(name);
    if (signer === undefined || signer.kind === "none") return [];
    if (signer.kind === "keyless") return [{ id: name, signer, key: undefined }];
    return signer.keys.map((key, index) => ({
      id: signer.keys.length === 1 ? name : `${name}-${index + 1}`,
      signer,
      key,
    }));
  });
}
