import type { Descriptor, Digest, Manifest, Repository } from "#model";

/**
 * The port between the engine and a store: what every kind of store can do, and nothing else. Each store passes the
 * contract tests of `test/stores/contract`. "Absent" is always the store's definitive answer for that exact name;
 * whatever else happens is a StoreError, never an absence (promise 3).
 */
export interface ReadRepository {
  readonly repository: Repository;
  /** What a tag or digest names, without its bytes; undefined: absent, proved. */
  head(reference: string, signal: AbortSignal): Promise<Descriptor | undefined>;
  /** The bytes of a manifest, hashed and compared with the digest; undefined: absent, proved. */
  manifest(digest: Digest, signal: AbortSignal): Promise<Manifest | undefined>;
  /** Every tag of the repository. */
  tags(signal: AbortSignal): Promise<TagListing>;
  /**
   * Manifests whose subject is the digest: the referrers API where the host has it, and the fallback index.
   * `fallback: "not-listed"` says that a listing of this run proved that there is no fallback tag, which saves a request.
   */
  referrers(
    digest: Digest,
    signal: AbortSignal,
    fallback?: "not-listed",
  ): Promise<readonly Descriptor[]>;
  /** Whether a blob is in this very repository. */
  hasBlob(blob: Descriptor, signal: AbortSignal): Promise<boolean>;
  /** A blob's bytes; the stream fails at its end, before the last chunk is given out, where size or hash differ. */
  blob(blob: Descriptor, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
  /** What the host's own scanner found in a manifest (001-29); only where the host is one that says so, Harbor. */
  readonly scan?: (digest: Digest, signal: AbortSignal) => Promise<HostScan>;
}

/** What a host says of its own scan of one manifest: a report, or the definitive word that there is none. */
export type HostScan =
  | { readonly kind: "report"; readonly report: ScanReport }
  | { readonly kind: "none"; readonly why: string };

/** What a scanner found, in the host's own words; whoever reads it judges them. */
export interface ScanReport {
  readonly scanner: { readonly name: string; readonly vendor: string; readonly version: string };
  /** When the scanner's database was made, as the host says today; undefined where it does not say. */
  readonly databaseTime: string | undefined;
  readonly finishedAt: string;
  /** The worst there is. */
  readonly severity: string;
  readonly found: readonly ScanFinding[];
}

/** One vulnerability in one package. */
export interface ScanFinding {
  readonly id: string;
  readonly severity: string;
  readonly package: string;
  readonly version: string;
}

/** Every tag of a repository. Where a host proves digests in its listing (Google's extension), `digests` and `manifests` hold them. */
export interface TagListing {
  /** False: the store says that there is no such repository (or that it has no tag). */
  readonly exists: boolean;
  readonly tags: readonly string[];
  /** Tag → digest, complete, where the listing proves it. */
  readonly digests: ReadonlyMap<string, Digest> | undefined;
  /** Every manifest in the repository, tagged or not → its media type, where the listing proves it. */
  readonly manifests: ReadonlyMap<Digest, string> | undefined;
}

export interface WriteRepository extends ReadRepository {
  /** Makes sure that the repository holds a blob: finds it, mounts or links it, or streams it from `source`. */
  putBlob(blob: Descriptor, source: BlobSource, signal: AbortSignal): Promise<BlobOutcome>;
  /**
   * Writes a manifest by its digest, or under each of `tags` where there are any, in as few requests as the host
   * allows. A manifest with a subject is also listed in the fallback index where the host has no referrers API.
   * Throws where the manifest itself is refused; a tag that cannot be written is an outcome of that tag.
   */
  putManifest(
    manifest: Manifest,
    tags: readonly TagWrite[],
    signal: AbortSignal,
  ): Promise<readonly TagOutcome[]>;
}

/** One tag to write, and what it must name now: a digest, or undefined for nothing. */
export interface TagWrite {
  readonly tag: string;
  readonly expect: Digest | undefined;
}

/** `written`: the store's answer named our digest. `moved`: the tag named something else than expected, before or after. */
export type TagOutcome =
  | { readonly tag: string; readonly kind: "written" }
  | { readonly tag: string; readonly kind: "moved"; readonly found: Digest | undefined }
  | { readonly tag: string; readonly kind: "failed"; readonly error: Error };

/** Where a blob's bytes can come from, best first: a repository of the same store, else the stream. */
export interface BlobSource {
  /** Repositories that are known to hold it; those of the same store are mounted or hard-linked. */
  readonly near: readonly Repository[];
  /** The target is known to hold its manifest already: look before sending anything (a repair). */
  readonly look: boolean;
  /** Opens the stream; called at most once per try, never when it was mounted or is already there. */
  open(signal: AbortSignal): Promise<AsyncIterable<Uint8Array>>;
}

export type BlobOutcome = "uploaded" | "mounted" | "present";

/** Opens repositories of every kind of store; shared by a whole run, so that connections, tokens and capabilities are too. */
export interface Stores {
  read(repository: Repository): ReadRepository;
  write(repository: Repository): WriteRepository;
  close(): Promise<void>;
}

/** What the engine may ask of the run's stores when it only looks. */
export type ReadStores = Pick<Stores, "read">;
