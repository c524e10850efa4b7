import { PROMOTION, VSA, type Descriptor } from "#model";
import type { VerifyingAuthority } from "../authority.ts";
import { checkOwn } from "./check-own.ts";
import { evidenceArtifact, type EvidenceArtifact } from "./evidence-artifact.ts";
import type { EvidenceSigner } from "./open-signer.ts";
import type { OwnStatement } from "./own-statement.ts";
import { sealStatement } from "./seal.ts";
import { statementsOf, type PromotionFacts } from "./statements.ts";

/** What our evidence is made of, with what, and who must find it good. */
export interface EvidenceRequest {
  readonly facts: PromotionFacts;
  /** What each manifest lacks: the digest itself, its platforms, or both. */
  readonly lacking: readonly Lacking[];
  readonly with: EvidenceSigner;
  /** The signing authority of the policy in force. */
  readonly authority: VerifyingAuthority;
}

/** A manifest, and which of our statements are not attached to it yet. */
export interface Lacking {
  readonly subject: Descriptor;
  readonly types: readonly OwnStatement["type"][];
}

/**
 * Makes our two statements about a digest in a channel, each signed once and attached to all that lack it. What is made is
 * verified under our own policy before anybody may push it: a signer that is not the policy's signs nothing that is kept
 * (kubernetes/release #2789). Throws a SignError.
 */
export async function makeEvidence(
  request: EvidenceRequest,
  signal: AbortSignal,
): Promise<readonly EvidenceArtifact[]> {
  const { facts } = request;
  const { vsa, promotion } = statementsOf(facts);
  const made: EvidenceArtifact[] = [];
  for (const [type, statement, predicateType] of [
    ["vsa", vsa, VSA],
    ["promotion", promotion, PROMOTION],
  ] as const) {
    const subjects = request.lacking.filter(({ types }) => types.includes(type));
    if (subjects.length === 0) continue;
    const { signer, witnesses } = request.with;
    const bundle = await sealStatement(statement, signer, witnesses, signal);
    for (const { subject } of subjects) {
      const { channel, to: repository, digest, now } = facts;
      const { authority } = request;
      checkOwn({ bundle, subject, digest, channel, to: repository, signer, authority, now });
      made.push(evidenceArtifact({ subject, bundle, predicateType, channel, repository, now }));
    }
  }
  return made;
}
