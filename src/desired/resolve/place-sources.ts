import {
  repositoryIdentity,
  type DesiredArtifact,
  type Diagnostic,
  type Place,
  type Position,
} from "#model";
import { errorAt } from "../diagnostics.ts";

/**
 * A repository that something is read from is never one that we write to (contract §2, `place-is-source`); told at the
 * source. Pairs of kpromo's own artifacts are checked with their manifests.
 */
export function checkPlaceSources(
  artifacts: readonly DesiredArtifact[],
  sourceAt: ReadonlyMap<DesiredArtifact, Position>,
): readonly Diagnostic[] {
  const sources = Map.groupBy(artifacts, ({ source }) => repositoryIdentity(source));
  const told = new Set<DesiredArtifact>();
  return artifacts.flatMap((artifact) =>
    artifact.places.flatMap((place) =>
      (sources.get(repositoryIdentity(place.repository)) ?? []).flatMap((source) => {
        const isKpromos = source.origin === "kpromo" && artifact.origin === "kpromo";
        if (isKpromos || told.has(source)) return [];
        told.add(source);
        return [placeIsSource(source, sourceAt.get(source) ?? source.at, artifact, place)];
      }),
    ),
  );
}

function placeIsSource(
  source: DesiredArtifact,
  at: Position,
  artifact: DesiredArtifact,
  place: Place,
): Diagnostic {
  const where = `the place of ${artifact.id} in channel ${place.channel} at site ${place.site}`;
  return errorAt(at, "place-is-source", {
    message: `${source.source} is the source of ${source.id} and ${where}.`,
    expected: "a source that no channel writes to",
    hint: "publish to a repository of its own, or change the channel's to",
  });
}
