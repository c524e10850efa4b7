import type { Change, CheckResult, Diagnostic, Plan, PlaceChange, TagChange, Unread } from "#model";
import type { ArtifactPage } from "./artifact-page.ts";
import type { PolicyTurns } from "./policy-turns.ts";

/** What the check of a pull request found, decided before a word of it is written (issue 6 §1). */
export interface CheckReport {
  readonly result: CheckResult;
  /** The commits that were compared; undefined outside git. */
  readonly head: string | undefined;
  readonly base: string | undefined;
  /** Undefined where files are so wrong that nothing was planned. */
  readonly plan: Plan | undefined;
  /** Mistakes and doubts in files, and what the plan blocks, each at its line. */
  readonly findings: readonly Diagnostic[];
  /** Everything that the files ask for since the base. */
  readonly changes: readonly Change[];
  /** Of those, what is there already. */
  readonly inPlace: readonly PlaceChange[];
  /** Of those, what could not be compared with any store: the desired difference. */
  readonly desired: readonly (PlaceChange | TagChange)[];
  /** The stores that were not read; while there is one, nothing here says "no changes" (promise 3). */
  readonly unread: readonly Unread[];
  /** The base holds no policy: the files are validated, and somebody with the forge's own right merges (issue 6 §1). */
  readonly bootstrap: boolean;
  readonly policy: PolicyEffect | undefined;
  /** One for each version that would enter a channel: what is known of it beyond the plan. */
  readonly pages: readonly ArtifactPage[];
}

/** What a pull request that edits policies comes to. */
export interface PolicyEffect {
  /** Sorted. */
  readonly files: readonly string[];
  /** Decisions about what is placed that would turn; undefined where nobody asked, or stores could not be read. */
  readonly turned: PolicyTurns | undefined;
}
