import type { Repository } from "./address.ts";
import type { Descriptor } from "./descriptor.ts";
import type { Digest } from "./digest.ts";
import type { Evidence } from "./evidence.ts";

/** How far an observation looks: tags at the target, or closure and referrers too (contract §3). */
export type Depth = "tags" | "deep";

/** Why something could not be observed or done: a machine failure, told so that a person can act. */
export interface Fault {
  /** Closed list of the room that made it, kebab-case, such as `unreachable`, `unauthorized`, `rate-limited`. */
  readonly code: string;
  /** A whole sentence that names the store and, where there is one, the digest; never a secret. */
  readonly message: string;
  readonly hint: string | undefined;
  /** Whether the same run later may succeed. */
  readonly retryable: boolean;
}

/** Present, absent (proved by the store for that exact name) or unknown (promise 3). */
export type Observation =
  | { readonly kind: "present"; readonly digest: Digest }
  | { readonly kind: "absent" }
  | { readonly kind: "unknown"; readonly fault: Fault };

/** What the stores hold, as far as the scope asked: the one product of the `inventory` room. */
export interface ActualState {
  readonly depth: Depth;
  readonly targets: ReadonlyMap<Repository, ObservedTarget>;
  readonly sources: ReadonlyMap<Repository, ObservedSource>;
  /** `org.opencontainers.image.revision` of the digests whose tags need it; a digest that was asked and has none is absent. */
  readonly revisions: ReadonlyMap<Digest, string>;
  /** Digests whose revision is not known, because who may tell it could not be read. */
  readonly revisionFaults?: ReadonlyMap<Digest, Fault>;
}

/**
 * One repository at a target. Maps hold what is present; what was asked and stands in neither map nor `faults` is
 * absent. Compact on purpose: there are tens of thousands of these (design §7).
 */
export interface ObservedTarget {
  readonly repository: Repository;
  /** Nothing of this repository is known. */
  readonly fault: Fault | undefined;
  readonly tags: ReadonlyMap<string, Digest>;
  /** Manifests that are there, those that `tags` name included. */
  readonly digests: ReadonlySet<Digest>;
  /** Names (tags or digests) that could not be read; of a digest that may be withdrawn also: what may hold it. */
  readonly faults: ReadonlyMap<string, Fault>;
  /** Tags that are no evidence and that nothing asked for: foreign content, noted and never touched. */
  readonly foreignTags: readonly string[];
  /** Evidence tags in the listing, with their digest where the listing proves it. */
  readonly evidenceTags: ReadonlyMap<string, Digest | undefined>;
  /** Deep, or where evidence had to be compared: digest → what is wrong with its closure or evidence there. */
  readonly facets: ReadonlyMap<Digest, Facets>;
  /** Digest that may be withdrawn → the indexes of this repository that list it, as far as indexes were read. */
  readonly heldBy?: ReadonlyMap<Digest, readonly Digest[]>;
}

/** What a closer look at one digest at one target found; both lists empty means complete. */
export interface Facets {
  /** Manifests and blobs of the closure that are not there. */
  readonly missing: readonly Descriptor[];
  /** Evidence that the source has and the target lacks. */
  readonly missingEvidence: readonly Evidence[];
  /** Evidence tags whose target has signatures that the source lacks: never overwritten, noted. */
  readonly divergedEvidence: readonly string[];
  /** Part of the closer look failed. */
  readonly fault: Fault | undefined;
}

/** One source repository, asked only for what some target lacks (contract §3). */
export interface ObservedSource {
  readonly repository: Repository;
  readonly fault: Fault | undefined;
  readonly artifacts: ReadonlyMap<Digest, SourceArtifact>;
  readonly absent: ReadonlySet<Digest>;
  readonly faults: ReadonlyMap<Digest, Fault>;
}

/** What a source holds under one digest that will be copied. */
export interface SourceArtifact {
  readonly digest: Digest;
  readonly mediaType: string;
  /** Bytes of the whole closure without evidence, each blob once; undefined where only a listing was read. */
  readonly bytes: number | undefined;
  /** All evidence about it and about its children, subjects before what refers to them. */
  readonly evidence: readonly Evidence[];
}

/** What is known of a tag at a target that was asked for it. */
export function tagAt(target: ObservedTarget, tag: string): Observation {
  const digest = target.tags.get(tag);
  if (digest !== undefined) return { kind: "present", digest };
  const fault = target.fault ?? target.faults.get(tag);
  return fault === undefined ? { kind: "absent" } : { kind: "unknown", fault };
}

/** What is known of a digest at a target that was asked for it. */
export function digestAt(target: ObservedTarget, digest: Digest): Observation {
  if (target.digests.has(digest)) return { kind: "present", digest };
  const fault = target.fault ?? target.faults.get(digest);
  return fault === undefined ? { kind: "absent" } : { kind: "unknown", fault };
}
