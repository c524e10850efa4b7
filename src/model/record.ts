import type { ActionStatus } from "./apply.ts";
import type { Digest } from "./digest.ts";
import type { ActionKey } from "./plan.ts";

export const RECORD_SCHEMA = "waybill.dev/record/v1";

/** What one run of apply did: one line of the note of the commit that it applied (issue 6 §4, 003-34). */
export interface RunRecord {
  /** The first 32 hex of the SHA-256 of all the rest as canonical JSON: no two lines share one. */
  readonly id: string;
  /** The commit that was applied. */
  readonly commit: string;
  /** The merges that the run answered for, on first parents, after `from` up to `to`; undefined: no merge asked for it. */
  readonly range: CommitRange | undefined;
  /** The channel that the run was about; undefined: all of them. */
  readonly channel: string | undefined;
  /** Merged pull requests of the range, ascending. */
  readonly prs: readonly number[];
  readonly planDigest: Digest;
  /** Of the policies that the run obeyed; undefined where there were none. */
  readonly policyDigest: Digest | undefined;
  readonly approvals: readonly RecordedApproval[];
  readonly overrides: readonly RecordedOverride[];
  /** Who started it: a login, or a name as git has it. */
  readonly actor: string;
  /** The run of the CI that did it, or a word of its own: with `id`, what correlates it with logs. */
  readonly runId: string;
  /** RFC 3339 UTC. */
  readonly startedAt: string;
  readonly finishedAt: string;
  readonly planned: number;
  readonly observed: number;
  readonly outcomes: readonly RecordedOutcome[];
}

/** `from` is not in the range, `to` is; no `from`: the range begins with the branch. */
export interface CommitRange {
  readonly from: string | undefined;
  readonly to: string;
}

/** An approval that counted: whose, which review, of which commit. */
export interface RecordedApproval {
  readonly login: string;
  readonly id: number | undefined;
  readonly reviewId: number;
  readonly commit: string;
}

/** A rule that was lifted for this run, and why. */
export interface RecordedOverride {
  readonly pr: number;
  readonly limit: string;
  readonly channel: string;
  readonly site: string | undefined;
  readonly value: number | undefined;
  readonly reason: string;
  readonly expires: string;
}

/** How one action ended. */
export interface RecordedOutcome {
  readonly key: RecordedKey;
  readonly kind: string;
  readonly from: string | undefined;
  readonly status: ActionStatus;
  readonly code: string | undefined;
}

/** An action's key as it was written down: all nine members, as text of a foreign hand until it is compared. */
export type RecordedKey = { readonly [K in keyof ActionKey]: string | null };
