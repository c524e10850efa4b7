import { fillRevision, isEvidenceTag, type Digest } from "#model";
import type { ReadRepository, TagListing } from "#stores";
import { attempt } from "./attempt.ts";
import type { TargetQuestion } from "./questions.ts";
import { emptyNotes, noteFault, notePresent, type TargetNotes } from "./target-notes.ts";

/**
 * Looks at one target: one listing, then one HEAD for each tag that is asked for, unless the listing proves the
 * digests (Google's extension) or proves that there is no such repository (contract §3, design §7).
 */
export async function observeTarget(
  target: ReadRepository,
  question: TargetQuestion,
  revisions: ReadonlyMap<Digest, string>,
  signal: AbortSignal,
): Promise<TargetNotes> {
  const notes = emptyNotes(question.repository);
  const listing = await attempt(() => target.tags(signal));
  if (listing.kind === "fault") {
    notes.fault = listing.fault;
    return notes;
  }
  const asked = askedTags(question, revisions, listing.value);
  noteListing(notes, listing.value, asked);
  if (listing.value.manifests !== undefined) return notes;
  // A listing may lag: a repository that exists is asked for each name; one that does not exist is not.
  if (listing.value.exists) await headNames(target, notes, asked, signal);
  await headUntagged(target, question, notes, signal);
  return notes;
}

/** The tags to look at: of what should be here always, of what should not be here only where the listing has them. */
function askedTags(
  question: TargetQuestion,
  revisions: ReadonlyMap<Digest, string>,
  listing: TagListing,
): ReadonlySet<string> {
  const asked = new Set(question.movingTags);
  for (const part of question.parts) {
    for (const want of part.wants) addTags(asked, want.tags, revisions.get(want.line.digest));
  }
  if (!question.parts.some((part) => part.leaves.length > 0)) return asked;
  const listed = new Set(listing.tags);
  const leaving = new Set<string>();
  for (const part of question.parts) {
    for (const want of part.leaves) addTags(leaving, want.tags, revisions.get(want.line.digest));
    if (part.leaves.length > 0) addTags(leaving, part.idleTags, undefined);
  }
  for (const tag of leaving) if (listed.has(tag)) asked.add(tag);
  return asked;
}

function addTags(into: Set<string>, tags: readonly string[], revision: string | undefined): void {
  for (const tag of tags) {
    const name = fillRevision(tag, revision);
    if (name !== undefined) into.add(name);
  }
}

function noteListing(notes: TargetNotes, listing: TagListing, asked: ReadonlySet<string>): void {
  for (const tag of listing.tags) {
    if (asked.has(tag)) {
      const digest = listing.digests?.get(tag);
      if (digest !== undefined) notes.tags.set(tag, digest);
    } else if (isEvidenceTag(tag)) {
      notes.evidenceTags.set(tag, listing.digests?.get(tag));
    } else {
      notes.foreignTags.push(tag);
    }
  }
  for (const [digest, mediaType] of listing.manifests ?? []) notePresent(notes, digest, mediaType);
}

/** One HEAD a tag. */
async function headNames(
  target: ReadRepository,
  notes: TargetNotes,
  asked: ReadonlySet<string>,
  signal: AbortSignal,
): Promise<void> {
  await Promise.all(
    [...asked].map(async (tag) => {
      const found = await attempt(() => target.head(tag, signal));
      if (found.kind === "fault") return noteFault(notes, tag, found.fault);
      if (found.value === undefined) return;
      notes.tags.set(tag, found.value.digest);
      notePresent(notes, found.value.digest, found.value.mediaType);
    }),
  );
}

/** Digests that should be here under no tag are asked for by digest. */
async function headUntagged(
  target: ReadRepository,
  question: TargetQuestion,
  notes: TargetNotes,
  signal: AbortSignal,
): Promise<void> {
  const untagged = new Set<Digest>();
  for (const part of question.parts) {
    for (const want of part.wants) {
      if (want.tags.length === 0 && !notes.digests.has(want.line.digest))
        untagged.add(want.line.digest);
    }
  }
  await Promise.all(
    [...untagged].map(async (digest) => {
      const found = await attempt(() => target.head(digest, signal));
      if (found.kind === "fault") noteFault(notes, digest, found.fault);
      else if (found.value !== undefined) notePresent(notes, digest, found.value.mediaType);
    }),
  );
}
