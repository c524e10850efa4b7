import { MEDIA_TYPES, type Descriptor, type Digest, type Evidence } from "#model";
import { parseManifest, type ReadRepository } from "#stores";
import { attempt } from "./attempt.ts";
import { MAX_MANIFESTS, tooManyManifests } from "./caps.ts";
import { lookForEvidence, type Comparison } from "./compare-evidence.ts";
import { noteFacets } from "./target-notes.ts";

/** Remembers, for one target repository, which blobs were asked for. */
export type BlobChecks = Map<Digest, Promise<boolean>>;

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
  const { notes } = comparison;
  await noteClosure(comparison, digest, { top: digest, blobs }, signal);
  const answer = await comparison.source.artifact(digest, signal);
  if (answer.kind === "fault") return noteFacets(notes, digest, { fault: answer.fault });
  if (answer.kind === "absent") return;
  const { evidence } = answer.artifact;
  await lookForEvidence(comparison, digest, evidence, signal);
  const found = notes.facets.get(digest);
  const lacking = new Set(found?.missingEvidence);
  const diverged = new Set(found?.divergedEvidence);
  const there = evidence.filter(
    (piece) => !lacking.has(piece) && !(piece.form === "tag" && diverged.has(piece.tag)),
  );
  // A manifest may be evidence about two subjects; one look is enough.
  const pieces = new Map(there.map((piece) => [piece.descriptor.digest, piece]));
  for (const piece of pieces.values())
    await notePiece(comparison, piece, { top: digest, blobs }, signal);
}

interface Walk {
  /** Whose facets it is about. */
  readonly top: Digest;
  readonly blobs: BlobChecks;
}

/** Looks at the closure of evidence that the target lists; what it only lists, as a lost manifest in an index, is missing. */
async function notePiece(
  comparison: Comparison,
  piece: Evidence,
  walk: Walk,
  signal: AbortSignal,
): Promise<void> {
  const { target, notes } = comparison;
  const { digest } = piece.descriptor;
  const head = await attempt(() => target.head(digest, signal));
  if (head.kind === "fault") noteFacets(notes, walk.top, { fault: head.fault });
  else if (head.value === undefined) noteFacets(notes, walk.top, { missingEvidence: [piece] });
  else await noteClosure(comparison, digest, walk, signal);
}

/** Notes the manifests and blobs below `root` that the target lacks. */
async function noteClosure(
  { target, notes }: Comparison,
  root: Digest,
  { top, blobs }: Walk,
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
  while (level.length > 0) {
    if (seen.size > MAX_MANIFESTS) throw tooManyManifests(target.repository, root);
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
