import type { Json } from "./canonical-json.ts";
import type { Kind } from "./desired.ts";
import type { Position } from "./diagnostic.ts";
import type { Glob } from "./glob.ts";
import type { Pattern } from "./pattern.ts";

/** What is known of an artifact's trust at one channel and environment; it never mixes with its lifecycle (003-07…13). */
export const TRUST_STATES = ["unverified", "verified", "failed_verification", "revoked"] as const;
export type TrustState = (typeof TRUST_STATES)[number];

/** `policies/trust.yaml`: who is believed, and what is asked (issue 5 §2). */
export interface TrustPolicy {
  readonly roots: ReadonlyMap<string, TrustRoot>;
  readonly authorities: ReadonlyMap<string, Authority>;
  /** The only repositories that artifacts may come from, with `{project}`; undefined: any. */
  readonly allowedSources: readonly Glob[] | undefined;
  readonly neverPromote: readonly NeverPromote[];
  readonly rules: readonly TrustRule[];
  readonly exceptions: readonly TrustException[];
  readonly signing: Signing | undefined;
  readonly noMatch: "deny" | "allow";
}

/** A trusted root (Sigstore's `trusted_root.json`) that lies in git beside the policy. */
export interface TrustRoot {
  readonly name: string;
  readonly file: string;
  /** Of the file's bytes, 64 lower-case hex. */
  readonly sha256: string;
  /** A day or a time. */
  readonly fetchedAt: string;
  /** In milliseconds. */
  readonly maxAge: number | undefined;
  readonly onStale: "warn" | "fail";
  readonly at: Position;
}

/** Somebody whose evidence may count, under a name that rules use. */
export interface Authority {
  readonly name: string;
  readonly identity: AuthorityIdentity;
  readonly evidence: EvidenceDemand;
  /** Where its signatures lie beside the artifact's own repository. */
  readonly signatureRepository: string | undefined;
  readonly at: Position;
}

export type AuthorityIdentity =
  | { readonly kind: "keyless"; readonly keyless: KeylessIdentity }
  | { readonly kind: "keys"; readonly keys: readonly AuthorityKey[] }
  /** Harbor's own scan of the host: it signs nothing, the host itself is the authority (001-29). */
  | { readonly kind: "harbor"; readonly host: string };

/** An identity in a certificate; issuer and subject are compared exactly, or by an anchored pattern. */
export interface KeylessIdentity {
  readonly issuer: TextDemand;
  readonly subject: TextDemand;
  readonly root: string | undefined;
  /** Fulcio's extensions by our names, such as `sourceRepository`; each must be equal. */
  readonly extensions: ReadonlyMap<string, string>;
}

export type TextDemand =
  | { readonly kind: "exactly"; readonly text: string }
  | { readonly kind: "pattern"; readonly pattern: Pattern };

/** A public key, and when it may have signed; without dates no trusted time is asked. */
export interface AuthorityKey {
  readonly file: string;
  readonly validFrom: string | undefined;
  readonly validTo: string | undefined;
  readonly at: Position;
}

/** What a signature must bring with it: a log entry, its proof, a timestamp, a certificate's own log entry. */
export interface EvidenceDemand {
  readonly tlog: Demand;
  readonly inclusionProof: Demand;
  readonly timestamp: Demand;
  readonly sct: Demand;
}

/** `optional` on both `tlog` and `timestamp` of a keyless authority still asks for one of them. */
export type Demand = "required" | "optional" | "none";

/** What is never promoted, whatever else it has (002-34). */
export interface NeverPromote {
  readonly sources: readonly Glob[] | undefined;
  readonly projects: readonly Glob[] | undefined;
  readonly names: readonly Glob[] | undefined;
  readonly kinds: readonly Kind[] | undefined;
  readonly channels: readonly Glob[] | undefined;
  readonly reason: string;
  readonly at: Position;
}

/** One rule: what it is for, how strict it is, and everything that it asks. */
export interface TrustRule {
  readonly name: string;
  readonly match: RuleMatch;
  readonly mode: "enforce" | "warn";
  readonly coverage: Coverage;
  readonly require: readonly Requirement[];
  readonly at: Position;
}

/** Which manifests each requirement asks for: the digest itself, each of its platforms, or both. */
export type Coverage = "index" | "platforms" | "all";

/** A key that is undefined matches everything. */
export interface RuleMatch {
  readonly projects: readonly Glob[] | undefined;
  readonly names: readonly Glob[] | undefined;
  readonly kinds: readonly Glob[] | undefined;
  readonly sources: readonly Glob[] | undefined;
  readonly channels: readonly Glob[] | undefined;
  readonly environments: readonly Glob[] | undefined;
  readonly runtimeClasses: readonly Glob[] | undefined;
}

/** The keys of a match; all of them must hold. */
export const MATCH_KEYS: readonly (keyof RuleMatch)[] = [
  "projects",
  "names",
  "kinds",
  "sources",
  "channels",
  "environments",
  "runtimeClasses",
];

export type Requirement =
  | SignatureRequirement
  | SbomRequirement
  | ProvenanceRequirement
  | VulnerabilitiesRequirement
  | AttestationRequirement;

export const SIGNATURE_FORMATS = ["bundle", "legacy", "detached"] as const;
export type SignatureFormat = (typeof SIGNATURE_FORMATS)[number];

export interface SignatureRequirement {
  readonly type: "signature";
  readonly signedBy: readonly string[];
  /** Distinct keys or identities. */
  readonly count: number;
  readonly formats: readonly SignatureFormat[];
  /** `vulnerabilities`: signed, by trusted time, after a scan that satisfies the rule (001-10). */
  readonly after: "vulnerabilities" | undefined;
  readonly at: Position;
}

export interface SbomRequirement {
  readonly type: "sbom";
  readonly formats: readonly ("spdx" | "cyclonedx")[];
  /** Undefined: nobody need have signed it. */
  readonly signedBy: readonly string[] | undefined;
  readonly unsigned: boolean;
  readonly at: Position;
}

export interface ProvenanceRequirement {
  readonly type: "provenance";
  readonly signedBy: readonly string[];
  /** Undefined: any builder. */
  readonly builders: readonly Builder[] | undefined;
  readonly sourceRepository: string | undefined;
  /** `declared`: the provenance says so; `rebuilt`: two builders signed provenance of the same digest (002-77). */
  readonly reproducibility: "none" | "declared" | "rebuilt";
  readonly maxAge: number | undefined;
  readonly at: Position;
}

/** A builder's id, exactly, and the highest SLSA level that is believed of it. */
export interface Builder {
  readonly id: string;
  readonly maxLevel: number | undefined;
}

export const SEVERITIES = ["negligible", "low", "medium", "high", "critical"] as const;
export type Severity = (typeof SEVERITIES)[number];

export interface VulnerabilitiesRequirement {
  readonly type: "vulnerabilities";
  readonly signedBy: readonly string[];
  readonly block: readonly SeverityBlock[];
  /** Whose VEX statements count as mitigation; undefined: nobody's. */
  readonly vexSignedBy: readonly string[] | undefined;
  /** In milliseconds. */
  readonly maxAge: number | undefined;
  readonly unsigned: boolean;
  readonly at: Position;
}

/** Blocks this severity and those above it. */
export interface SeverityBlock {
  readonly severity: Severity;
  readonly unlessMitigated: boolean;
}

export interface AttestationRequirement {
  readonly type: "attestation";
  readonly predicateType: string;
  readonly signedBy: readonly string[];
  readonly count: number;
  /** One statement must meet all of them. */
  readonly where: readonly Condition[];
  readonly maxAge: number | undefined;
  readonly unsigned: boolean;
  readonly at: Position;
}

/**
 * What a value at a JSON Pointer must be. Data that is absent, or of another type than the operator's, never satisfies
 * one, whatever the operator.
 */
export type Condition =
  | { readonly op: "eq"; readonly path: string; readonly value: Json }
  | { readonly op: "in"; readonly path: string; readonly values: readonly Json[] }
  | { readonly op: "matches"; readonly path: string; readonly pattern: Pattern }
  | { readonly op: "lte" | "gte"; readonly path: string; readonly value: number }
  | { readonly op: "exists"; readonly path: string }
  /** The value is a time, and lies longer ago than so many milliseconds. */
  | { readonly op: "olderThan"; readonly path: string; readonly milliseconds: number };

/** One vulnerability of one artifact that a rule lets pass, with a reason and an end. */
export interface TrustException {
  readonly rule: string;
  readonly vulnerability: string;
  /** A glob over `project/name`. */
  readonly artifact: Glob;
  readonly reason: string;
  readonly until: string;
  readonly at: Position;
}

/** Who signs our own statements, and the id of the verifier that they name. */
export interface Signing {
  readonly authority: string;
  readonly verifierId: string;
  readonly at: Position;
}
