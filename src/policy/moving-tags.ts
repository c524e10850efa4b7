import {
  parseSemVer,
  versionIdentity,
  type Channel,
  type DesiredArtifact,
  type MovingRule,
  type MovingTarget,
  type Pin,
  type Place,
  type VersionLine,
} from "#model";
import { isStable, type RankedLine } from "./rank-lines.ts";
import { expandTag, isOfLine, isTemplate, lineNamedBy } from "./tag-names.ts";

/** One place, and what its moving tags are computed from. */
export interface PlaceQuestion {
  readonly artifact: DesiredArtifact;
  readonly place: Place;
  readonly channel: Channel;
  /** All SemVer lines of the artifact, newest first. */
  readonly ranked: readonly RankedLine[];
  readonly now: Date;
}

/** What the moving tags of one place should name. */
export interface PlaceDecision {
  readonly moving: ReadonlyMap<string, MovingTarget>;
  readonly noCandidate: readonly string[];
}

/** Decides every moving tag of one place: a pin first, then the channel's rule (contract §2). */
export function decidePlace(question: PlaceQuestion): PlaceDecision {
  const moving = new Map<string, MovingTarget>();
  const noCandidate: string[] = [];
  const pins = question.artifact.pins.get(question.channel.name);
  for (const [tag, computed] of computeTags(question)) {
    const pin = pins?.get(tag);
    const target = pin === undefined ? computed : pinned(question, pin);
    if (target === undefined) noCandidate.push(tag);
    else moving.set(tag, target);
  }
  return { moving, noCandidate };
}

/** Tag → what the rules say it should name; undefined where no version qualifies. */
function computeTags(question: PlaceQuestion): ReadonlyMap<string, MovingTarget | undefined> {
  const wanted = new Set(question.place.wants.map((want) => want.line));
  const known = new Set([...wanted, ...question.place.leaves.map((want) => want.line)]);
  const here = question.ranked.filter(({ line }) => known.has(line));
  const tags = new Map<string, MovingTarget | undefined>();
  for (const [template, rule] of question.channel.moving) {
    for (const [tag, lines] of linesByTag(template, rule, here)) {
      const newest = lines.find(({ line }) => line.state === undefined && wanted.has(line));
      tags.set(tag, newest && { line: newest.line, why: rule, pin: undefined, pinExpired: false });
    }
  }
  for (const tag of pinnedLines(question)) if (!tags.has(tag)) tags.set(tag, undefined);
  return tags;
}

/** Tags of pinned lines; one that has no version of its rule's, such as one of candidates only, is computed from none. */
function pinnedLines({ artifact, channel }: PlaceQuestion): readonly string[] {
  const templates = [...channel.moving.keys()].filter(isTemplate);
  return [...(artifact.pins.get(channel.name) ?? [])].flatMap(([tag, { version }]) => {
    const semver = parseSemVer(version);
    if (semver === undefined) return [];
    return templates.some((template) => expandTag(template, { version, semver }) === tag)
      ? [tag]
      : [];
  });
}

/**
 * The tags of one rule with the lines that each may name, newest first. A template gives one tag a line of versions
 * (002-84), deprecated and leaving ones included, so that what their tags still name is not forgotten.
 */
function linesByTag(
  template: string,
  rule: MovingRule,
  ranked: readonly RankedLine[],
): ReadonlyMap<string, readonly RankedLine[]> {
  const fitting = ranked.filter((line) => isStable(line) === (rule !== "newest-prerelease"));
  if (isTemplate(template)) return Map.groupBy(fitting, (line) => expandTag(template, line));
  return new Map([
    [template, rule === "newest-in-line" ? ofNamedLine(template, fitting) : fitting],
  ]);
}

function ofNamedLine(tag: string, lines: readonly RankedLine[]): readonly RankedLine[] {
  const named = lineNamedBy(tag);
  return named === undefined ? [] : lines.filter(({ semver }) => isOfLine(semver, named));
}

/** A pin holds at every place that its version means; elsewhere the tag stays as it is. */
function pinned({ place, now }: PlaceQuestion, pin: Pin): MovingTarget | undefined {
  const line = findVersion(place, pin.version);
  if (line === undefined) return undefined;
  const until = pin.until === undefined ? undefined : Date.parse(pin.until);
  return { line, why: "pinned", pin, pinExpired: until !== undefined && until <= now.getTime() };
}

function findVersion(place: Place, version: string): VersionLine | undefined {
  const identity = versionIdentity(version);
  return place.wants.find((want) => versionIdentity(want.line.version) === identity)?.line;
}
