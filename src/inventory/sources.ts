import type { Digest, Fault, ObservedSource, Repository, SourceArtifact } from "#model";
import type { ReadStores } from "#stores";
import { evidenceBySubject, type SourceEvidence } from "./source-evidence.ts";
import { SourceReader } from "./source-reader.ts";

/** The source repositories of a survey, each opened once. */
export class Sources {
  readonly #stores: ReadStores;
  readonly #known = new Map<Repository, Source>();

  constructor(stores: ReadStores) {
    this.#stores = stores;
  }

  /** The source at a repository. */
  of(repository: Repository): Source {
    const known = this.#known.get(repository);
    if (known) return known;
    const source = new Source(new SourceReader(this.#stores.read(repository)));
    this.#known.set(repository, source);
    return source;
  }

  /** What was learned of every source. */
  observed(): ReadonlyMap<Repository, ObservedSource> {
    return new Map([...this.#known].map(([repository, source]) => [repository, source.observed()]));
  }
}

/** One source and what was asked of it: only what some target lacks (contract §3). */
export class Source {
  readonly reader: SourceReader;
  readonly #artifacts = new Map<Digest, SourceArtifact>();
  readonly #absent = new Set<Digest>();
  readonly #faults = new Map<Digest, Fault>();
  #fault: Fault | undefined;
  #evidence: Promise<SourceEvidence | undefined> | undefined;

  constructor(reader: SourceReader) {
    this.reader = reader;
  }

  /** Reads a digest that some target lacks. */
  async needed(digest: Digest, signal: AbortSignal): Promise<void> {
    const answer = await this.reader.artifact(digest, signal);
    switch (answer.kind) {
      case "artifact":
        this.#artifacts.set(digest, answer.artifact);
        return;
      case "absent":
        this.#absent.add(digest);
        return;
      case "fault":
        this.#faults.set(digest, answer.fault);
        return;
    }
  }

  /** The source's listing, with its evidence tags sorted by subject; undefined where it could not be read. */
  evidence(signal: AbortSignal): Promise<SourceEvidence | undefined> {
    this.#evidence ??= this.#list(signal);
    return this.#evidence;
  }

  async #list(signal: AbortSignal): Promise<SourceEvidence | undefined> {
    const listing = await this.reader.listing(signal);
    if (listing.kind === "value") {
      return { listing: listing.value, bySubject: evidenceBySubject(listing.value) };
    }
    this.#fault = listing.fault;
    return undefined;
  }

  observed(): ObservedSource {
    return {
      repository: this.reader.repository,
      fault: this.#fault,
      artifacts: this.#artifacts,
      absent: this.#absent,
      faults: this.#faults,
    };
  }
}
