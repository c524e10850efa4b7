import type { Repository } from "./address.ts";
import type { Digest } from "./digest.ts";

/**
 * One thing that a change of files asks for, told from the files alone, whatever the stores hold: what a version's
 * places come to, and the steps of its life that need no store at all (issue 6 §1).
 */
export type Change = PlaceChange | TagChange | LifeStep;

/** A version that comes to a place, or that is to leave it. */
export interface PlaceChange {
  readonly kind: "enters" | "leaves";
  readonly artifact: string;
  readonly version: string;
  readonly digest: Digest;
  readonly channel: string;
  readonly site: string;
  readonly to: Repository;
  readonly tags: readonly string[];
}

/** A moving tag that is to name another version at a place; `before` is undefined where it was to name none. */
export interface TagChange {
  readonly kind: "moves";
  readonly artifact: string;
  readonly version: string;
  readonly digest: Digest;
  readonly channel: string;
  readonly site: string;
  readonly to: Repository;
  readonly tag: string;
  readonly before: string | undefined;
}

/** A step that no registry sees. */
export interface LifeStep {
  readonly kind: "registers" | "deprecates" | "retires" | "pins" | "lifts" | "forgets" | "edits";
  readonly artifact: string;
  readonly version: string | undefined;
  /** What is pinned or lifted, why something was retired: foreign words, for a person. */
  readonly detail: string | undefined;
}
