import type {
  Channel,
  Digest,
  EvidenceFact,
  Kind,
  Lifecycle,
  Repository,
  Revocation,
  SubjectEvidence,
  TrustFacts,
  TrustPolicy,
} from "#model";
import type { KeyFile } from "./openssl-commands.ts";

/** One digest that would enter, or is in, one channel and environment, and everything that is known about it. */
export interface TrustQuestion {
  readonly artifact: TrustArtifact;
  readonly version: string;
  readonly digest: Digest;
  readonly lifecycle: Lifecycle;
  readonly channel: Channel;
  /** All channels, for the sites of those that `channel` comes after. */
  readonly channels: ReadonlyMap<string, Channel>;
  readonly environment: string | undefined;
  /** Every name that the digest holds or ever held on the base branch, this one included or not. */
  readonly names: readonly DigestName[];
  /** Undefined: there is no trust file. */
  readonly policy: TrustPolicy | undefined;
  /** Those of the base and of the head together; a lifted entry stands in both. */
  readonly revocations: readonly Revocation[];
  readonly facts: TrustFacts;
  /** Where the commands that show the same should look. */
  readonly reference: Repository | undefined;
  /** The policy's public keys by the SHA-256 of their SPKI, for those commands. */
  readonly keyFiles?: ReadonlyMap<Digest, KeyFile> | undefined;
  readonly now: Date;
}

export interface TrustArtifact {
  /** `project/name`. */
  readonly id: string;
  readonly project: string;
  readonly name: string;
  readonly kind: Kind;
  readonly source: Repository;
  readonly runtimeClass: string | undefined;
}

export interface DigestName {
  readonly project: string;
  readonly name: string;
  readonly version: string;
}

/** What one manifest has as evidence; one that was not asked is unknown. */
export function evidenceOf(question: TrustQuestion, subject: Digest): SubjectEvidence {
  return (
    question.facts.evidence.get(subject) ?? {
      facts: [],
      faults: [
        {
          code: "not-asked",
          message: `The evidence of ${subject} was not read.`,
          hint: undefined,
          retryable: true,
        },
      ],
    }
  );
}

/** When ages are judged: as the version first entered, where our own statement proves that; else now (issue 5 §2). */
export function agesAt({ facts, now }: TrustQuestion): number {
  const admitted = facts.admittedAt === undefined ? Number.NaN : Date.parse(facts.admittedAt);
  return Number.isNaN(admitted) ? now.getTime() : Math.min(admitted, now.getTime());
}

/** The predicate type of an attestation; undefined for other evidence. */
export function predicateTypeOf({ content }: EvidenceFact): string | undefined {
  return content.kind === "attestation" ? content.predicateType : undefined;
}
