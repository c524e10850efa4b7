import type { Diagnostic, Position } from "#model";

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
