import type { Descriptor, Digest, Evidence, Manifest, ManifestContents, Repository } from "#model";
import { parseManifest, StoreError, supersedes, type Stores } from "#stores";
import type { BlobMover } from "./blob-mover.ts";

/** One copy under way: where from, where to, and what moves its blobs. */
export interface Copying {
  readonly from: Repository;
  readonly to: Repository;
  readonly stores: Stores;
  readonly mover: BlobMover;
  /** The target held the manifest already: a repair. */
  readonly repair: boolean;
  /** Manifests of this copy that were written by digest, or are being: one that is listed many times is written once. */
  readonly written: Map<Digest, Promise<void>>;
}

/** Most manifests of one copy; what an index or evidence says of itself is somebody else's word. */
const MAX_MANIFESTS = 20_000;

/**
 * Puts everything below a manifest into the target, blobs first, then child manifests from the leaves up; the manifest
 * itself is left to the caller, who writes it last and under its tags (promise 4).
 */
export async function copyBelow(
  copying: Copying,
  digest: Digest,
  signal: AbortSignal,
): Promise<Manifest> {
  const manifest = await readSource(copying, digest, signal);
  const contents = parseManifest(manifest, copying.from);
  await Promise.all([
    ...largestFirst(contents).map((blob) =>
      copying.mover.move({ ...copying, blob, look: copying.repair }, signal),
    ),
    ...contents.manifests.map((child) => copyWhole(copying, child.digest, signal)),
  ]);
  return manifest;
}

/** Copies a manifest with all that is below it, and writes it by its digest, once a copy. */
async function copyWhole(copying: Copying, digest: Digest, signal: AbortSignal): Promise<void> {
  const { written } = copying;
  const known = written.get(digest);
  if (known) return known;
  if (written.size >= MAX_MANIFESTS) throw tooMany(copying, digest);
  const copied = copyAndPut(copying, digest, signal);
  written.set(digest, copied);
  try {
    await copied;
  } catch (error) {
    // A copy that is tried again, its subject first, tries this one again too.
    written.delete(digest);
    throw error;
  }
}

async function copyAndPut(copying: Copying, digest: Digest, signal: AbortSignal): Promise<void> {
  const manifest = await copyBelow(copying, digest, signal);
  await copying.stores.write(copying.to).putManifest(manifest, [], signal);
}

function tooMany({ from }: Copying, digest: Digest): StoreError {
  return new StoreError({
    code: "too-large",
    message: `${from} lists more than ${MAX_MANIFESTS} manifests for one artifact.`,
    hint: "Push it as several smaller indexes, or with less evidence, and register those.",
    repository: from,
    digest,
    retryable: false,
  });
}

async function readSource(
  copying: Copying,
  digest: Digest,
  signal: AbortSignal,
): Promise<Manifest> {
  const manifest = await copying.stores.read(copying.from).manifest(digest, signal);
  if (manifest) return manifest;
  throw new StoreError({
    code: "not-found",
    message: `${copying.from} no longer holds ${digest}.`,
    hint: "Push it there again, or take the version out of the promotion file.",
    repository: copying.from,
    digest,
  });
}

function largestFirst(contents: ManifestContents): readonly Descriptor[] {
  return contents.blobs.toSorted((a, b) => b.size - a.size);
}

/**
 * Copies evidence, subjects before what refers to them (evidence about evidence comes after it). Where a store wants
 * the subject first, the caller writes it by digest and asks again.
 */
export async function copyEvidence(
  copying: Copying,
  evidence: readonly Evidence[],
  signal: AbortSignal,
): Promise<readonly string[]> {
  const diverged: string[] = [];
  for (const level of evidenceLevels(evidence)) {
    await Promise.all(
      level.map(async (piece) => {
        if (piece.form === "referrer") return copyReferrer(copying, piece, signal);
        if (!(await copyEvidenceTag(copying, piece, signal))) diverged.push(piece.tag);
      }),
    );
  }
  return diverged;
}

/**
 * Copies a referrer, unless the source's list of referrers is wrong: then the copy fails aloud, so that no signature is
 * lost in silence and nothing is copied that no store would ever list as evidence.
 */
async function copyReferrer(
  copying: Copying,
  { subject, descriptor }: Extract<Evidence, { form: "referrer" }>,
  signal: AbortSignal,
): Promise<void> {
  const { from, stores } = copying;
  const manifest = await stores.read(from).manifest(descriptor.digest, signal);
  if (manifest === undefined) {
    throw wrongList(copying, descriptor.digest, `about ${subject}, and does not hold it`);
  }
  const named = parseManifest(manifest, from).subject?.digest;
  if (named === subject) return copyWhole(copying, descriptor.digest, signal);
  const what = `about ${subject}, and it is about ${named ?? "nothing"}`;
  throw wrongList(copying, descriptor.digest, what);
}

function wrongList({ from }: Copying, digest: Digest, what: string): StoreError {
  return new StoreError({
    code: "invalid-answer",
    message: `${from} lists ${digest} as evidence ${what}.`,
    hint: "Push that evidence there again, or take it out of the index of referrers.",
    repository: from,
    digest,
    retryable: false,
  });
}

/** Sorts evidence into levels: what is about evidence of one level comes in a later one. */
function evidenceLevels(evidence: readonly Evidence[]): readonly (readonly Evidence[])[] {
  const levels: Evidence[][] = [];
  const levelOf = new Map<Digest, number>();
  for (const piece of evidence) {
    const level = (levelOf.get(piece.subject) ?? -1) + 1;
    const known = levelOf.get(piece.descriptor.digest);
    if (known === undefined) levelOf.set(piece.descriptor.digest, level);
    (levels[level] ??= []).push(piece);
  }
  return levels;
}

/**
 * Writes evidence under its tag. A tag that names something older is replaced (cosign appends); one that holds what the
 * source lacks is left alone: false.
 */
async function copyEvidenceTag(
  copying: Copying,
  piece: Extract<Evidence, { form: "tag" }>,
  signal: AbortSignal,
): Promise<boolean> {
  const target = copying.stores.write(copying.to);
  const head = await target.head(piece.tag, signal);
  if (head?.digest === piece.descriptor.digest && !copying.repair) return true;
  const manifest = await copyBelow(copying, piece.descriptor.digest, signal);
  const older =
    head && head.digest !== manifest.digest
      ? await target.manifest(head.digest, signal)
      : undefined;
  if (older && !supersedes(manifest, older)) return false;
  const [outcome] = await target.putManifest(
    manifest,
    [{ tag: piece.tag, expect: head?.digest }],
    signal,
  );
  if (outcome === undefined || outcome.kind === "written") return true;
  if (outcome.kind === "failed") throw outcome.error;
  throw new StoreError({
    code: "conflict",
    message: `The tag ${piece.tag} of ${copying.to} changed while it was being written.`,
    hint: "Run apply again.",
    repository: copying.to,
    digest: piece.descriptor.digest,
  });
}
