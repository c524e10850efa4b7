/** `did you mean "x"?` for the nearest known word; else the fallback. */
export function suggestion(word: string, known: Iterable<string>, fallback: string): string {
  const near = nearest(word, known);
  return near === undefined ? fallback : `did you mean "${near}"?`;
}

/** The known word that a mistyped one most likely means; undefined where none is near (ties go to the first). */
function nearest(word: string, known: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = allowedDistance(word) + 1;
  for (const candidate of known) {
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

function allowedDistance(word: string): number {
  return word.length <= 3 ? 1 : word.length <= 6 ? 2 : 3;
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let before: readonly number[] = [];
  let previous: readonly number[] = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= b.length; j += 1) row.push(cell(a, b, { i, j, row, previous, before }));
    [before, previous] = [previous, row];
  }
  return previous[b.length] ?? 0;
}

interface Cell {
  readonly i: number;
  readonly j: number;
  readonly row: readonly number[];
  readonly previous: readonly number[];
  readonly before: readonly number[];
}

function cell(a: string, b: string, { i, j, row, previous, before }: Cell): number {
  const same = a[i - 1] === b[j - 1] ? 0 : 1;
  const best = Math.min(
    (previous[j] ?? Infinity) + 1,
    (row[j - 1] ?? Infinity) + 1,
    (previous[j - 1] ?? Infinity) + same,
  );
  const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
  return swapped ? Math.min(best, (before[j - 2] ?? Infinity) + 1) : best;
}
