import {
  compareSemVer,
  compareText,
  parseSemVer,
  placeKey,
  type Decisions,
  type DesiredArtifact,
  type MovingTarget,
} from "#model";
import { isOfLine, lineNamedBy } from "./tag-names.ts";

/** Which tags of a channel a rollback to a version would pin. */
export interface RollbackQuestion {
  readonly artifact: DesiredArtifact;
  readonly channel: string;
  readonly version: string;
  readonly decisions: Decisions;
}

/**
 * The moving tags of a channel that are computed newer than a version and that the version could bear (contract §4,
 * `rollback`): of its line where the tag names one, stable for stable tags, a pre-release for candidates. Sorted.
 */
export function rollbackTags({
  artifact,
  channel,
  version,
  decisions,
}: RollbackQuestion): readonly string[] {
  const tags = new Set<string>();
  for (const place of artifact.places) {
    if (place.channel !== channel) continue;
    const moving = decisions.moving.get(placeKey(artifact.id, channel, place.site));
    for (const [tag, target] of moving ?? []) if (bears(tag, target, version)) tags.add(tag);
  }
  return [...tags].toSorted(compareText);
}

function bears(tag: string, { line, why }: MovingTarget, version: string): boolean {
  const semver = parseSemVer(version);
  if (semver === undefined || parseSemVer(line.version) === undefined) return false;
  if (compareSemVer(line.version, version) <= 0) return false;
  const named = lineNamedBy(tag);
  const isPrerelease = semver.prerelease.length > 0;
  switch (why) {
    case "newest-stable":
      return !isPrerelease;
    case "newest-prerelease":
      return isPrerelease;
    case "newest-in-line":
      return !isPrerelease && named !== undefined && isOfLine(semver, named);
    case "pinned":
      return named === undefined || isOfLine(semver, named);
  }
}
