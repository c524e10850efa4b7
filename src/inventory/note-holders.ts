import type { Digest } from "#model";
import type { ReadRepository } from "#stores";
import { attempt } from "./attempt.ts";
import { manifestsBelow } from "./manifests-below.ts";
import { wantedDigests, type TargetQuestion } from "./questions.ts";
import { noteFault, type TargetNotes } from "./target-notes.ts";

/**
 * For digests that may be withdrawn, notes which other indexes list them (contract §3, `still-needed`): one that may
 * leave too may turn out to stay. Indexes are read only where there is such a digest; one that cannot be read leaves
 * every candidate unknown.
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
  for (const index of notes.indexes) {
    const others = candidates.difference(new Set([index]));
    if (others.size === 0) continue;
    const read = await attempt(() => manifestsBelow(target, index, signal));
    for (const digest of others) {
      if (read.kind === "fault") noteFault(notes, digest, read.fault);
      else if (read.value.has(digest)) heldBy.set(digest, [...(heldBy.get(digest) ?? []), index]);
    }
  }
  notes.heldBy = heldBy;
}
