import {
  isIndexType,
  type Digest,
  type Facets,
  type Fault,
  type ObservedTarget,
  type Repository,
} from "#model";

/** An observed target while it is being filled in; `indexes` are the digests whose media type is an index. */
export interface TargetNotes extends ObservedTarget {
  fault: Fault | undefined;
  tags: Map<string, Digest>;
  digests: Set<Digest>;
  faults: Map<string, Fault>;
  readonly foreignTags: string[];
  readonly evidenceTags: Map<string, Digest | undefined>;
  facets: Map<Digest, Facets>;
  readonly indexes: Set<Digest>;
  heldBy?: ReadonlyMap<Digest, readonly Digest[]>;
}

/** Shared by every target that has nothing to say: there are tens of thousands of them. */
const NO_FAULTS: ReadonlyMap<string, Fault> = new Map();
const NO_FACETS: ReadonlyMap<Digest, Facets> = new Map();

/** Notes of a target of which nothing is known yet. */
export function emptyNotes(repository: Repository): TargetNotes {
  return {
    repository,
    fault: undefined,
    tags: new Map(),
    digests: new Set(),
    faults: NO_FAULTS as Map<string, Fault>,
    foreignTags: [],
    evidenceTags: new Map(),
    facets: NO_FACETS as Map<Digest, Facets>,
    indexes: new Set(),
  };
}

/** Notes that a digest is there. */
export function notePresent(notes: TargetNotes, digest: Digest, mediaType: string): void {
  notes.digests.add(digest);
  if (isIndexType(mediaType)) notes.indexes.add(digest);
}

/** Notes that one name could not be read. */
export function noteFault(notes: TargetNotes, name: string, fault: Fault): void {
  if (notes.faults === NO_FAULTS) notes.faults = new Map();
  notes.faults.set(name, fault);
}

const COMPLETE: Facets = {
  missing: [],
  missingEvidence: [],
  divergedEvidence: [],
  fault: undefined,
};

/** Sets what a closer look at a digest found, together with what earlier looks found. */
export function noteFacets(notes: TargetNotes, digest: Digest, found: Partial<Facets>): void {
  if (notes.facets === NO_FACETS) notes.facets = new Map();
  const known = notes.facets.get(digest) ?? COMPLETE;
  const more = { ...COMPLETE, ...found };
  notes.facets.set(digest, {
    missing: [...known.missing, ...more.missing],
    missingEvidence: [...known.missingEvidence, ...more.missingEvidence],
    divergedEvidence: [...known.divergedEvidence, ...more.divergedEvidence],
    fault: known.fault ?? more.fault,
  });
}
