import { digestOf, matchesDigest } from "./digest.ts";

/** The parts of a descriptor the double reads. */
export interface DescriptorPart {
  readonly digest: string;
  readonly mediaType: string;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly urls?: readonly string[];
}

/** A manifest as it was put: the exact bytes under one media type. */
export interface StoredManifest {
  readonly digest: string;
  readonly bytes: Buffer;
  readonly mediaType: string;
  /** When it was first put, counted in writes to the repository (no clock in the double). */
  readonly order: number;
}

/** An upload under way. */
export interface Upload {
  readonly id: string;
  readonly chunks: Buffer[];
  size: number;
  /** Length of the last chunk, for the OCI-Chunk-Min-Length rule. */
  lastChunk: number;
}

/** One repository's content; tests seed and inspect it directly, without requests. */
export class Repository {
  readonly name: string;
  readonly manifests: Map<string, StoredManifest> = new Map();
  readonly tags: Map<string, string> = new Map();
  readonly blobs: Map<string, Buffer> = new Map();
  readonly uploads: Map<string, Upload> = new Map();
  #writes = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** Whether a registry would know this repository at all. */
  get known(): boolean {
    return this.manifests.size + this.blobs.size + this.tags.size + this.uploads.size > 0;
  }

  /**
   * Stores a manifest and points tags at it; nothing is checked, so that a test can store a lie by
   * giving a `digest` that is not the bytes'.
   */
  putManifest(
    bytes: Uint8Array | string,
    mediaType: string,
    tags: readonly string[] = [],
    digest: string = digestOf(bytes),
  ): string {
    const order = this.manifests.get(digest)?.order ?? (this.#writes += 1);
    this.manifests.set(digest, { digest, bytes: Buffer.from(bytes), mediaType, order });
    for (const tag of tags) {
      this.tags.set(tag, digest);
    }
    return digest;
  }

  /** Stores a blob, unchecked where a `digest` is given. */
  putBlob(bytes: Uint8Array | string, digest: string = digestOf(bytes)): string {
    this.blobs.set(digest, Buffer.from(bytes));
    return digest;
  }

  /** The manifest a tag or digest names. */
  resolve(reference: string): StoredManifest | undefined {
    return this.manifests.get(this.tags.get(reference) ?? reference);
  }

  /** Removes a manifest and every tag on it (OCI distribution spec, "Deleting Manifests"). */
  deleteManifest(digest: string): boolean {
    for (const [tag, target] of this.tags) {
      if (target === digest) {
        this.tags.delete(tag);
      }
    }
    return this.manifests.delete(digest);
  }

  /** Removes a tag and leaves the manifest. */
  deleteTag(tag: string): boolean {
    return this.tags.delete(tag);
  }

  /** Tags in the order the spec asks for ("lexical", that is ASCIIbetical). */
  sortedTags(): string[] {
    return [...this.tags.keys()].toSorted((a, b) => (a < b ? -1 : Number(a > b)));
  }

  /** Digests of stored content whose bytes are another's; empty in an honest registry. */
  liars(): string[] {
    const content = [...this.manifests].map(([digest, { bytes }]) => [digest, bytes] as const);
    return [...content, ...this.blobs]
      .filter(([digest, bytes]) => !matchesDigest(bytes, digest))
      .map(([digest]) => digest);
  }

  /** Every tag and its digest, every manifest's and blob's digest, sorted: for equality in tests. */
  snapshot(): { tags: Record<string, string>; manifests: string[]; blobs: string[] } {
    return {
      tags: Object.fromEntries(this.sortedTags().map((tag) => [tag, this.tags.get(tag) ?? ""])),
      manifests: [...this.manifests.keys()].toSorted(),
      blobs: [...this.blobs.keys()].toSorted(),
    };
  }
}
