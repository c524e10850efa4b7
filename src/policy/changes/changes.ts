import {
  compareText,
  placeKey,
  type Change,
  type Decisions,
  type DesiredArtifact,
  type DesiredState,
  type MovingTarget,
  type Place,
  type Want,
} from "#model";
import { lifeSteps } from "./life-steps.ts";

/** What git says at one revision, and what policy makes of it. */
export interface Said {
  readonly desired: DesiredState;
  readonly decisions: Decisions;
}

/** Two revisions of one repository; both hold at least the artifacts that are asked for. */
export interface ChangesQuestion {
  readonly before: Said;
  readonly now: Said;
  readonly artifacts: ReadonlySet<string>;
}

/**
 * What a pull request asks for, from the files alone (issue 6 §1): the desired difference that is shown where no store
 * can be read, and the steps of life that no store sees. Sorted by artifact, then as the files have it.
 */
export function changesBetween({ before, now, artifacts }: ChangesQuestion): readonly Change[] {
  const was = new Map(before.desired.artifacts.map((artifact) => [artifact.id, artifact]));
  const is = new Map(now.desired.artifacts.map((artifact) => [artifact.id, artifact]));
  return [...artifacts].toSorted(compareText).flatMap((id) => {
    const [old, current] = [was.get(id), is.get(id)];
    return [
      ...lifeSteps(id, old, current),
      ...placesOf(current, old).flatMap(([place, earlier]) => [
        ...placeChanges(id, place, earlier),
        ...tagChanges(id, place, {
          before: movingAt(before.decisions, id, place),
          now: movingAt(now.decisions, id, place),
        }),
      ]),
    ];
  });
}

type PlacePair = readonly [Place, Place | undefined];

/** Every place of today with what it was; what is no place any more is nobody's to change. */
function placesOf(
  now: DesiredArtifact | undefined,
  before: DesiredArtifact | undefined,
): readonly PlacePair[] {
  const old = new Map((before?.places ?? []).map((place) => [nameOf(place), place]));
  return (now?.places ?? []).map((place) => [place, old.get(nameOf(place))] as const);
}

function nameOf({ channel, site, repository }: Place): string {
  return `${channel}\n${site}\n${repository}`;
}

function placeChanges(
  artifact: string,
  place: Place,
  before: Place | undefined,
): readonly Change[] {
  const had = new Set((before?.wants ?? []).map(wantKey));
  const has = new Set(place.wants.map(wantKey));
  return [
    ...place.wants
      .filter((want) => !had.has(wantKey(want)))
      .map((want) => changeOf("enters", { artifact, place, want })),
    ...(before?.wants ?? [])
      .filter((want) => !has.has(wantKey(want)))
      .map((want) => changeOf("leaves", { artifact, place, want })),
  ];
}

function wantKey({ line, tags }: Want): string {
  return JSON.stringify([line.digest, line.version, tags]);
}

interface Wanted {
  readonly artifact: string;
  readonly place: Place;
  readonly want: Want;
}

function changeOf(kind: "enters" | "leaves", { artifact, place, want }: Wanted): Change {
  const { version, digest } = want.line;
  const { channel, site, repository } = place;
  return { kind, artifact, version, digest, channel, site, to: repository, tags: want.tags };
}

type Moving = ReadonlyMap<string, MovingTarget>;

function movingAt(decisions: Decisions, id: string, { channel, site }: Place): Moving {
  return decisions.moving.get(placeKey(id, channel, site)) ?? new Map<string, MovingTarget>();
}

function tagChanges(
  artifact: string,
  { channel, site, repository }: Place,
  { before, now }: { readonly before: Moving; readonly now: Moving },
): readonly Change[] {
  return [...now].flatMap(([tag, { line }]) => {
    const old = before.get(tag)?.line;
    if (old?.digest === line.digest) return [];
    const { version, digest } = line;
    const where = { artifact, version, digest, channel, site, to: repository };
    return [{ kind: "moves" as const, ...where, tag, before: old?.version }];
  });
}
