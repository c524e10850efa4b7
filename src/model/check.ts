/** What a check of a pull request came to: the value of the output `result` (issue 6 §1). */
export const CHECK_RESULTS = [
  "none",
  "changes",
  "blocked",
  "invalid",
  "unknown",
  "desired-only",
] as const;
export type CheckResult = (typeof CHECK_RESULTS)[number];

/** Repositories that this run could not, or may not, read, so that only what git asks for is known of them. */
export interface Unread {
  /** A host, or a layout's path. */
  readonly store: string;
  /** `new-host`: the base does not know it, so that it was not contacted; `no-rights`: it was, and answered nothing to this job. */
  readonly why: "new-host" | "no-rights";
}
