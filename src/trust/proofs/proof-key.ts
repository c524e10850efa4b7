import { createHash } from "node:crypto";
import type { Artifact } from "../artifact.ts";
import type { VerifyingAuthority } from "../authority.ts";
import type { FoundEvidence } from "../examine.ts";

/**
 * All of an authority that a proof depends on: its keys and root by their hashes, and what is asked of logs. Whom it
 * names, and when its keys are valid, is judged afterwards.
 */
export function basisOf(authority: VerifyingAuthority): string {
  const { tlog, inclusionProof, timestamp, sct } = authority.evidence;
  const keys = authority.kind === "keys" ? authority.keys.map(({ key }) => key.id) : [];
  return JSON.stringify([
    authority.kind,
    keys,
    authority.root?.sha256 ?? null,
    [tlog, inclusionProof, timestamp, sct],
  ]);
}

/** What proofs of one piece of evidence are about. */
export interface ProofSubject {
  readonly found: FoundEvidence;
  readonly artifact: Artifact;
  readonly basis: string;
}

/** The name of those proofs, in hex: no two that could differ have the same (issue 5 §3). */
export function proofKey({ found, artifact, basis }: ProofSubject, code: string): string {
  const annotations =
    found.mediaType === undefined ? [] : Object.entries(found.annotations).toSorted(byName);
  return sha256(
    JSON.stringify([
      code,
      found.mediaType ?? null,
      annotations,
      sha256(found.bytes),
      [...artifact.digests].toSorted(byName),
      artifact.bytes === undefined ? null : sha256(artifact.bytes),
      basis,
    ]),
  );
}

function byName([a]: readonly [string, string], [b]: readonly [string, string]): number {
  return a < b ? -1 : 1;
}

function sha256(data: string | Uint8Array): string {
  return createHash("sha256").update(data).digest("hex");
}
