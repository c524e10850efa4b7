import {
  needsRevision,
  repositoryIdentity,
  type Channel,
  type DesiredArtifact,
  type Diagnostic,
  type Place,
  type Position,
  type VersionLine,
} from "#model";
import { errorAt, lineOf, shown } from "../diagnostics.ts";
import { fillTag, wordsOf, type VersionWords } from "../documents/template.ts";
import { promotionRepositories } from "./shared-places.ts";

/** Who says that a tag of a repository is theirs: a version of an artifact, or (no line) a channel's moving tag of it. */
interface Claim {
  readonly artifact: DesiredArtifact;
  readonly channel: string;
  readonly line: VersionLine | undefined;
}

/**
 * Two claims on one tag of one repository, across versions, channels and artifacts (contract §2): the later one, in
 * the order of artifacts, places and lines, is told. Versions of one digest may share a tag.
 */
export function checkTagClashes(
  artifacts: readonly DesiredArtifact[],
  channels: ReadonlyMap<string, Channel>,
): readonly Diagnostic[] {
  const ours = promotionRepositories(artifacts);
  const first = new Map<string, Claim>();
  const told = new Map<string, Diagnostic>();
  for (const artifact of artifacts) {
    const words = new Map<VersionLine, VersionWords>();
    for (const place of artifact.places) {
      const identity = repositoryIdentity(place.repository);
      if (!ours.has(identity)) continue;
      const moving = [...(channels.get(place.channel)?.moving.keys() ?? [])];
      for (const [tag, claim] of claimsOf(artifact, place, { moving, words })) {
        const key = `${identity}\n${tag}`;
        const before = first.get(key);
        if (before === undefined) first.set(key, claim);
        else if (!isOneOwner(before, claim)) tell(told, { tag, place, claim, before });
      }
    }
  }
  return [...told.values()];
}

/** Two claims clash once, at however many sites and in however many tags. */
function tell(told: Map<string, Diagnostic>, found: Clash): void {
  const pair = [positionOf(found.claim), positionOf(found.before)];
  const key = pair.map(({ file, line, column }) => `${file}:${line}:${column}`).join("\n");
  if (!told.has(key)) told.set(key, clash(found));
}

interface Names {
  readonly moving: readonly string[];
  readonly words: Map<VersionLine, VersionWords>;
}

function* claimsOf(
  artifact: DesiredArtifact,
  { channel, wants }: Place,
  { moving, words }: Names,
): Generator<readonly [string, Claim], void> {
  const names = new Set<string>();
  for (const { line, tags } of wants) {
    const claim = { artifact, channel, line };
    for (const tag of tags) if (!needsRevision(tag)) yield [tag, claim];
    if (moving.length === 0) continue;
    const own = words.get(line) ?? wordsOf(line.version);
    words.set(line, own);
    for (const template of moving) names.add(fillTag(template, own) ?? template);
  }
  const claim = { artifact, channel, line: undefined };
  for (const name of names) yield [name, claim];
}

function isOneOwner(a: Claim, b: Claim): boolean {
  if (a.line !== undefined && b.line !== undefined) return a.line.digest === b.line.digest;
  // A version that is called like a moving tag of its own channel was told as that.
  return a.artifact === b.artifact && a.channel === b.channel;
}

interface Clash {
  readonly tag: string;
  readonly place: Place;
  readonly claim: Claim;
  readonly before: Claim;
}

function clash({ tag, place, claim, before }: Clash): Diagnostic {
  return errorAt(positionOf(claim), "tag-clash", {
    message: `The tag ${shown(tag)} in ${place.repository} is claimed by ${who(claim)} and by ${who(before)} (${lineOf(positionOf(before))}).`,
    expected: "one digest for each tag of a repository",
    hint: "rename one of them, or give the channels places of their own (to)",
  });
}

function positionOf({ line, artifact }: Claim): Position {
  return line?.at ?? artifact.at;
}

function who({ artifact, channel, line }: Claim): string {
  const what = line === undefined ? "the moving tag" : `version ${line.version}`;
  return `${what} of ${artifact.id} in channel ${channel}`;
}
