import type {
  Change,
  DesiredArtifact,
  DesiredState,
  Place,
  PlaceChange,
  VersionLine,
} from "#model";
import { rankLines } from "../rank-lines.ts";

/** A version that would enter a channel, with what was there before: what a reviewer compares it with (issue 6 §2). */
export interface EnteringVersion {
  readonly artifact: string;
  readonly line: VersionLine;
  readonly channel: string;
  /** Channels that held it at the base, in the file's order. */
  readonly from: readonly string[];
  /** The newest version that the channel had at the base, which the new one is compared with. */
  readonly against: VersionLine | undefined;
  readonly places: readonly EnteringPlace[];
}

/** What a place had as its newest version, and what it would have. */
export interface EnteringPlace {
  readonly site: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** Both revisions, as far as the changes need them. */
export interface EnteringQuestion {
  readonly before: DesiredState;
  readonly now: DesiredState;
  readonly changes: readonly Change[];
}

/** The versions that a pull request brings into channels, each once, in the changes' order. */
export function enteringVersions({
  before,
  now,
  changes,
}: EnteringQuestion): readonly EnteringVersion[] {
  const was = new Map(before.artifacts.map((artifact) => [artifact.id, artifact]));
  const is = new Map(now.artifacts.map((artifact) => [artifact.id, artifact]));
  const entering = changes.filter((change): change is PlaceChange => change.kind === "enters");
  const groups = Map.groupBy(entering, ({ artifact, version, channel }) =>
    [artifact, version, channel].join("\n"),
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    const current = first && is.get(first.artifact);
    const line = current?.lines.find(({ version }) => version === first?.version);
    if (first === undefined || current === undefined || line === undefined) return [];
    return [
      enteringVersion({ line, channel: first.channel, current, old: was.get(first.artifact) }),
    ];
  });
}

interface Entering {
  readonly line: VersionLine;
  readonly channel: string;
  readonly current: DesiredArtifact;
  readonly old: DesiredArtifact | undefined;
}

function enteringVersion({ line, channel, current, old }: Entering): EnteringVersion {
  const held = old?.lines.filter(({ digest }) => digest === line.digest) ?? [];
  const from = held.flatMap(({ channels }) => channels.map((use) => use.channel));
  const placesNow = current.places.filter((place) => place.channel === channel);
  const placesThen = (old?.places ?? []).filter((place) => place.channel === channel);
  return {
    artifact: current.id,
    line,
    channel,
    from: [...new Set(from)],
    against: newest(placesThen.flatMap(({ wants }) => wants.map((want) => want.line))),
    places: placesNow.map((place) => ({
      site: place.site,
      before: newestAt(placesThen.find(({ site }) => site === place.site)),
      after: newestAt(place),
    })),
  };
}

function newestAt(place: Place | undefined): string | undefined {
  return newest((place?.wants ?? []).map(({ line }) => line))?.version;
}

/** The newest by SemVer that is in use; the last in the file where none is SemVer. */
function newest(lines: readonly VersionLine[]): VersionLine | undefined {
  const used = lines.filter(({ state }) => state === undefined);
  return rankLines(used)[0]?.line ?? used.at(-1);
}
