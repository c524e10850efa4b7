import type { Kind } from "./desired.ts";
import type { Override } from "./owners.ts";
import type { ActionKey } from "./plan.ts";

/** One thing that somebody must approve before a pull request counts (issue 6 §3). */
export interface ApprovalNeed {
  readonly kind: "owners" | "channel" | "policies" | "override" | "bootstrap";
  /** For a person: which row, channel or override it is. */
  readonly what: string;
  readonly channel: string | undefined;
  /** The changed files that ask for it; none where a channel or an override does. */
  readonly files: readonly string[];
  /** How many distinct people. */
  readonly count: number;
  readonly from: Approvers;
  /** Approvals count that were given after it: when the pull request's body was last changed. */
  readonly after: string | undefined;
}

/** Whose approval counts: members of groups, or what the forge lets an account do. */
export type Approvers =
  | { readonly kind: "groups"; readonly groups: readonly string[] }
  | { readonly kind: "role"; readonly role: "write" | "admin" };

/** What a requirement came to. */
export interface NeedVerdict {
  readonly requirement: ApprovalNeed;
  readonly status: "met" | "missing" | "unknown";
  /** Logins, sorted. */
  readonly by: readonly string[];
  /** How many more are needed; 0 where it is met. */
  readonly missing: number;
  /** Who could still approve: logins, and teams as `ORG/SLUG`; sorted. */
  readonly candidates: readonly string[];
  /** Rights that the token lacks to tell whether an approval counts; sorted. */
  readonly rights: readonly string[];
}

/** An approval that may count, of a person who is not barred. */
export interface CountedApproval {
  readonly login: string;
  readonly id: number | undefined;
  readonly reviewId: number;
  readonly commit: string;
  readonly submittedAt: string;
}

/** A review that counts for nothing, and why. */
export interface UncountedReview {
  readonly login: string;
  readonly reviewId: number;
  readonly why: UncountedReason;
}

export type UncountedReason =
  | "own-pull-request"
  | "own-commit"
  | "own-push"
  | "own-request"
  | "not-a-person"
  | "other-commit"
  | "after-merge"
  | "changes-requested"
  | "dismissed";

/** Why no approval can help. */
export interface ApprovalRefusal {
  readonly code: ApprovalCode;
  readonly channel: string | undefined;
  readonly message: string;
  readonly hint: string;
}

export type ApprovalCode =
  | "not-a-promoter"
  | "promoter-unknown"
  | "changes-requested"
  | "held"
  | "policy-and-promotion"
  | "override-channel"
  | "override-invalid";

/** Whether a pull request may take effect, and who must still say so. */
export interface ApprovalVerdict {
  readonly status: "approved" | "waiting" | "refused";
  readonly requirements: readonly NeedVerdict[];
  readonly refusals: readonly ApprovalRefusal[];
  /** Sorted by login, then review. */
  readonly approvals: readonly CountedApproval[];
  readonly uncounted: readonly UncountedReview[];
  /** Overrides that are approved and not expired. */
  readonly overrides: readonly Override[];
  /** What a reader should know, and that changes nothing. */
  readonly notes: readonly string[];
}

/** A file that a pull request changes, and what it comes to. */
export interface ChangedFile {
  readonly path: string;
  /** The artifacts that it speaks of, before or after. */
  readonly artifacts: readonly string[];
  /** Their kinds, before or after; undefined where they cannot be told. */
  readonly kinds: readonly Kind[] | undefined;
  /** The channels in which something enters, leaves or moves by it. */
  readonly channels: readonly string[];
}

/** `waybill.dev/plan-statement/v1`: what a plan would do, said at a time, so that an approval after it can mean it. */
export interface PlanStatement {
  readonly pr: number;
  readonly head: string;
  readonly base: string;
  readonly planDigest: string;
  readonly actionKeys: readonly ActionKey[];
  /** `sha256:` of the pull request's body. */
  readonly bodyHash: string;
  /** RFC 3339 */
  readonly at: string;
  readonly runId: string;
}
