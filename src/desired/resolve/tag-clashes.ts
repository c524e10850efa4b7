import {
  needsRevision,
  type Channel,
  type DesiredArtifact,
  type Diagnostic,
  type Place,
  type Position,
  type Repository,
  type Want,
} from "#model";
import { errorAt, lineOf, shown } from "../diagnostics.ts";
import { fillTag } from "../documents/template.ts";
import { promotionRepositories } from "./shared-places.ts";

/** Who says that a tag of a repository is theirs: one digest, or a moving tag of one artifact and channel. */
interface Claim {
  readonly repository: Repository;
  readonly tag: string;
  /** A digest, or for a moving tag the artifact and channel that compute it. */
  readonly owner: string;
  readonly who: string;
  readonly at: Position;
}

/**
 * Two claims on one tag of one repository, across versions, channels and artifacts (contract §2): the later one, in
 * the order of artifacts, places and lines, is told. Versions of one digest may share a tag.
 */
export function checkTagClashes(
  artifacts: readonly DesiredArtifact[],
  channels: ReadonlyMap<string, Channel>,
): readonly Diagnostic[] {
  const first = new Map<string, Claim>();
  const told = new Set<string>();
  const ours = promotionRepositories(artifacts);
  return artifacts.flatMap((artifact) =>
    artifact.places
      .filter(({ repository }) => ours.has(repository))
      .flatMap((place) =>
        claimsOf(artifact, place, channels.get(place.channel)).flatMap((claim) => {
          const key = `${claim.repository}\n${claim.tag}`;
          const before = first.get(key);
          if (before === undefined) first.set(key, claim);
          if (before === undefined || before.owner === claim.owner) return [];
          const pair = `${placeOf(before.at)}\n${placeOf(claim.at)}\n${claim.tag}`;
          if (told.has(pair)) return [];
          told.add(pair);
          return [clash(claim, before)];
        }),
      ),
  );
}

function placeOf({ file, line, column }: Position): string {
  return `${file}:${line}:${column}`;
}

function claimsOf(
  artifact: DesiredArtifact,
  place: Place,
  channel: Channel | undefined,
): readonly Claim[] {
  const { repository, wants } = place;
  const own = wants.flatMap(({ line, tags }) =>
    tags
      .filter((tag) => !needsRevision(tag))
      .map((tag) => ({
        repository,
        tag,
        owner: line.digest as string,
        who: `version ${line.version} of ${artifact.id} in channel ${place.channel}`,
        at: line.at,
      })),
  );
  const moving = [...movingNames(channel, wants)].map((tag) => ({
    repository,
    tag,
    owner: `${artifact.id}\n${place.channel}`,
    who: `the moving tag of ${artifact.id} in channel ${place.channel}`,
    at: artifact.at,
  }));
  return [...own, ...moving];
}

/** The names that a channel's moving tags can have at a place, by the versions that mean it. */
function movingNames(channel: Channel | undefined, wants: readonly Want[]): ReadonlySet<string> {
  const templates = [...(channel?.moving.keys() ?? [])];
  return new Set(
    wants.flatMap(({ line }) => templates.flatMap((key) => fillTag(key, line.version) ?? [])),
  );
}

function clash(claim: Claim, before: Claim): Diagnostic {
  return errorAt(claim.at, "tag-clash", {
    message: `The tag ${shown(claim.tag)} in ${claim.repository} is claimed by ${claim.who} and by ${before.who} (${lineOf(before.at)}).`,
    expected: "one digest for each tag of a repository",
    hint: "rename one of them, or give the channels places of their own (to)",
  });
}
