import type { Channel, DesiredArtifact, Digest, TrustFacts } from "#model";
import type { TrustSurvey } from "#inventory";

/** Which moving tag of the channels before must name the digest (002-18, 002-64). */
export interface MovingTagsQuestion {
  readonly artifact: DesiredArtifact;
  readonly channel: Channel;
  readonly digest: Digest;
  readonly tag: string | undefined;
}

/**
 * Channel → tag → what it names at that channel's sites: one that names something else at any of them is told; a site that
 * cannot be read leaves it unknown.
 */
export async function movingTags(
  { artifact, channel, digest, tag }: MovingTagsQuestion,
  survey: TrustSurvey,
  signal: AbortSignal,
): Promise<TrustFacts["movingTags"]> {
  const named = new Map<string, ReadonlyMap<string, Digest | undefined>>();
  if (tag === undefined) return named;
  for (const before of channel.after) {
    const places = artifact.places.filter((place) => place.channel === before && place.required);
    const repositories = [...new Set(places.map(({ repository }) => repository))];
    const found = await survey.tags(repositories, tag, signal);
    if (repositories.length === 0 || found.size < repositories.length) continue;
    const other = [...found.values()].find((value) => value !== digest);
    const isSame = [...found.values()].every((value) => value === digest);
    named.set(before, new Map([[tag, isSame ? digest : other]]));
  }
  return named;
}
