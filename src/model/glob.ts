/**
 * The one glob dialect of policies (issue 5 §2): `*` stands for any text within a part, `**` for any text across parts,
 * parts are what `/` divides, and everything else is literal.
 */
export type Glob = string;

const MAX_GLOB = 512;

/** What is wrong with a glob, for a person; undefined where nothing is. */
export function globFault(glob: Glob): string | undefined {
  if (glob === "" || glob.length > MAX_GLOB) return `a glob has 1 to ${MAX_GLOB} characters`;
  if (glob.includes("***"))
    return '"***" means nothing: "*" stays within a part, "**" crosses parts';
  const odd = /[?[\]{}!\\\s]/.exec(glob)?.[0];
  return odd === undefined ? undefined : `"${odd}" is no part of this dialect`;
}

/** Tells whether a glob matches a whole text; time grows with glob × text. */
export function matchesGlob(glob: Glob, text: string): boolean {
  const tokens = tokensOf(glob);
  let states = closed(tokens, [0]);
  for (const sign of text) {
    const next: number[] = [];
    for (const state of states) {
      const token = tokens[state];
      if (token === undefined) continue;
      if (token === "**" || (token === "*" && sign !== "/")) next.push(state);
      else if (token === sign) next.push(state + 1);
    }
    states = closed(tokens, next);
    if (states.size === 0) return false;
  }
  return states.has(tokens.length);
}

/** Tells whether any of the globs matches; no list at all matches everything. */
export function matchesAnyGlob(globs: readonly Glob[] | undefined, text: string): boolean {
  return globs === undefined || globs.some((glob) => matchesGlob(glob, text));
}

/** Tells whether some text could match both globs. */
export function globsMeet(a: Glob, b: Glob): boolean {
  const [left, right] = [tokensOf(a), tokensOf(b)];
  const seen = new Set<number>();
  const open: Pair[] = [[0, 0]];
  for (let pair = open.pop(); pair !== undefined; pair = open.pop()) {
    const [i, j] = pair;
    const key = i * (right.length + 1) + j;
    if (seen.has(key)) continue;
    seen.add(key);
    if (i === left.length && j === right.length) return true;
    open.push(...onward(left, right, pair));
  }
  return false;
}

type Pair = readonly [number, number];

function onward(left: readonly string[], right: readonly string[], [i, j]: Pair): readonly Pair[] {
  const [a, b] = [left[i], right[j]];
  const skips: readonly Pair[] = [
    ...(isStar(a) ? [[i + 1, j] as const] : []),
    ...(isStar(b) ? [[i, j + 1] as const] : []),
  ];
  if (a === undefined || b === undefined || (isStar(a) && isStar(b))) return skips;
  if (isStar(a)) return swallows(a, b) ? [...skips, [i, j + 1]] : skips;
  if (isStar(b)) return swallows(b, a) ? [...skips, [i + 1, j]] : skips;
  return a === b ? [[i + 1, j + 1]] : [];
}

function swallows(star: string, sign: string): boolean {
  return star === "**" || sign !== "/";
}

function isStar(token: string | undefined): boolean {
  return token === "*" || token === "**";
}

function tokensOf(glob: Glob): readonly string[] {
  return glob.match(/\*\*|[^]/gu) ?? [];
}

/** The states and those that follow without a character, because a star may stand for nothing. */
function closed(tokens: readonly string[], states: readonly number[]): ReadonlySet<number> {
  const all = new Set<number>();
  for (let state of states) {
    all.add(state);
    while (isStar(tokens[state])) {
      state += 1;
      all.add(state);
    }
  }
  return all;
}
