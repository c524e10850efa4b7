import type { Pin, VersionLine } from "./desired.ts";

/**
 * What policy says about the desired state before anything is observed: the one product of the `policy` room.
 * Keys are `placeKey(artifact, channel, site)`.
 */
export interface Decisions {
  /** Place → moving tag → what it should name there. A tag without a candidate is absent here and in `noCandidate`. */
  readonly moving: ReadonlyMap<string, ReadonlyMap<string, MovingTarget>>;
  /** Place → moving tags for which no listed version qualifies: the tag stays (contract §2). */
  readonly noCandidate: ReadonlyMap<string, readonly string[]>;
}

/** The version that a moving tag should name, and why. */
export interface MovingTarget {
  readonly line: VersionLine;
  readonly why: "newest-stable" | "newest-prerelease" | "newest-in-line" | "pinned";
  readonly pin: Pin | undefined;
  /** The pin's `until` lies in the past: it still pins and is flagged. */
  readonly pinExpired: boolean;
}

/** One name for one place of one artifact. */
export function placeKey(artifact: string, channel: string, site: string): string {
  return `${artifact}\n${channel}\n${site}`;
}
