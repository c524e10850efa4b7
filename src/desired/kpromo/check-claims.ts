import { errorAt, lineOf } from "../diagnostics.ts";
import {
  repositoryIdentity,
  type DesiredArtifact,
  type Diagnostic,
  type Repository,
  type VersionLine,
} from "#model";

/**
 * Rules between artifacts, by exact repository, never by prefix: one id is one artifact, a tag in a
 * repository has one claim, and nobody's place is anybody's source (contract §2). Claims within one
 * artifact are its own reader's to check.
 */
export function checkClaims(artifacts: readonly DesiredArtifact[]): readonly Diagnostic[] {
  return [
    ...duplicateIds(artifacts),
    ...placesThatAreSources(artifacts),
    ...tagsClaimedTwice(artifacts),
  ];
}

function duplicateIds(artifacts: readonly DesiredArtifact[]): readonly Diagnostic[] {
  const seen = new Map<string, DesiredArtifact>();
  return artifacts.flatMap((artifact) => {
    const first = seen.get(artifact.id);
    seen.set(artifact.id, first ?? artifact);
    if (first === undefined) return [];
    return errorAt(artifact.at, "duplicate-artifact", {
      message: `"${artifact.id}" is spoken of in ${lineOf(first.at)} too.`,
      hint: "rename one of them: in plans and commands they would be one",
    });
  });
}

/** One for each artifact: a place at one site is a source as a rule because the places at all sites are. */
function placesThatAreSources(artifacts: readonly DesiredArtifact[]): readonly Diagnostic[] {
  const sources = new Map(
    artifacts.map((artifact) => [repositoryIdentity(artifact.source), artifact]),
  );
  return artifacts.flatMap((artifact) => {
    const place = artifact.places.find(({ repository }) =>
      sources.has(repositoryIdentity(repository)),
    );
    const owner = place && sources.get(repositoryIdentity(place.repository));
    if (place === undefined || owner === undefined) return [];
    return errorAt(artifact.at, "place-is-source", {
      message: `${place.repository}, the place of "${artifact.id}" at ${place.site}, is the source of "${owner.id}".`,
      hint: "send it elsewhere, or take that artifact from elsewhere",
    });
  });
}

type Owners = readonly DesiredArtifact[];

/** By identity: a host may be written in two ways. */
function sharedPlaces(artifacts: Owners): ReadonlyMap<string, Owners> {
  const first = new Map<string, DesiredArtifact>();
  const shared = new Map<string, Set<DesiredArtifact>>();
  for (const artifact of artifacts) {
    for (const { repository } of artifact.places) {
      const identity = repositoryIdentity(repository);
      const other = first.get(identity);
      if (other === undefined) first.set(identity, artifact);
      else if (other !== artifact) {
        const owners = shared.get(identity) ?? new Set([other]);
        shared.set(identity, owners.add(artifact));
      }
    }
  }
  return new Map([...shared].map(([identity, owners]) => [identity, [...owners]]));
}

/**
 * The same digest twice is harmless, two digests under one tag are not (kpromo's overlapping edges). Two
 * files that overlap do so at all their destinations: each line and tag is told of once.
 */
function tagsClaimedTwice(artifacts: Owners): readonly Diagnostic[] {
  const told = new Set<string>();
  const diagnostics: Diagnostic[] = [];
  for (const [identity, owners] of sharedPlaces(artifacts)) {
    const first = new Map<string, Claim>();
    for (const claim of claimsOn(identity, owners)) {
      const other = first.get(claim.tag);
      if (other === undefined) first.set(claim.tag, claim);
      if (other === undefined || !isConflict(claim, other)) continue;
      const key = `${lineOf(claim.line.at)}\n${claim.tag}`;
      if (!told.has(key)) diagnostics.push(conflict(claim, other));
      told.add(key);
    }
  }
  return diagnostics;
}

function isConflict(claim: Claim, other: Claim): boolean {
  return claim.artifact !== other.artifact && claim.line.digest !== other.line.digest;
}

interface Claim {
  readonly artifact: DesiredArtifact;
  readonly repository: Repository;
  readonly line: VersionLine;
  readonly tag: string;
}

function* claimsOn(identity: string, owners: Owners): Generator<Claim, void> {
  for (const artifact of owners) {
    for (const { repository, wants } of artifact.places) {
      if (repositoryIdentity(repository) !== identity) continue;
      for (const { line, tags } of wants) {
        for (const tag of tags) yield { artifact, repository, line, tag };
      }
    }
  }
}

function conflict({ repository, tag, line }: Claim, other: Claim): Diagnostic {
  const { digest, at } = other.line;
  return errorAt(line.at, "tag-clash", {
    message: `The tag "${tag}" in ${repository} is claimed for ${digest} in ${lineOf(at)} already.`,
    hint: "keep it where it belongs: a tag names one digest",
  });
}
