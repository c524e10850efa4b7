/** A place in a file, 1-based, as editors and `file:line:column` have it; the file is relative to the promotions root. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A mistake (or a doubt) about what a person wrote; the fields of `waybill.dev/diagnostics/v1` (contract §5). */
export interface Diagnostic extends Position {
  /** Kebab-case and stable. */
  readonly code: string;
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly expected?: string;
  /** What to do about it. */
  readonly hint?: string;
}

/** Tells whether any of the diagnostics is an error. */
export function hasErrors(diagnostics: readonly Diagnostic[]): boolean {
  return diagnostics.some((diagnostic) => diagnostic.severity === "error");
}

/** Orders diagnostics by file, line, column and code, for every output. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  return diagnostics.toSorted(
    (a, b) =>
      compareText(a.file, b.file) ||
      a.line - b.line ||
      a.column - b.column ||
      compareText(a.code, b.code),
  );
}

/** Compares two strings by UTF-16 code unit, the same on every machine and in every locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
