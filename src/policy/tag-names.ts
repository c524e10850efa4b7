import { versionTag, type SemVer } from "#model";

/** A version with its parts, as the placeholders of tag templates need it. */
export interface NamedVersion {
  readonly version: string;
  readonly semver: SemVer;
}

/** The part of the version order that a literal tag names, such as `v1` or `release-1.4`. */
export interface NamedLine {
  readonly major: number;
  readonly minor: number | undefined;
  readonly patch: number | undefined;
}

const PLACEHOLDER = /\{(version|major|minor|patch)\}/g;
const NUMBERS =
  /(?:^|[^0-9A-Za-z.])[vV]?(0|[1-9]\d{0,14})(?:\.(0|[1-9]\d{0,14}))?(?:\.(0|[1-9]\d{0,14}))?(?![0-9A-Za-z.])/g;

/** Tells whether a tag template gives each line of versions a tag of its own (contract §2). */
export function isTemplate(template: string): boolean {
  return template.search(PLACEHOLDER) >= 0;
}

/** The tag that a template gives a version; `{revision}` and `{shortRevision}` stay, only the image can fill them. */
export function expandTag(template: string, { version, semver }: NamedVersion): string {
  return template.replaceAll(PLACEHOLDER, (_, word: string) => {
    switch (word) {
      case "major":
        return String(semver.major);
      case "minor":
        return String(semver.minor);
      case "patch":
        return String(semver.patch);
      default:
        return versionTag(version);
    }
  });
}

/** The line that a literal tag names, by the last numbers in it; undefined where it names none. */
export function lineNamedBy(tag: string): NamedLine | undefined {
  const match = [...tag.matchAll(NUMBERS)].at(-1);
  if (match?.[1] === undefined) return undefined;
  return {
    major: Number(match[1]),
    minor: match[2] === undefined ? undefined : Number(match[2]),
    patch: match[3] === undefined ? undefined : Number(match[3]),
  };
}

/** Tells whether a version belongs to a line. */
export function isOfLine(semver: SemVer, line: NamedLine): boolean {
  return (
    semver.major === line.major &&
    (line.minor === undefined || semver.minor === line.minor) &&
    (line.patch === undefined || semver.patch === line.patch)
  );
}
