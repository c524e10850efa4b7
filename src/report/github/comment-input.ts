import type { ActionResult, Blocked } from "#model";
import type { CheckReport } from "./check-report.ts";

/** Everything that the sticky comment of a pull request says, decided before it is written (issue 6 §2). */
export interface CommentInput {
  /** Which of several Waybills this comment belongs to: a word of its set-up. */
  readonly instance: string;
  readonly report: CheckReport;
  /** RFC 3339: when the report was made. */
  readonly at: string;
  /** Where the repository is on the forge, `https://github.com/owner/name`; links need it. */
  readonly repositoryUrl: string | undefined;
  /** The run that holds the whole summary. */
  readonly summaryUrl: string | undefined;
  readonly approvals: ApprovalsShown | undefined;
  readonly stale: Stale | undefined;
  /** After the merge: what became of it. */
  readonly outcome: Outcome | undefined;
  /** Answers to a chat command, in words of ours and foreign ones. */
  readonly answers: readonly string[];
}

/** Who approved, and who still must, and why (issue 6 §3). */
export interface ApprovalsShown {
  readonly isApproved: boolean;
  readonly needed: readonly NeededApproval[];
  readonly given: readonly { readonly login: string; readonly commit: string }[];
  /** Reviews that do not count, and why. */
  readonly notCounted: readonly { readonly login: string; readonly why: string }[];
  /** What no approval helps against, and what to do. */
  readonly refused?: readonly string[];
}

export interface NeededApproval {
  /** People, groups or teams; shown as words, never called. */
  readonly from: readonly string[];
  readonly have: number;
  readonly want: number;
  /** What asks for it: `channel prod`, or a path that somebody owns. */
  readonly why: string;
}

/** The report is of commits that are no longer the pull request's. */
export interface Stale {
  /** The head as it is now, where it moved. */
  readonly head: string | undefined;
  readonly base: string | undefined;
}

/** What became of a merged pull request. */
export interface Outcome {
  readonly commit: string;
  readonly finishedAt: string;
  readonly runUrl: string | undefined;
  readonly results: readonly ActionResult[];
  /** What the merge's range did not cover, so that it was left undone (issue 6 §4). */
  readonly uncovered: readonly ActionResult[];
  /** What git asks for and could not even be planned, so that it is no action. */
  readonly blocked?: readonly Blocked[];
  /** Where the line of the record is, for a person. */
  readonly record: string | undefined;
}
