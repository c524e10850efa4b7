import {
  fillRevision,
  placeKey,
  repositoryIdentity,
  type DesiredArtifact,
  type Digest,
  type Place,
  type Repository,
} from "#model";
import type { PlanInput } from "./draft.ts";
import { placeWords } from "./phrases.ts";

/** What git says belongs in one repository, whichever artifact or channel puts it there. */
export interface Claims {
  /** Digest → who wants it, in words. */
  readonly digests: Map<Digest, string>;
  /** Immutable tags. */
  readonly tags: Set<string>;
  /** Moving tags, those for which no version qualifies included: they stay as they are. */
  readonly moving: Set<string>;
}

/**
 * Gathers the claims on some repositories from everything that git says, whatever the scope: what a scoped plan does
 * not look at may still need what it would take away. A host that is written in two ways is one.
 */
export function claimsOn(
  repositories: ReadonlySet<Repository>,
  input: PlanInput,
): ReadonlyMap<Repository, Claims> {
  const found = new Map<string, Claims>();
  for (const repository of repositories) {
    const none = { digests: new Map(), tags: new Set<string>(), moving: new Set<string>() };
    found.set(repositoryIdentity(repository), none);
  }
  if (found.size === 0) return new Map();
  for (const artifact of input.desired.artifacts) {
    for (const place of artifact.places) {
      const here = found.get(repositoryIdentity(place.repository));
      if (here !== undefined) addClaims(here, artifact, place, input);
    }
  }
  return new Map(
    [...repositories].flatMap((repository) => {
      const here = found.get(repositoryIdentity(repository));
      return here === undefined ? [] : [[repository, here] as const];
    }),
  );
}

function addClaims(
  claims: Claims,
  artifact: DesiredArtifact,
  place: Place,
  { actual, decisions }: PlanInput,
): void {
  for (const { line, tags } of place.wants) {
    if (!claims.digests.has(line.digest)) {
      claims.digests.set(line.digest, `${artifact.id} ${line.version} for ${placeWords(place)}`);
    }
    for (const template of tags) {
      const tag = fillRevision(template, actual.revisions.get(line.digest));
      if (tag !== undefined) claims.tags.add(tag);
    }
  }
  const at = placeKey(artifact.id, place.channel, place.site);
  for (const [template, { line }] of decisions.moving.get(at) ?? []) {
    const tag = fillRevision(template, actual.revisions.get(line.digest));
    if (tag !== undefined) claims.moving.add(tag);
  }
  for (const tag of decisions.noCandidate.get(at) ?? []) claims.moving.add(tag);
}
