import { MEDIA_TYPES, type Descriptor, type Digest } from "#model";
import { parseManifest, type ReadRepository } from "#stores";
import { attempt } from "./attempt.ts";
import { lookForEvidence, type Comparison } from "./compare-evidence.ts";
import { noteFacets } from "./target-notes.ts";

const MAX_MANIFESTS = 2_000;

/**
 * The closer look of `--deep` at one digest in place: every manifest below it is read, every blob asked for once a
 * repository, and every piece of evidence that the source has is looked for, with its own closure (contract §3).
 */
export async function lookDeep(
  comparison: Comparison,
  digest: Digest,
  blobs: BlobChecks,
  signal: AbortSignal,
): Promise<void> {
  const { target, notes } = comparison;
  await noteClosure(comparison, digest, { top: digest, blobs }, signal);
  const answer = await comparison.source.artifact(digest, signal);
  if (answer.kind === "fault") return noteFacets(notes, digest, { fault: answer.fault });
  if (answer.kind === "absent") return;
  const evidence = answer.artifact.evidence;
  await lookForEvidence(comparison, digest, evidence, signal);
  const lacking = new Set(notes.facets.get(digest)?.missingEvidence);
  const present = evidence
    .filter((piece) => !lacking.has(piece))
    .map((piece) => piece.descriptor.digest);
  for (const piece of new Set(present)) {
    const head = await attempt(() => target.head(piece, signal));
    if (head.kind === "value" && head.value)
      await noteClosure(comparison, piece, { top: digest, blobs }, signal);
  }
}

/** Remembers, for one target repository, which blobs were asked for. */
export type BlobChecks = Map<Digest, Promise<boolean>>;

/** Notes the manifests and blobs below `root` that the target lacks, as facets of `top`. */
async function noteClosure(
  { target, notes }: Comparison,
  root: Digest,
  { top, blobs }: { top: Digest; blobs: BlobChecks },
  signal: AbortSignal,
): Promise<void> {
  const walked = await attempt(() => missingBelow(target, root, blobs, signal));
  if (walked.kind === "fault") noteFacets(notes, top, { fault: walked.fault });
  else if (walked.value.length > 0) noteFacets(notes, top, { missing: walked.value });
}

async function missingBelow(
  target: ReadRepository,
  root: Digest,
  blobs: BlobChecks,
  signal: AbortSignal,
): Promise<readonly Descriptor[]> {
  const missing: Descriptor[] = [];
  const seen = new Set<Digest>([root]);
  let level: readonly Descriptor[] = [
    { digest: root, mediaType: MEDIA_TYPES.ociManifest, size: 0 },
  ];
  while (level.length > 0 && seen.size <= MAX_MANIFESTS) {
    const contents = await Promise.all(level.map((child) => contentsOf(target, child, signal)));
    const next: Descriptor[] = [];
    for (const [place, found] of contents.entries()) {
      if (found === undefined) {
        const child = level[place];
        if (child) missing.push(child);
        continue;
      }
      missing.push(...(await missingBlobs(target, found.blobs, blobs, signal)));
      for (const child of found.manifests) {
        if (!seen.has(child.digest)) next.push(child);
        seen.add(child.digest);
      }
    }
    level = next;
  }
  return missing;
}

async function contentsOf(
  target: ReadRepository,
  child: Descriptor,
  signal: AbortSignal,
): Promise<ReturnType<typeof parseManifest> | undefined> {
  const manifest = await target.manifest(child.digest, signal);
  return manifest && parseManifest(manifest, target.repository);
}

async function missingBlobs(
  target: ReadRepository,
  wanted: readonly Descriptor[],
  blobs: BlobChecks,
  signal: AbortSignal,
): Promise<readonly Descriptor[]> {
  const there = await Promise.all(
    wanted.map((blob) => {
      const known = blobs.get(blob.digest) ?? target.hasBlob(blob, signal);
      blobs.set(blob.digest, known);
      return known;
    }),
  );
  return wanted.filter((_, place) => there[place] === false);
}
