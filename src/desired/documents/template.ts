import { isRepositoryPath, isTag, parseSemVer, versionTag } from "#model";

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

/** Values of every word, to try whether a template can give a path or a tag at all. */
const SAMPLES: ReadonlyMap<string, string> = new Map([
  ...PLACE_WORDS.map((word) => [word, "x"] as const),
  ...TAG_WORDS.map((word) => [word, "1"] as const),
]);

/** Tells whether a channel's `to` can give a repository path. */
export function canBePlace(to: string): boolean {
  return isRepositoryPath(fillTemplate(to, SAMPLES));
}

/** Tells whether a tag's template can give a tag. */
export function canBeTag(template: string): boolean {
  return isTag(fillTemplate(template, SAMPLES));
}

/** The words that a version gives to tag templates; `{revision}` and `{shortRevision}` only the image can fill. */
export type VersionWords = ReadonlyMap<string, string>;

/** What a version has for tag templates: itself as a tag, and its numbers where it is SemVer. */
export function wordsOf(version: string): VersionWords {
  const semver = parseSemVer(version);
  const words = new Map([["version", versionTag(version)]]);
  if (semver === undefined) return words;
  return words
    .set("major", String(semver.major))
    .set("minor", String(semver.minor))
    .set("patch", String(semver.patch));
}

/** A version's tag by a template; undefined where the template needs SemVer and the version is none. */
export function fillTag(template: string, words: VersionWords): string | undefined {
  if (!template.includes("{")) return template;
  if (!words.has("major") && needsSemVer(template)) return undefined;
  return fillTemplate(template, words);
}

/** The template of a moving tag, and the names that it can give. */
export interface TagPattern {
  readonly template: string;
  readonly names: RegExp;
}

/** Makes the pattern of the names that a moving tag's template can give for some version. */
export function tagPattern(template: string): TagPattern {
  const parts = template.split(PLACEHOLDER).map((part, index) => {
    return index % 2 === 1 ? "(?:0|[1-9][0-9]*)" : RegExp.escape(part);
  });
  return { template, names: new RegExp(`^${parts.join("")}$`) };
}
