import { fallbackTag, type Digest, type Evidence, type Facets } from "#model";
import { supersedes, type ReadRepository, type TagListing } from "#stores";
import { attempt } from "./attempt.ts";
import { manifestsBelow } from "./manifests-below.ts";
import type { EvidenceBySubject, SourceEvidence } from "./source-evidence.ts";
import type { SourceReader } from "./source-reader.ts";
import { noteFacets, type TargetNotes } from "./target-notes.ts";

/** One target beside one source: the digests of the source's artifacts that are in place at the target. */
export interface Comparison {
  readonly target: ReadRepository;
  readonly notes: TargetNotes;
  readonly source: SourceReader;
  readonly present: readonly Digest[];
  /** Every digest that git lists of the artifact, here or elsewhere: evidence about one is explained by it. */
  readonly listed: ReadonlySet<Digest>;
}

/**
 * Compares evidence in tag form by the two listings (contract §3), for the digests themselves and for children of
 * indexes. What the target lacks, or has older, becomes a facet of the digest.
 */
export async function compareTagEvidence(
  comparison: Comparison,
  { listing, bySubject }: SourceEvidence,
  signal: AbortSignal,
): Promise<void> {
  if (bySubject.size === 0) return;
  function lacking(subject: Digest): readonly string[] {
    const tags = bySubject.get(subject) ?? [];
    return tags.filter((tag) => differs(comparison.notes, tag, listing));
  }
  const direct = comparison.present.filter((digest) => lacking(digest).length > 0);
  const nested = await indexesWithEvidence(
    comparison,
    (child) => lacking(child).length > 0,
    bySubject,
    signal,
  );
  await Promise.all(
    [...new Set([...direct, ...nested])].map((digest) =>
      noteLackingEvidence(
        comparison,
        digest,
        (piece) => isLacking(piece, comparison.notes, listing),
        signal,
      ),
    ),
  );
}

/** Whether the target lacks a tag of the source, or both listings prove that it names something else. */
function differs(notes: TargetNotes, tag: string, listing: TagListing): boolean {
  if (!notes.evidenceTags.has(tag)) return true;
  const here = notes.evidenceTags.get(tag);
  const there = listing.digests?.get(tag);
  return here !== undefined && there !== undefined && here !== there;
}

function isLacking(piece: Evidence, notes: TargetNotes, listing: TagListing): boolean {
  if (piece.form === "tag") return differs(notes, piece.tag, listing);
  return (
    listing.tags.includes(fallbackTag(piece.subject)) &&
    !notes.evidenceTags.has(fallbackTag(piece.subject))
  );
}

/**
 * The indexes in place that have evidence about something below them which the target lacks. Their manifests are read
 * only where the source holds evidence about what git does not list (most often: nothing is read).
 */
async function indexesWithEvidence(
  { target, notes, present, listed }: Comparison,
  lacks: (child: Digest) => boolean,
  bySubject: EvidenceBySubject,
  signal: AbortSignal,
): Promise<readonly Digest[]> {
  const unexplained = bySubject.keys().some((subject) => !listed.has(subject) && lacks(subject));
  if (!unexplained) return [];
  const found: Digest[] = [];
  await Promise.all(
    present
      .filter((digest) => notes.indexes.has(digest))
      .map(async (digest) => {
        const below = await attempt(() => manifestsBelow(target, digest, signal));
        if (below.kind === "fault") noteFacets(notes, digest, { fault: below.fault });
        else if (below.value.values().some(lacks)) found.push(digest);
      }),
  );
  return found;
}

/** Reads the evidence of a digest at the source and notes which of it the target lacks. */
async function noteLackingEvidence(
  comparison: Comparison,
  digest: Digest,
  isCandidate: (piece: Evidence) => boolean,
  signal: AbortSignal,
): Promise<void> {
  const answer = await comparison.source.artifact(digest, signal);
  if (answer.kind === "fault") return noteFacets(comparison.notes, digest, { fault: answer.fault });
  if (answer.kind === "absent") return;
  await lookForEvidence(comparison, digest, answer.artifact.evidence.filter(isCandidate), signal);
}

/** Looks at the target for each piece: a referrer by the referrers of its subject, a tag by what it names. */
export async function lookForEvidence(
  comparison: Comparison,
  digest: Digest,
  candidates: readonly Evidence[],
  signal: AbortSignal,
): Promise<void> {
  const bySubject = Map.groupBy(
    candidates.filter((piece) => piece.form === "referrer"),
    (piece) => piece.subject,
  );
  const tags = candidates.filter((piece) => piece.form === "tag");
  const looks = [
    ...[...bySubject.values()].map((pieces) => lookForReferrers(comparison, pieces, signal)),
    ...tags.map((piece) => lookForTag(comparison, piece, signal)),
  ];
  for (const found of await Promise.all(looks)) {
    if (found !== undefined) noteFacets(comparison.notes, digest, found);
  }
}

/** The pieces (all about one subject) that are not among the subject's referrers at the target. */
async function lookForReferrers(
  { target, notes }: Comparison,
  pieces: readonly Evidence[],
  signal: AbortSignal,
): Promise<Partial<Facets> | undefined> {
  const subject = pieces[0]?.subject;
  if (subject === undefined) return undefined;
  const fallback = notes.evidenceTags.has(fallbackTag(subject)) ? undefined : "not-listed";
  const answer = await attempt(() => target.referrers(subject, signal, fallback));
  if (answer.kind === "fault") return { fault: answer.fault };
  const here = new Set(answer.value.map((descriptor) => descriptor.digest));
  const missingEvidence = pieces.filter((piece) => !here.has(piece.descriptor.digest));
  return missingEvidence.length > 0 ? { missingEvidence } : undefined;
}

/**
 * What a tag of the source is at the target. Evidence tags grow by appending; a target's tag that holds something
 * which the source lacks has diverged and is never overwritten.
 */
async function lookForTag(
  comparison: Comparison,
  piece: Extract<Evidence, { form: "tag" }>,
  signal: AbortSignal,
): Promise<Partial<Facets> | undefined> {
  const { target, notes, source } = comparison;
  if (!notes.evidenceTags.has(piece.tag)) return { missingEvidence: [piece] };
  const looked = await attempt(async () => {
    const head = await target.head(piece.tag, signal);
    if (head?.digest === piece.descriptor.digest) return undefined;
    const older = head && (await target.manifest(head.digest, signal));
    const newer = await source.manifest(piece.descriptor.digest, signal);
    if (older && newer && !supersedes(newer, older)) return { divergedEvidence: [piece.tag] };
    return { missingEvidence: [piece] };
  });
  return looked.kind === "fault" ? { fault: looked.fault } : looked.value;
}
