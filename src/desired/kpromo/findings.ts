import type { Diagnostic, Position } from "#model";

/** A mistake at an offset of one file. */
export interface Mistake {
  readonly code: string;
  readonly offset: number;
  readonly message: string;
  readonly expected?: string;
  readonly hint: string;
  readonly severity?: "warning";
}

/** Where the readers of one file put what they find. */
export interface Findings {
  readonly diagnostics: Diagnostic[];
  readonly report: (mistake: Mistake) => void;
}

/** An empty collection of findings about one file. */
export function findingsIn(positionAt: (offset: number) => Position): Findings {
  const diagnostics: Diagnostic[] = [];
  return {
    diagnostics,
    report({ offset, severity, ...mistake }) {
      diagnostics.push({ ...positionAt(offset), severity: severity ?? "error", ...mistake });
    },
  };
}
