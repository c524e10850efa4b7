import { compareSemVer, compareText, parseSemVer, type SemVer, type VersionLine } from "#model";

/** A line whose version is SemVer; the others take no part in computed tags. */
export interface RankedLine {
  readonly line: VersionLine;
  readonly version: string;
  readonly semver: SemVer;
}

/**
 * The SemVer lines of an artifact, newest first. Build metadata does not order (SemVer 2.0 §10): between two such
 * versions the text decides, so that the same file gives the same tags everywhere.
 */
export function rankLines(lines: readonly VersionLine[]): readonly RankedLine[] {
  return lines
    .flatMap((line) => {
      const semver = parseSemVer(line.version);
      return semver === undefined ? [] : [{ line, version: line.version, semver }];
    })
    .toSorted((a, b) => compareSemVer(b.version, a.version) || compareText(b.version, a.version));
}

/** Tells whether a version is stable: it has no pre-release part. */
export function isStable({ semver }: RankedLine): boolean {
  return semver.prerelease.length === 0;
}
