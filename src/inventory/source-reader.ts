import {
  cosignTags,
  fallbackTag,
  OWN_ANNOTATIONS,
  PROMOTION,
  RELEASE_NOTES,
  VSA,
  type Descriptor,
  type Digest,
  type Evidence,
  type Fault,
  type Manifest,
  type ManifestContents,
  type Repository,
  type SourceArtifact,
} from "#model";
import { parseManifest, StoreError, type ReadRepository, type TagListing } from "#stores";
import { attempt, type Attempt } from "./attempt.ts";
import { MAX_DEPTH, MAX_MANIFESTS, tooManyManifests } from "./caps.ts";

/** What a source answered about one digest. */
export type SourceAnswer =
  | { readonly kind: "artifact"; readonly artifact: SourceArtifact }
  | { readonly kind: "absent" }
  | { readonly kind: "fault"; readonly fault: Fault };

const MAX_EVIDENCE = 10_000;

/** Reads one source repository: a listing once, and each digest once, whoever asks. */
export class SourceReader {
  readonly repository: Repository;
  readonly #source: ReadRepository;
  readonly #answers = new Map<Digest, Promise<SourceAnswer>>();
  #listing: Promise<Attempt<TagListing>> | undefined;

  constructor(source: ReadRepository) {
    this.#source = source;
    this.repository = source.repository;
  }

  /** The listing of the source, for the tags that are evidence. */
  listing(signal: AbortSignal): Promise<Attempt<TagListing>> {
    this.#listing ??= attempt(() => this.#source.tags(signal));
    return this.#listing;
  }

  /** The bytes of one manifest of the source. */
  manifest(digest: Digest, signal: AbortSignal): Promise<Manifest | undefined> {
    return this.#source.manifest(digest, signal);
  }

  /** The closure's size and all evidence of a digest: what a copy of it will carry. */
  artifact(digest: Digest, signal: AbortSignal): Promise<SourceAnswer> {
    const known = this.#answers.get(digest);
    if (known) return known;
    const answer = this.#read(digest, signal);
    this.#answers.set(digest, answer);
    return answer;
  }

  async #read(digest: Digest, signal: AbortSignal): Promise<SourceAnswer> {
    const listing = await this.listing(signal);
    if (listing.kind === "fault") return { kind: "fault", fault: listing.fault };
    if (listing.value.manifests?.has(digest) === false) return { kind: "absent" };
    const answer = await attempt(() => this.#artifact(digest, listing.value, signal));
    if (answer.kind === "fault") return { kind: "fault", fault: answer.fault };
    return answer.value;
  }

  async #artifact(digest: Digest, listing: TagListing, signal: AbortSignal): Promise<SourceAnswer> {
    const top = await this.#source.manifest(digest, signal);
    if (top === undefined) return { kind: "absent" };
    const closure = await this.#closure(top, signal);
    const evidence = await this.#evidence([...closure.keys()], listing, signal);
    const artifact = {
      digest,
      mediaType: top.mediaType,
      bytes: closureBytes(closure.values()),
      evidence,
    };
    return { kind: "artifact", artifact };
  }

  /** The manifest and every manifest below it; an index whose child is not there cannot be copied whole. */
  async #closure(top: Manifest, signal: AbortSignal): Promise<ReadonlyMap<Digest, ReadManifest>> {
    const closure = new Map<Digest, ReadManifest>();
    let level: readonly Manifest[] = [top];
    for (let depth = 0; level.length > 0; depth++) {
      const next = new Map<Digest, Descriptor>();
      for (const manifest of level) {
        const contents = parseManifest(manifest, this.repository);
        closure.set(manifest.digest, { size: manifest.bytes.byteLength, contents });
        for (const child of contents.manifests)
          if (!closure.has(child.digest)) next.set(child.digest, child);
      }
      if (depth >= MAX_DEPTH || closure.size + next.size > MAX_MANIFESTS)
        throw tooManyManifests(this.repository, top.digest);
      level = await Promise.all(
        [...next.values()].map((child) => this.#child(top.digest, child, signal)),
      );
    }
    return closure;
  }

  async #child(index: Digest, child: Descriptor, signal: AbortSignal): Promise<Manifest> {
    const manifest = await this.#source.manifest(child.digest, signal);
    if (manifest) return manifest;
    throw new StoreError({
      code: "not-found",
      message: `${this.repository} holds the index ${index}, but not its child ${child.digest}.`,
      hint: "Push the index again with all its platforms, or register another digest.",
      repository: this.repository,
      digest: child.digest,
    });
  }

  /** Evidence about the manifests, and evidence about that evidence, each piece once (a loop ends by itself). */
  async #evidence(
    subjects: readonly Digest[],
    listing: TagListing,
    signal: AbortSignal,
  ): Promise<readonly Evidence[]> {
    const listed = new Set(listing.tags);
    const found = new Map<string, Evidence>();
    const seen = new Set<Digest>(subjects);
    let level = subjects;
    while (level.length > 0) {
      const pieces = await Promise.all(
        level.map((subject) => this.#evidenceAbout(subject, listed, signal)),
      );
      const next: Digest[] = [];
      for (const piece of pieces.flat()) {
        found.set(evidenceKey(piece), piece);
        if (seen.has(piece.descriptor.digest)) continue;
        seen.add(piece.descriptor.digest);
        next.push(piece.descriptor.digest);
      }
      if (found.size > MAX_EVIDENCE) throw this.#tooMuchEvidence(subjects[0]);
      level = next;
    }
    return [...found.values()];
  }

  async #evidenceAbout(
    subject: Digest,
    listed: ReadonlySet<string>,
    signal: AbortSignal,
  ): Promise<readonly Evidence[]> {
    const hasFallback = listed.has(fallbackTag(subject));
    const referrers = await this.#source.referrers(
      subject,
      signal,
      hasFallback ? undefined : "not-listed",
    );
    const tags = cosignTags(subject).filter((tag) => listed.has(tag));
    const heads = await Promise.all(tags.map((tag) => this.#source.head(tag, signal)));
    const travelling = referrers.filter((descriptor) => !isOwnStatement(descriptor));
    const pieces: Evidence[] = travelling.map((descriptor) => ({
      form: "referrer",
      subject,
      descriptor,
    }));
    tags.forEach((tag, place) => {
      const descriptor = heads[place];
      if (descriptor) pieces.push({ form: "tag", subject, tag, descriptor });
    });
    return pieces;
  }

  #tooMuchEvidence(digest: Digest | undefined): StoreError {
    return new StoreError({
      code: "too-large",
      message: `${this.repository}@${digest ?? ""} has more than ${MAX_EVIDENCE} pieces of evidence.`,
      repository: this.repository,
      digest,
    });
  }
}

interface ReadManifest {
  readonly size: number;
  readonly contents: ManifestContents;
}

/**
 * A statement of ours says which repository a digest was promoted to, so that it is about that repository alone and stays
 * there (issue 5 §5). Its manifest says so; a listing without annotations lets it travel, and it counts for nothing.
 */
function isOwnStatement({ annotations = {} }: Descriptor): boolean {
  const type = annotations[OWN_ANNOTATIONS.predicateType];
  const isOurs = type === PROMOTION || type === VSA || type === RELEASE_NOTES;
  return isOurs && annotations[OWN_ANNOTATIONS.repository] !== undefined;
}

/** One name for one piece of evidence, wherever it was found. */
function evidenceKey(piece: Evidence): string {
  return piece.form === "tag" ? piece.tag : `${piece.subject} ${piece.descriptor.digest}`;
}

function closureBytes(closure: Iterable<ReadManifest>): number {
  const blobs = new Map<Digest, number>();
  let bytes = 0;
  for (const { size, contents } of closure) {
    bytes += size;
    for (const blob of contents.blobs) blobs.set(blob.digest, blob.size);
  }
  for (const size of blobs.values()) bytes += size;
  return bytes;
}
