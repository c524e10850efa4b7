import type { SemVer } from "#model";
import { parseSemVer, versionTag } from "#model";

/** What a channel's `to` knows (contract §2). */
export const PLACE_WORDS = ["project", "name", "channel", "kind"] as const;
/** What tag names know (contract §2); the last two come from the image itself. */
export const TAG_WORDS = [
  "version",
  "major",
  "minor",
  "patch",
  "revision",
  "shortRevision",
] as const;

const PLACEHOLDER = /\{([^{}]*)\}/g;
const COMPUTED: ReadonlySet<string> = new Set(["major", "minor", "patch"]);

/** One `{word}` of a template, and where it begins in the text. */
export interface Placeholder {
  readonly word: string;
  readonly index: number;
}

/** The `{word}`s of a template, in order. */
export function placeholdersOf(template: string): readonly Placeholder[] {
  return [...template.matchAll(PLACEHOLDER)].map((match) => ({
    word: match[1] ?? "",
    index: match.index,
  }));
}

/** A template with its words filled in; a word that is not among the values stays as it is. */
export function fillTemplate(template: string, values: ReadonlyMap<string, string>): string {
  return template.replace(PLACEHOLDER, (whole, word: string) => values.get(word) ?? whole);
}

/** Tells whether the tag needs the numbers of a SemVer version. */
export function needsSemVer(template: string): boolean {
  return placeholdersOf(template).some(({ word }) => COMPUTED.has(word));
}

/**
 * A version's tag by a template, with `{revision}` and `{shortRevision}` left in place; undefined where the template
 * needs SemVer and the version is none.
 */
export function fillTag(template: string, version: string): string | undefined {
  const semver = parseSemVer(version);
  if (semver === undefined && needsSemVer(template)) return undefined;
  return fillTemplate(template, new Map([["version", versionTag(version)], ...numbersOf(semver)]));
}

function numbersOf(semver: SemVer | undefined): readonly (readonly [string, string])[] {
  if (semver === undefined) return [];
  return [
    ["major", String(semver.major)],
    ["minor", String(semver.minor)],
    ["patch", String(semver.patch)],
  ];
}

/** Tells whether a name could be what the template of a moving tag gives for some version. */
export function fitsTemplate(template: string, name: string): boolean {
  const parts = template.split(PLACEHOLDER).map((part, index) => {
    return index % 2 === 1 ? "(?:0|[1-9][0-9]*)" : part.replace(/[^A-Za-z0-9_-]/g, "\\$&");
  });
  return new RegExp(`^${parts.join("")}$`, "u").test(name);
}
