import type { Diagnostic } from "#model";

/** What an edit by command comes to: a new text, nothing to do, or why it may not be (contract §4). */
export type Edit =
  | { readonly kind: "changed"; readonly text: string }
  | { readonly kind: "same" }
  | { readonly kind: "refused"; readonly diagnostic: Diagnostic };

/** A replacement of a stretch of the text; `start` equals `end` for an insertion. */
export interface Splice {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** Applies splices that do not overlap; of two insertions at one offset the first goes first. */
export function applySplices(text: string, splices: readonly Splice[]): string {
  let result = "";
  let offset = 0;
  for (const splice of splices.toSorted((a, b) => a.start - b.start)) {
    result += text.slice(offset, splice.start) + splice.text;
    offset = splice.end;
  }
  return result + text.slice(offset);
}
