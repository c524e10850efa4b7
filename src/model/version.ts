import compare from "semver/functions/compare.js";
import parse from "semver/functions/parse.js";
import satisfies from "semver/functions/satisfies.js";
import validRange from "semver/ranges/valid.js";

/** A version read as SemVer 2.0; build metadata does not order. */
export interface SemVer {
  readonly major: number;
  readonly minor: number;
  readonly patch: number;
  readonly prerelease: readonly (string | number)[];
}

const STRICT =
  /^v?(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z.-]+)?$/;

/** Reads a version as SemVer, the leading `v` optional; undefined when it is not one. */
export function parseSemVer(version: string): SemVer | undefined {
  if (!STRICT.test(version)) return undefined;
  const parsed = parse(version);
  return parsed === null
    ? undefined
    : {
        major: parsed.major,
        minor: parsed.minor,
        patch: parsed.patch,
        prerelease: parsed.prerelease,
      };
}

/** Orders two SemVer versions; both must parse. */
export function compareSemVer(a: string, b: string): number {
  return compare(a, b);
}

/** The name under which `v1.4.1` and `1.4.1` are one version (contract §1). */
export function versionIdentity(version: string): string {
  return /^v\d/.test(version) ? version.slice(1) : version;
}

/** A version as a tag: `+` is no tag character and becomes `_` (contract §1). */
export function versionTag(version: string): string {
  return version.replaceAll("+", "_");
}

/** Tells whether the text is a range of SemVer versions, such as `>=1.4.0 <1.4.2`. */
export function isVersionRange(text: string): boolean {
  return text.trim() !== "" && text.length <= 256 && validRange(text) !== null;
}

/** Tells whether a version lies in a range; pre-releases count by their order, and what is no SemVer lies in none. */
export function isInRange(version: string, range: string): boolean {
  return STRICT.test(version) && satisfies(version, range, { includePrerelease: true });
}
