import { compareSemVer, compareText, parseSemVer } from "#model";

/**
 * Where a person would put a new version: in its place where the file is in order, else at the end at which
 * new ones are put; at the top where the file does not tell. Gives the index that the new line should have.
 */
export function indexForVersion(versions: readonly string[], version: string): number {
  const steps = versions.slice(1).map((next, index) => compare(versions[index] ?? next, next));
  const known = [...steps, ...versions.map((other) => compare(other, version))];
  const isComparable = known.every((step) => step !== undefined);
  const isFalling = steps.every((step) => step !== undefined && step >= 0);
  const isRising = steps.every((step) => step !== undefined && step <= 0);
  if (count(steps, -1) > count(steps, 1)) {
    if (!isRising || !isComparable) return versions.length;
    return versions.findLastIndex((other) => (compare(other, version) ?? 1) <= 0) + 1;
  }
  if (!isFalling || !isComparable) return 0;
  const older = versions.findIndex((other) => (compare(other, version) ?? 1) <= 0);
  return older < 0 ? versions.length : older;
}

function count(steps: readonly (number | undefined)[], sign: number): number {
  return steps.filter((step) => step !== undefined && Math.sign(step) === sign).length;
}

/** SemVer with SemVer, other words with other words as text; undefined for what cannot be compared. */
function compare(a: string, b: string): number | undefined {
  const first = parseSemVer(a);
  const second = parseSemVer(b);
  if (first !== undefined && second !== undefined) return compareSemVer(a, b);
  return first === undefined && second === undefined ? compareText(a, b) : undefined;
}
