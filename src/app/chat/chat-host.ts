import type { PullRequest } from "#model";

/** What a command sets off where we run: jobs of GitHub Actions, or the bot's own queue. Each says what it did. */
export interface ChatHost {
  /** Has an open pull request planned again, and its comment and check told. */
  readonly planAgain: (pullRequest: PullRequest, signal: AbortSignal) => Promise<string>;
  /** Has the check of the approvals look again, because the pull request is held, or no longer. */
  readonly judgeAgain: (pullRequest: PullRequest, signal: AbortSignal) => Promise<string>;
  /** Has what was merged applied again; approvals count as they do after any merge. */
  readonly applyAgain: (pullRequest: PullRequest, signal: AbortSignal) => Promise<string>;
  /** The newest document of `plan --format github --out` for this head; undefined: there is none that can be believed. */
  readonly lastCheck: (
    pullRequest: PullRequest,
    signal: AbortSignal,
  ) => Promise<string | undefined>;
}
