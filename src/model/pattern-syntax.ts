/** The parts of a regular expression in RE2's syntax, as far as it is read here. */
export type PatternNode =
  | { readonly kind: "empty" }
  | { readonly kind: "class"; readonly accepts: CharacterSet }
  | { readonly kind: "assert"; readonly what: "begin" | "end" | "boundary" | "no-boundary" }
  | { readonly kind: "sequence"; readonly parts: readonly PatternNode[] }
  | { readonly kind: "choice"; readonly options: readonly PatternNode[] }
  | {
      readonly kind: "repeat";
      readonly part: PatternNode;
      readonly least: number;
      /** Undefined for without end. */
      readonly most: number | undefined;
    };

/** Ranges of code points, both ends included. */
export interface CharacterSet {
  readonly ranges: readonly (readonly [number, number])[];
  readonly negated: boolean;
}

/** A pattern, parsed, and the flags that it begins with. */
export interface ParsedPattern {
  readonly node: PatternNode;
  readonly ignoreCase: boolean;
}

/** Why a pattern cannot be read; its message is for the person who wrote it. */
export class PatternSyntaxError extends Error {
  override readonly name = "PatternSyntaxError";
}

/** RE2's own limit for `{n,m}`. */
const MAX_REPEAT = 1000;
const MAX_NESTING = 100;

const DIGITS: CharacterSet["ranges"] = [[0x30, 0x39]];
const WORDS: CharacterSet["ranges"] = [
  [0x30, 0x39],
  [0x41, 0x5a],
  [0x5f, 0x5f],
  [0x61, 0x7a],
];
const SPACES: CharacterSet["ranges"] = [
  [0x09, 0x0a],
  [0x0c, 0x0d],
  [0x20, 0x20],
];
const CLASSES: ReadonlyMap<string, CharacterSet> = new Map([
  ["d", { ranges: DIGITS, negated: false }],
  ["D", { ranges: DIGITS, negated: true }],
  ["w", { ranges: WORDS, negated: false }],
  ["W", { ranges: WORDS, negated: true }],
  ["s", { ranges: SPACES, negated: false }],
  ["S", { ranges: SPACES, negated: true }],
]);
const CONTROLS: ReadonlyMap<string, number> = new Map([
  ["a", 0x07],
  ["t", 0x09],
  ["n", 0x0a],
  ["v", 0x0b],
  ["f", 0x0c],
  ["r", 0x0d],
]);
const ASSERTIONS = new Map([
  ["A", "begin"],
  ["z", "end"],
  ["b", "boundary"],
  ["B", "no-boundary"],
] as const);

interface Reader {
  readonly text: readonly string[];
  readonly dotAll: boolean;
  at: number;
  depth: number;
}

/** Parses RE2's syntax: no look-around and no back-references, which is what makes matching take linear time. */
export function parsePatternSyntax(pattern: string): ParsedPattern {
  const flags = /^\(\?([is]+)\)/.exec(pattern);
  const reader: Reader = {
    text: Array.from(flags === null ? pattern : pattern.slice(flags[0].length)),
    dotAll: flags?.[1]?.includes("s") ?? false,
    at: 0,
    depth: 0,
  };
  const node = readChoice(reader);
  if (reader.at < reader.text.length) throw new PatternSyntaxError('a ")" closes nothing');
  return { node, ignoreCase: flags?.[1]?.includes("i") ?? false };
}

function readChoice(reader: Reader): PatternNode {
  const options = [readSequence(reader)];
  while (peek(reader) === "|") {
    reader.at += 1;
    options.push(readSequence(reader));
  }
  return options.length === 1 ? (options[0] ?? { kind: "empty" }) : { kind: "choice", options };
}

function readSequence(reader: Reader): PatternNode {
  const parts: PatternNode[] = [];
  for (let next = peek(reader); next !== undefined && next !== "|" && next !== ")";) {
    parts.push(readRepeats(reader, readAtom(reader)));
    next = peek(reader);
  }
  return { kind: "sequence", parts };
}

function readRepeats(reader: Reader, part: PatternNode): PatternNode {
  const bounds = readBounds(reader);
  if (bounds === undefined) return part;
  if (part.kind === "assert") throw new PatternSyntaxError("an anchor cannot be repeated");
  if (peek(reader) === "?") reader.at += 1;
  if (readBounds(reader) !== undefined)
    throw new PatternSyntaxError("a repetition is repeated; put it into a group");
  return { kind: "repeat", part, ...bounds };
}

interface Bounds {
  readonly least: number;
  readonly most: number | undefined;
}

function readBounds(reader: Reader): Bounds | undefined {
  const sign = peek(reader);
  if (sign === "{") return readCounts(reader);
  if (sign !== "*" && sign !== "+" && sign !== "?") return undefined;
  reader.at += 1;
  return { least: sign === "+" ? 1 : 0, most: sign === "?" ? 1 : undefined };
}

function readCounts(reader: Reader): Bounds | undefined {
  const rest = reader.text.slice(reader.at, reader.at + 12).join("");
  const match = /^\{(\d{1,4})(?:(,)(\d{1,4})?)?\}/.exec(rest);
  if (match === null) return undefined;
  reader.at += match[0].length;
  const least = Number(match[1]);
  const most = match[2] === undefined ? least : match[3] === undefined ? undefined : +match[3];
  if (least > MAX_REPEAT || (most ?? least) > MAX_REPEAT)
    throw new PatternSyntaxError(`a repetition is counted beyond ${MAX_REPEAT}`);
  if (most !== undefined && most < least)
    throw new PatternSyntaxError("a repetition counts backwards");
  return { least, most };
}

function readAtom(reader: Reader): PatternNode {
  const sign = take(reader);
  switch (sign) {
    case "(":
      return readGroup(reader);
    case "[":
      return { kind: "class", accepts: readSet(reader) };
    case ".":
      return { kind: "class", accepts: { ranges: reader.dotAll ? [] : [[10, 10]], negated: true } };
    case "^":
      return { kind: "assert", what: "begin" };
    case "$":
      return { kind: "assert", what: "end" };
    case "\\":
      return readEscape(reader);
    case "*":
    case "+":
    case "?":
      throw new PatternSyntaxError(`there is nothing before "${sign}" to repeat`);
    default:
      return { kind: "class", accepts: only(codeOf(sign)) };
  }
}

function readGroup(reader: Reader): PatternNode {
  const opening = /^\?(?::|P?<[A-Za-z_]\w*>)/.exec(
    reader.text.slice(reader.at, reader.at + 70).join(""),
  );
  if (opening !== null) reader.at += opening[0].length;
  else if (peek(reader) === "?")
    throw new PatternSyntaxError('"(?" begins neither a group nor flags that are known here');
  reader.depth += 1;
  if (reader.depth > MAX_NESTING) throw new PatternSyntaxError("groups are nested too deep");
  const node = readChoice(reader);
  reader.depth -= 1;
  if (peek(reader) !== ")") throw new PatternSyntaxError('a "(" is not closed');
  reader.at += 1;
  return node;
}

function readEscape(reader: Reader): PatternNode {
  const letter = peek(reader);
  const what = ASSERTIONS.get(letter as "A");
  if (what !== undefined) {
    reader.at += 1;
    return { kind: "assert", what };
  }
  const escaped = readEscaped(reader);
  return { kind: "class", accepts: typeof escaped === "number" ? only(escaped) : escaped };
}

/** What stands after a backslash, within brackets or outside: one character, or a class. */
function readEscaped(reader: Reader): number | CharacterSet {
  const letter = take(reader);
  const known = CLASSES.get(letter) ?? CONTROLS.get(letter);
  if (known !== undefined) return known;
  if (letter === "x") return readHex(reader);
  if (letter === "p" || letter === "P")
    throw new PatternSyntaxError("classes of Unicode (\\p) are not known here");
  if (/[0-9]/.test(letter)) throw new PatternSyntaxError("back-references are not known in RE2");
  if (/[A-Za-z]/.test(letter)) throw new PatternSyntaxError(`"\\${letter}" is not known`);
  return codeOf(letter);
}

function readHex(reader: Reader): number {
  const match = /^(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,6})\})/.exec(
    reader.text.slice(reader.at, reader.at + 8).join(""),
  );
  if (match === null) throw new PatternSyntaxError('"\\x" needs two hex digits');
  reader.at += match[0].length;
  return Number.parseInt(match[1] ?? match[2] ?? "0", 16);
}

function readSet(reader: Reader): CharacterSet {
  const negated = peek(reader) === "^";
  if (negated) reader.at += 1;
  const ranges: (readonly [number, number])[] = [];
  for (let first = true; first || peek(reader) !== "]"; first = false) {
    const low = readMember(reader);
    if (typeof low !== "number") ranges.push(...positive(low));
    else ranges.push([low, readRangeEnd(reader, low)]);
  }
  reader.at += 1;
  return { ranges, negated };
}

function readMember(reader: Reader): number | CharacterSet {
  const sign = take(reader);
  if (sign === "[" && peek(reader) === ":")
    throw new PatternSyntaxError("classes such as [:alpha:] are not known here");
  return sign === "\\" ? readEscaped(reader) : codeOf(sign);
}

function readRangeEnd(reader: Reader, low: number): number {
  if (peek(reader) !== "-" || reader.text[reader.at + 1] === "]") return low;
  reader.at += 1;
  const high = readMember(reader);
  if (typeof high !== "number" || high < low)
    throw new PatternSyntaxError("a range in brackets goes backwards");
  return high;
}

/** The ranges that a class stands for within brackets. */
function positive({ ranges, negated }: CharacterSet): CharacterSet["ranges"] {
  if (!negated) return ranges;
  const gaps: (readonly [number, number])[] = [];
  let from = 0;
  for (const [low, high] of ranges) {
    if (low > from) gaps.push([from, low - 1]);
    from = high + 1;
  }
  return [...gaps, [from, 0x10ffff]];
}

function only(code: number): CharacterSet {
  return { ranges: [[code, code]], negated: false };
}

function peek(reader: Reader): string | undefined {
  return reader.text[reader.at];
}

function take(reader: Reader): string {
  const sign = reader.text[reader.at];
  if (sign === undefined) throw new PatternSyntaxError("it ends in the middle");
  reader.at += 1;
  return sign;
}

function codeOf(sign: string): number {
  return sign.codePointAt(0) ?? 0;
}
