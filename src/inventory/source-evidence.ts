import { parseEvidenceTag, type Digest } from "#model";
import type { TagListing } from "#stores";

/** A source's listing and its evidence tags by the digest that they are about. */
export interface SourceEvidence {
  readonly listing: TagListing;
  readonly bySubject: EvidenceBySubject;
}

/** Evidence tags of one source, by the digest that they are about. */
export type EvidenceBySubject = ReadonlyMap<Digest, readonly string[]>;

/** Sorts a listing's evidence tags by subject; empty where the source has none, so that nothing is compared. */
export function evidenceBySubject(listing: TagListing): EvidenceBySubject {
  const subjects = new Map<Digest, string[]>();
  for (const tag of listing.tags) {
    const about = parseEvidenceTag(tag);
    if (!about) continue;
    const known = subjects.get(about.subject);
    if (known) known.push(tag);
    else subjects.set(about.subject, [tag]);
  }
  return subjects;
}
