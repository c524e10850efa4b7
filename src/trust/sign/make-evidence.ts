import { digestHex, PROMOTION, VSA, type AuthorityCheck, type Descriptor } from "#model";
import { artifactOfDigest } from "../artifact.ts";
import type { VerifyingAuthority } from "../authority.ts";
import { examine } from "../examine.ts";
import { evidenceArtifact, type EvidenceArtifact } from "./evidence-artifact.ts";
import type { EvidenceSigner } from "./open-signer.ts";
import { readOwnStatement, type OwnStatement } from "./own-statement.ts";
import { BUNDLE_TYPE, sealStatement } from "./seal.ts";
import { SignError } from "./sign-error.ts";
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
      checkOwn(bundle, subject, request);
      const { channel, to: repository, now } = facts;
      made.push(evidenceArtifact({ subject, bundle, predicateType, channel, repository, now }));
    }
  }
  return made;
}

function checkOwn(
  bundle: Buffer,
  subject: Descriptor,
  { facts, authority, ...more }: EvidenceRequest,
): void {
  const fact = examine(
    { mediaType: BUNDLE_TYPE, bytes: bundle, annotations: {} },
    {
      digest: subject.digest,
      subject: subject.digest,
      artifact: artifactOfDigest(subject.digest),
      authorities: new Map([["signing", authority]]),
      now: facts.now,
      others: [],
    },
  );
  const own = readOwnStatement(fact.content);
  const isOurs =
    own?.channel === facts.channel && own.repository === facts.to && own.digest === facts.digest;
  const [check] = fact.checks;
  if (isOurs && check?.outcome === "pass") return;
  throw new SignError({
    code: "sign-unverified",
    message: `What ${more.with.signer.name} signed about ${digestHex(facts.digest).slice(0, 12)} does not verify under policies/trust.yaml, so it was not pushed${whyOf(check)}.`,
    hint: "give apply the key or identity of the authority that `signing` names, or correct that authority",
  });
}

function whyOf(check: AuthorityCheck | undefined): string {
  if (check === undefined || check.outcome === "pass") return "";
  const found = check.found === undefined ? "" : `, found ${check.found}`;
  return `: ${check.check}, expected ${check.expected ?? "it to hold"}${found}`;
}
