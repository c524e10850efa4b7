import type { Diagnostic, Position } from "#model";

/** The places (`line:column`) where the form of a file is wrong. */
export type Flaws = ReadonlySet<string>;

/** The places of diagnostics of one file. */
export function flawsOf(diagnostics: readonly Diagnostic[]): Flaws {
  return new Set(diagnostics.map(({ line, column }) => `${line}:${column}`));
}

/** Without what only follows from a flaw at the same place, which was told already. */
export function withoutEchoes(
  flaws: Flaws,
  diagnostics: readonly Diagnostic[],
): readonly Diagnostic[] {
  if (flaws.size === 0) return diagnostics;
  return diagnostics.filter(({ line, column }) => !flaws.has(`${line}:${column}`));
}

/** The parts of a diagnostic beside its position and code. */
export interface Told {
  readonly message: string;
  readonly expected?: string;
  readonly hint?: string;
}

const SHOWN_CHARACTERS = 80;

/** An error at a position. */
export function errorAt(at: Position, code: string, told: Told): Diagnostic {
  return { file: at.file, line: at.line, column: at.column, code, severity: "error", ...told };
}

/** A warning at a position. */
export function warningAt(at: Position, code: string, told: Told): Diagnostic {
  return { ...errorAt(at, code, told), severity: "warning" };
}

/** Foreign text as a message shows it: quoted, on one line, and never long. */
export function shown(text: string): string {
  const cut = text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
  return `"${cut.replace(/\s+/g, " ")}"`;
}

/** `file:line`, for pointing from one place to another. */
export function lineOf(at: Position): string {
  return `${at.file}:${at.line}`;
}

/** `a`, `a and b`, `a, b and c`. */
export function listed(words: readonly string[], last: "and" | "or" = "and"): string {
  if (words.length < 2) return words.join("");
  return `${words.slice(0, -1).join(", ")} ${last} ${words.at(-1)}`;
}
