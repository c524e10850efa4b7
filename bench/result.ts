import type { Cost } from "./measure.ts";
import type { Traffic } from "./registry-log.ts";

/** Somebody who did a row's work, and what it cost. */
export interface Entrant {
  readonly name: string;
  readonly usage: string;
  /** Whether it is somebody else's program doing the same work. */
  readonly peer: boolean;
  /** The median of the runs; undefined where it failed. */
  readonly cost: Cost | undefined;
  readonly runs: readonly Cost[];
  readonly traffic: Traffic | undefined;
  readonly failure: string | undefined;
}

/** Something that must be so for a row's figures to mean anything. */
export interface Check {
  readonly what: string;
  readonly holds: boolean;
}

/** What a row found. */
export interface RowResult {
  readonly name: string;
  readonly title: string;
  readonly entrants: readonly Entrant[];
  readonly checks: readonly Check[];
  /** Figures of the row's own, by metric name. */
  readonly figures: Readonly<Record<string, number>>;
  readonly notes: readonly string[];
}

/** A row that failed as a whole, or that this machine cannot run. */
export function rowWithout(
  row: { readonly name: string; readonly title: string },
  why: string,
): RowResult {
  return { ...row, entrants: [], checks: [], figures: {}, notes: [why] };
}
