import type { Fault } from "./actual.ts";
import type { Json } from "./canonical-json.ts";
import type { Digest } from "./digest.ts";

/** How a piece of evidence is written: the word that `waybill.dev/verify/v1` shows as `form`. */
export type EvidenceForm =
  | "bundle"
  | "legacy"
  | "dsse"
  | "detached"
  | "sums"
  | "sbom"
  | "in-toto"
  | "notation"
  | "api"
  | "other";

/** Which of the checks decided about a piece of evidence (issue 5 §3). */
export type EvidenceCheck =
  | "parse"
  | "crypto"
  | "log"
  | "time"
  | "identity"
  | "subject"
  | "predicate"
  | "condition";

/**
 * One piece of evidence as the `trust` room read and checked it, whoever made it and in whatever format: what it is about,
 * what it says, and what became of it under each authority of the policy. It decides nothing.
 */
export interface EvidenceFact {
  /** Of the evidence itself: the referrer's or tag's manifest, or the layer where one manifest holds several. */
  readonly digest: Digest;
  readonly form: EvidenceForm;
  /** The manifest that it is about: named in what was signed, or bound by referrer or tag where nothing was. */
  readonly subject: Digest;
  readonly content: EvidenceContent;
  /** One for each authority that was tried; an authority that is not here was not tried. */
  readonly checks: readonly AuthorityCheck[];
  /** It carries no signature at all. */
  readonly unsigned: boolean;
}

export type EvidenceContent =
  | { readonly kind: "signature" }
  | {
      readonly kind: "attestation";
      readonly predicateType: string;
      readonly predicate: Json;
    }
  /** A software bill of materials by itself; the document as it was parsed. */
  | { readonly kind: "sbom"; readonly document: Json }
  /** It could not be read, or is of a format that nobody here evaluates, such as Notation's. */
  | { readonly kind: "unreadable"; readonly why: string };

/** The predicate type under which Harbor's own report on an artifact is a fact, as the host's API gives it (001-29). */
export const HARBOR_SCAN = "https://waybill.dev/harbor-scan/v1";

/** What became of one piece of evidence under one authority. */
export interface AuthorityCheck {
  readonly authority: string;
  readonly outcome: "pass" | "fail" | "unknown";
  /** The check that failed, or the last one that passed. */
  readonly check: EvidenceCheck;
  readonly expected?: string;
  readonly found?: string;
  /** Who signed, as far as that is proved. */
  readonly signer?: Signer;
  /** RFC 3339: the earliest time from a log or timestamp authority of the root; never what the signer wrote. */
  readonly trustedTime?: string;
}

/** Who signed: a key, or an identity in a certificate. */
export type Signer =
  /** The SHA-256 of the key's SPKI. */
  | { readonly kind: "key"; readonly key: Digest }
  | {
      readonly kind: "keyless";
      readonly issuer: string;
      readonly subject: string;
      /** Fulcio's extensions, decoded, by our names: `sourceRepository`, `sourceRepositoryDigest`, `runnerEnvironment`… */
      readonly extensions: Readonly<Record<string, string>>;
      /** The SHA-256 of the certificate's key, where it is known. */
      readonly key?: Digest;
    }
  /** A host that vouches by its API alone. */
  | { readonly kind: "host"; readonly host: string };

/** Everything that was found about one manifest, and what could not be read. */
export interface SubjectEvidence {
  readonly facts: readonly EvidenceFact[];
  /** While there is one, evidence may exist that nobody saw: what is not satisfied is unknown (promise 3). */
  readonly faults: readonly Fault[];
}

/** What the manifest and its configs say of themselves. */
export interface ImageFacts {
  /** Of the manifest; for a docker type the media type is enough. */
  readonly mediaType: string;
  readonly artifactType: string | undefined;
  readonly configMediaType: string | undefined;
  readonly annotations: Readonly<Record<string, string>>;
  /** Labels of the image's own config; none for an index. */
  readonly labels: Readonly<Record<string, string>>;
  /** An image has itself, an index its children that are platforms; artifacts that run nowhere have none. */
  readonly platforms: readonly PlatformFacts[];
  /** Every manifest below an index, to any depth. */
  readonly descendants: readonly Digest[];
  /** Indexes that are known to contain the manifest. */
  readonly containedIn: readonly Digest[];
}

/** One platform of an image. */
export interface PlatformFacts {
  readonly digest: Digest;
  /** `os/architecture` or `os/architecture/variant`. */
  readonly platform: string;
  readonly annotations: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
}

/** Something that was asked: what it is, or why that is not known. */
export type Known<Value> =
  | { readonly kind: "known"; readonly value: Value }
  | { readonly kind: "unknown"; readonly fault: Fault };

/** All that was observed and verified about one digest, for deciding about it. */
export interface TrustFacts {
  readonly image: Known<ImageFacts>;
  /** Subject → its evidence; a subject that was not asked is not here. */
  readonly evidence: ReadonlyMap<Digest, SubjectEvidence>;
  /** Evidence that was once read and was bad: it must still be there, or what it was about is unknown. */
  readonly onceBad: readonly OnceBad[];
  /** Our own verified statements about the digest in other channels, for `soak`. */
  readonly promotions: readonly VerifiedPromotion[];
  /** Channel → moving tag → what it names; undefined for a tag that is absent, no entry for one that is not known. */
  readonly movingTags: ReadonlyMap<string, ReadonlyMap<string, Digest | undefined>>;
  /** When this version first entered the channel, by our own verified statement; ages are judged as of then. */
  readonly admittedAt: string | undefined;
}

/** Evidence that was seen to refuse. */
export interface OnceBad {
  readonly evidence: Digest;
  readonly authority: string;
  readonly predicateType: string;
}

/** That a version reached a channel at a site, by a statement of ours that verifies under the current policy. */
export interface VerifiedPromotion {
  readonly channel: string;
  readonly site: string;
  /** RFC 3339. */
  readonly time: string;
}
