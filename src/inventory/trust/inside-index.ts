import type { Digest, EvidenceFact, Fault, SubjectEvidence } from "#model";
import type { ReadRepository } from "#stores";
import { attempt } from "../attempt.ts";
import { piecesOf } from "./evidence-pieces.ts";
import { examinePiece, type Examination } from "./examine-piece.ts";

/** More statements than BuildKit makes of one platform. */
const MOST_PIECES = 16;

/**
 * Statements about a platform that its own index lists beside it, as BuildKit makes them (`--sbom`, `--provenance`):
 * unsigned, and part of the version's digest. For telling what is in a version; no rule counts them.
 */
export async function readInside(
  repository: ReadRepository,
  attestation: Digest,
  examination: Examination,
  signal: AbortSignal,
): Promise<SubjectEvidence> {
  const { subject } = examination;
  const manifest = { digest: attestation, by: "tag", hint: undefined } as const;
  const read = await attempt(() => piecesOf(repository, manifest, subject, signal));
  if (read.kind === "fault") return { facts: [], faults: [read.fault] };
  const facts: EvidenceFact[] = [];
  const faults: Fault[] = [];
  const pieces = read.value.flatMap((each) => (each.kind === "pieces" ? each.pieces : []));
  for (const piece of pieces.slice(0, MOST_PIECES)) {
    const fact = await attempt(() => examinePiece(repository, piece, examination, signal));
    if (fact.kind === "fault") faults.push(fact.fault);
    else facts.push(fact.value);
  }
  return { facts, faults };
}
