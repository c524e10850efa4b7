import { digestAlgorithm, digestHex, RELEASE_NOTES, type Descriptor, type Json } from "#model";
import type { VerifyingAuthority } from "../authority.ts";
import { checkOwn } from "./check-own.ts";
import { evidenceArtifact, type EvidenceArtifact } from "./evidence-artifact.ts";
import type { EvidenceSigner } from "./open-signer.ts";
import { sealStatement } from "./seal.ts";

/** Release notes to be signed, about what and by whom. */
export interface NotesStatement {
  /** The notes: the members of the statement's predicate. */
  readonly document: Readonly<Record<string, Json>>;
  readonly subject: Descriptor;
  readonly channel: string;
  /** Where the subject was put. */
  readonly to: string;
  readonly toolVersion: string;
  readonly now: Date;
  readonly with: EvidenceSigner;
  /** The signing authority of the policy in force. */
  readonly authority: VerifyingAuthority;
}

/**
 * Makes the statement of release notes about a digest in a channel, signed as our other statements are and verified under
 * the policy before anybody may push it (002-65). Throws a SignError.
 */
export async function makeNotes(
  notes: NotesStatement,
  signal: AbortSignal,
): Promise<EvidenceArtifact> {
  const { subject, channel, to, now, authority } = notes;
  const { signer, witnesses } = notes.with;
  const bundle = await sealStatement(statementOf(notes), signer, witnesses, signal);
  checkOwn({ bundle, subject, digest: subject.digest, channel, to, signer, authority, now });
  const predicateType = RELEASE_NOTES;
  return evidenceArtifact({ subject, bundle, predicateType, channel, repository: to, now });
}

function statementOf({ document, subject, channel, to, toolVersion, now }: NotesStatement): Buffer {
  const { digest } = subject;
  const statement: Json = {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: to, digest: { [digestAlgorithm(digest)]: digestHex(digest) } }],
    predicateType: RELEASE_NOTES,
    predicate: {
      ...document,
      channel,
      to: { repository: to, digest },
      time: now.toISOString(),
      tool: { name: "waybill", version: toolVersion },
    },
  };
  return Buffer.from(JSON.stringify(statement));
}
