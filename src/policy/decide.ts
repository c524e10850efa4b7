import {
  placeKey,
  type Decisions,
  type DesiredArtifact,
  type DesiredState,
  type MovingTarget,
} from "#model";
import { decidePlace } from "./moving-tags.ts";
import { rankLines } from "./rank-lines.ts";

/** What policy decides from; it sees nothing that was observed. */
export interface DecideInput {
  readonly desired: DesiredState;
  readonly now: Date;
}

/**
 * Decides what each moving tag should name at each place, from the lines that mean that place (contract §2).
 * kpromo's manifests have no moving tags, so that their tens of thousands of places cost nothing here.
 */
export function decide({ desired, now }: DecideInput): Decisions {
  const moving = new Map<string, ReadonlyMap<string, MovingTarget>>();
  const noCandidate = new Map<string, readonly string[]>();
  for (const artifact of desired.artifacts) {
    if (artifact.origin === "kpromo" || !hasMovingTags(artifact, desired)) continue;
    const ranked = rankLines(artifact.lines);
    for (const place of artifact.places) {
      const channel = desired.channels.get(place.channel);
      if (channel === undefined || channel.moving.size === 0) continue;
      const decided = decidePlace({ artifact, place, channel, ranked, now });
      const key = placeKey(artifact.id, place.channel, place.site);
      if (decided.moving.size > 0) moving.set(key, decided.moving);
      if (decided.noCandidate.length > 0) noCandidate.set(key, decided.noCandidate);
    }
  }
  return { moving, noCandidate };
}

function hasMovingTags(artifact: DesiredArtifact, { channels }: DesiredState): boolean {
  return artifact.places.some((place) => (channels.get(place.channel)?.moving.size ?? 0) > 0);
}
