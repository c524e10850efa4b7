import {
  parsePatternSyntax,
  PatternSyntaxError,
  type CharacterSet,
  type ParsedPattern,
  type PatternNode,
} from "./pattern-syntax.ts";

/**
 * A regular expression in RE2's syntax that always matches the whole text, in time that grows with pattern × text and
 * never more: a pattern in a policy cannot make anything run for ever (issue 5, "Bad input").
 */
export interface Pattern {
  readonly source: string;
  readonly ignoreCase: boolean;
  readonly program: readonly Step[];
}

type Step =
  | { readonly kind: "character"; readonly accepts: CharacterSet }
  | { readonly kind: "assert"; readonly what: "begin" | "end" | "boundary" | "no-boundary" }
  | { kind: "fork"; to: readonly number[] }
  | { readonly kind: "done" };

const MAX_PATTERN = 1000;
const MAX_STEPS = 2000;
/** Longer texts match nothing: subjects, commits and results are short. */
const MAX_TEXT = 4096;

/** Reads a pattern; a string tells what is wrong with it, for a person. */
export function parsePattern(source: string): Pattern | string {
  if (source.length > MAX_PATTERN) return `it is longer than ${MAX_PATTERN} characters`;
  try {
    const parsed: ParsedPattern = parsePatternSyntax(source);
    const program: Step[] = [];
    emit(parsed.node, program);
    program.push({ kind: "done" });
    return { source, ignoreCase: parsed.ignoreCase, program };
  } catch (error) {
    if (error instanceof PatternSyntaxError) return error.message;
    throw error;
  }
}

function emit(node: PatternNode, program: Step[]): void {
  if (program.length > MAX_STEPS)
    throw new PatternSyntaxError("its repetitions multiply to more than it may have");
  switch (node.kind) {
    case "empty":
      return;
    case "class":
      program.push({ kind: "character", accepts: node.accepts });
      return;
    case "assert":
      program.push(node);
      return;
    case "sequence":
      for (const part of node.parts) emit(part, program);
      return;
    case "choice":
      emitChoice(node.options, program);
      return;
    case "repeat":
      emitRepeat(node, program);
  }
}

function emitChoice(options: readonly PatternNode[], program: Step[]): void {
  const fork: Step = { kind: "fork", to: [] };
  program.push(fork);
  const starts: number[] = [];
  const exits: (Step & { kind: "fork" })[] = [];
  for (const option of options) {
    starts.push(program.length);
    emit(option, program);
    const exit: Step & { kind: "fork" } = { kind: "fork", to: [] };
    program.push(exit);
    exits.push(exit);
  }
  fork.to = starts;
  for (const exit of exits) exit.to = [program.length];
}

function emitRepeat(
  { part, least, most }: PatternNode & { readonly kind: "repeat" },
  program: Step[],
): void {
  for (let count = 0; count < least; count += 1) {
    const before = program.length;
    emit(part, program);
    if (program.length === before) break;
  }
  if (most === undefined) {
    const start = program.length;
    const fork: Step = { kind: "fork", to: [] };
    program.push(fork);
    emit(part, program);
    program.push({ kind: "fork", to: [start] });
    fork.to = [start + 1, program.length];
    return;
  }
  const forks: (Step & { kind: "fork" })[] = [];
  for (let count = least; count < most; count += 1) {
    const fork: Step & { kind: "fork" } = { kind: "fork", to: [program.length + 1] };
    program.push(fork);
    forks.push(fork);
    emit(part, program);
  }
  for (const fork of forks) fork.to = [...fork.to, program.length];
}

/** Tells whether a pattern matches all of a text. */
export function matchesPattern(pattern: Pattern, text: string): boolean {
  if (text.length > MAX_TEXT) return false;
  const codes = Array.from(text, (sign) => sign.codePointAt(0) ?? 0);
  let states = follow(pattern, [0], { codes, at: 0 });
  for (const [index, code] of codes.entries()) {
    const next: number[] = [];
    for (const state of states) {
      const step = pattern.program[state];
      if (step?.kind === "character" && accepts(step.accepts, code, pattern.ignoreCase))
        next.push(state + 1);
    }
    if (next.length === 0) return false;
    states = follow(pattern, next, { codes, at: index + 1 });
  }
  return [...states].some((state) => pattern.program[state]?.kind === "done");
}

interface Spot {
  readonly codes: readonly number[];
  readonly at: number;
}

/** All states that are reached without reading a character. */
function follow(pattern: Pattern, from: readonly number[], spot: Spot): ReadonlySet<number> {
  const reached = new Set<number>();
  const open = [...from];
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    if (reached.has(state)) continue;
    reached.add(state);
    const step = pattern.program[state];
    if (step?.kind === "fork") open.push(...step.to);
    if (step?.kind === "assert" && holds(step.what, spot)) open.push(state + 1);
  }
  return reached;
}

function holds(what: (Step & { kind: "assert" })["what"], { codes, at }: Spot): boolean {
  switch (what) {
    case "begin":
      return at === 0;
    case "end":
      return at === codes.length;
    case "boundary":
      return isWordCode(codes[at - 1]) !== isWordCode(codes[at]);
    case "no-boundary":
      return isWordCode(codes[at - 1]) === isWordCode(codes[at]);
  }
}

function isWordCode(code: number | undefined): boolean {
  return code !== undefined && /^\w$/.test(String.fromCodePoint(code));
}

function accepts(set: CharacterSet, code: number, ignoreCase: boolean): boolean {
  if (!ignoreCase) return isIn(set, code) !== set.negated;
  const sign = String.fromCodePoint(code);
  const spellings = [code, firstCode(sign.toLowerCase()), firstCode(sign.toUpperCase())];
  return spellings.some((spelling) => isIn(set, spelling)) !== set.negated;
}

function firstCode(text: string): number {
  return text.codePointAt(0) ?? 0;
}

function isIn({ ranges }: CharacterSet, code: number): boolean {
  return ranges.some(([low, high]) => low <= code && code <= high);
}
