import type { Digest } from "#model";
import { parseManifest, type ReadRepository } from "#stores";
import { attempt } from "./attempt.ts";
import { wantedDigests, type TargetQuestion } from "./questions.ts";
import { noteFault, type TargetNotes } from "./target-notes.ts";

/**
 * For digests that may be withdrawn, notes which indexes that stay list them (contract §3, `still-needed`). Indexes are
 * read only where there is such a digest; one that cannot be read leaves every candidate unknown.
 */
export async function noteHolders(
  target: ReadRepository,
  notes: TargetNotes,
  question: TargetQuestion,
  signal: AbortSignal,
): Promise<void> {
  const wanted = wantedDigests(question);
  const leaving = question.parts.flatMap((part) => part.leaves.map((want) => want.line.digest));
  const candidates = new Set(
    leaving.filter((digest) => notes.digests.has(digest) && !wanted.has(digest)),
  );
  if (candidates.size === 0) return;
  const heldBy = new Map<Digest, Digest[]>();
  const staying = [...notes.indexes].filter((digest) => !candidates.has(digest));
  for (const index of staying) {
    const read = await attempt(() => childrenOf(target, index, signal));
    if (read.kind === "fault")
      for (const digest of candidates) noteFault(notes, digest, read.fault);
    const children = read.kind === "value" ? read.value : [];
    for (const child of children) {
      if (candidates.has(child)) heldBy.set(child, [...(heldBy.get(child) ?? []), index]);
    }
  }
  notes.heldBy = heldBy;
}

async function childrenOf(
  target: ReadRepository,
  index: Digest,
  signal: AbortSignal,
): Promise<readonly Digest[]> {
  const manifest = await target.manifest(index, signal);
  return manifest
    ? parseManifest(manifest, target.repository).manifests.map((child) => child.digest)
    : [];
}
