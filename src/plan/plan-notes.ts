import { fillRevision, placeKey, type Repository } from "#model";
import { claimsOn, type Claims } from "./claims.ts";
import { note, plannedAt, type Draft, type Spot } from "./draft.ts";
import { noteLeftPlaces } from "./left-places.ts";
import { countWords, listWords, placeWords } from "./phrases.ts";

/** Notes what is worth knowing of the places that were looked at and changes nothing. */
export function planNotes(draft: Draft, spots: readonly Spot[]): void {
  noteForeignContent(draft, spots);
  for (const spot of spots) noteNoCandidate(spot);
  noteSources(draft, spots);
  noteLeftPlaces(draft);
}

/** Content that git does not list is said once a repository and never touched (contract §3). */
function noteForeignContent(draft: Draft, spots: readonly Spot[]): void {
  const found = new Map<Repository, Stranger>();
  for (const spot of spots) {
    const tags = foreignTagsAt(spot);
    if (tags.length === 0) continue;
    const { repository } = spot.place;
    const known = found.get(repository);
    if (known === undefined) found.set(repository, { spot, tags: new Set(tags) });
    else for (const tag of tags) known.tags.add(tag);
  }
  const claims = claimsOn(new Set(found.keys()), draft.input);
  for (const [repository, { spot, tags }] of found) {
    const here = claims.get(repository);
    const foreign = [...tags].filter((tag) => !isClaimed(here, tag)).toSorted();
    if (foreign.length === 0) continue;
    const what = `${repository} (${placeWords(spot.place)}) holds ${countWords(foreign.length, "tag")} that git does not list: ${listWords(foreign)}`;
    if (spot.artifact.origin === "kpromo")
      note(draft, "left-behind", `${what}; what is taken out of a thin manifest stays`);
    else note(draft, "foreign-content", `${what}; never touched`);
  }
}

interface Stranger {
  readonly spot: Spot;
  readonly tags: Set<string>;
}

/** Tags that nothing asked for, and tags of versions that left which are not taken away: on other content, or not provably ours. */
function foreignTagsAt({ draft, place, target }: Spot): readonly string[] {
  if (place.leaves.length === 0) return target.foreignTags;
  const { revisions } = draft.input.actual;
  const strangers = place.leaves.flatMap(({ line, tags }) =>
    tags.flatMap((template) => {
      const tag = fillRevision(template, revisions.get(line.digest));
      if (tag === undefined || !target.tags.has(tag)) return [];
      return plannedAt(draft, place.repository, "untag", tag) === undefined ? [tag] : [];
    }),
  );
  return strangers.length === 0 ? target.foreignTags : [...target.foreignTags, ...strangers];
}

/** A scoped look takes the tags of artifacts outside the scope for foreign; git knows better. */
function isClaimed(claims: Claims | undefined, tag: string): boolean {
  return claims !== undefined && (claims.tags.has(tag) || claims.moving.has(tag));
}

/** Says which declared moving tags have no version that qualifies: they stay as they are (contract §2). */
function noteNoCandidate({ draft, artifact, place, target }: Spot): void {
  const at = placeKey(artifact.id, place.channel, place.site);
  const declared = draft.input.desired.channels.get(place.channel)?.moving;
  for (const tag of draft.input.decisions.noCandidate.get(at) ?? []) {
    const isThere = target.tags.has(tag) || target.foreignTags.includes(tag);
    const isAskedFor = place.wants.length > 0 && declared?.has(tag) === true;
    if (!isThere && !isAskedFor) continue;
    note(
      draft,
      "no-candidate",
      `${artifact.id}: no version in ${place.channel} qualifies for the tag ${tag}; it stays as it is`,
    );
  }
}

/** A source that cannot be read, or that lost what is in place everywhere, stops nothing (contract §3). */
function noteSources(draft: Draft, spots: readonly Spot[]): void {
  const troubled = new Set([...draft.sourceTroubles.values()].map(({ line }) => line.digest));
  for (const artifact of new Set(spots.map((spot) => spot.artifact))) {
    const source = draft.input.actual.sources.get(artifact.source);
    if (source === undefined) continue;
    if (source.fault !== undefined) note(draft, "source-unknown", source.fault.message);
    if (source.absent.size === 0) continue;
    for (const { version, digest } of artifact.lines) {
      if (troubled.has(digest) || !source.absent.has(digest)) continue;
      const message = `${artifact.id} ${version}: ${artifact.source} no longer holds ${digest}; nothing that was looked at lacks it`;
      note(draft, "source-gone", message);
    }
  }
}
