import type { OpenRequest } from "../pr/open-request.ts";

/** What a command set off. */
export interface Started {
  /** False: nothing could be started, and `says` has why. */
  readonly ok: boolean;
  /** One sentence for the comment. */
  readonly says: string;
  /** The merge that jobs which come after this one plan, as data; undefined: they have nothing to do. */
  readonly plan?: string | undefined;
}

/** What commands set off where we run: jobs of GitHub Actions, or the bot's own queue. */
export interface ChatHost {
  /** Has an open pull request planned again, and its comment and check told; `base` is what it was planned against last. */
  readonly planAgain: (
    open: OpenRequest,
    base: string | undefined,
    signal: AbortSignal,
  ) => Promise<Started>;
  /** Has the check of the approvals look again, because the pull request is held, or no longer. */
  readonly judgeAgain: (open: OpenRequest, signal: AbortSignal) => Promise<Started>;
  /** Has what was merged applied again; approvals count as they do after any merge. */
  readonly applyAgain: (open: OpenRequest, signal: AbortSignal) => Promise<Started>;
  /** The newest document of `plan --format github --out` for this head; undefined: there is none that can be believed. */
  readonly lastCheck: (open: OpenRequest, signal: AbortSignal) => Promise<string | undefined>;
}
