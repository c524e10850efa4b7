import type { DesiredArtifact, Place } from "#model";
import { note, type Draft } from "./draft.ts";
import { listWords, placeWords } from "./phrases.ts";

/**
 * Tells the places that held something before and that policies no longer name: a site that left its channel, a channel
 * that goes elsewhere. Nothing is planned there any more, so that what was put there stays until somebody takes it away
 * (contract §3: a withdrawal belongs to a place).
 */
export function noteLeftPlaces(draft: Draft): void {
  const { before, desired } = draft.input;
  if (before === undefined) return;
  const now = new Map(desired.artifacts.map((artifact) => [artifact.id, artifact]));
  const left = before.artifacts.flatMap((artifact) => leftOf(artifact, now.get(artifact.id)));
  for (const places of Map.groupBy(left, placeWords).values()) {
    const [first] = places;
    if (first === undefined) continue;
    const what = listWords(places.map(({ repository }) => repository).toSorted());
    note(
      draft,
      "left-behind",
      `git no longer names ${placeWords(first)}: what lies there stays (${what}); take the channel off the versions first, and the place away after it, to have it withdrawn`,
    );
  }
}

/** kpromo's destinations come and go with their manifests, which withdraw nothing (contract §2). */
function leftOf(artifact: DesiredArtifact, now: DesiredArtifact | undefined): readonly Place[] {
  if (now === undefined || artifact.origin === "kpromo") return [];
  const named = new Set(now.places.map(({ repository }) => repository));
  return artifact.places.filter(
    ({ wants, repository }) => wants.length > 0 && !named.has(repository),
  );
}
