import { repositoryIdentity, type DesiredArtifact, type Place, type Want } from "#model";

/**
 * The repositories where promotion files put something, by their identity. What kpromo's manifests put elsewhere needs no look here: there
 * can be a million of it, and their own rules hold it apart.
 */
export function promotionRepositories(artifacts: readonly DesiredArtifact[]): ReadonlySet<string> {
  const own = artifacts.filter(({ origin }) => origin === "promotion");
  return new Set(
    own.flatMap(({ places }) => places.map(({ repository }) => repositoryIdentity(repository))),
  );
}

/**
 * Takes from `leaves` what the same repository is asked to hold by another line, channel or artifact: leaving one
 * place is not leaving the repository, and a tag that another version of the digest has there is not only that line's
 * (contract §3).
 */
export function keepShared(artifacts: readonly DesiredArtifact[]): readonly DesiredArtifact[] {
  const ours = promotionRepositories(artifacts);
  const wanted = new Map<string, Set<string>>();
  for (const { places } of artifacts) {
    for (const place of places) {
      const identity = repositoryIdentity(place.repository);
      if (ours.has(identity)) collect(wanted, identity, place);
    }
  }
  return artifacts.map((artifact) => {
    if (artifact.origin === "kpromo") return artifact;
    const places = artifact.places.map((place) => {
      const leaves = place.leaves.flatMap((want) =>
        stillLeft(want, wanted.get(repositoryIdentity(place.repository))),
      );
      return { ...place, leaves };
    });
    return { ...artifact, places };
  });
}

function collect(wanted: Map<string, Set<string>>, identity: string, { wants }: Place): void {
  const names = wanted.get(identity) ?? new Set<string>();
  for (const want of wants) for (const tag of want.tags) names.add(nameOf(want, tag));
  wanted.set(identity, names);
}

/** The digest is part of it, because `{shortRevision}` in a tag is one name only for one digest. */
function nameOf({ line }: Want, tag: string): string {
  return `${line.digest}\n${tag}`;
}

function stillLeft(want: Want, wanted: ReadonlySet<string> | undefined): readonly Want[] {
  const tags = want.tags.filter((tag) => !wanted?.has(nameOf(want, tag)));
  if (tags.length === 0) return [];
  return [tags.length === want.tags.length ? want : { line: want.line, tags }];
}
