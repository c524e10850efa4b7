/** Everything that can go wrong with a forge, as one closed list. */
export type ForgeErrorCode =
  | "no-token" // nothing to authenticate with
  | "unauthorized" // 401: the token is wrong, expired or revoked
  | "forbidden" // 403, or a 404 that hides one: the token lacks a right, which `right` names
  | "not-found" // something that had to be there is not: the repository, the pull request
  | "rate-limited" // the wait is longer than we are willing to
  | "refused" // 422 and the like: understood, and no
  | "conflict" // a branch, comment or check changed under us
  | "too-large" // over one of the forge's limits or our caps
  | "unavailable" // 5xx after the retries
  | "unreachable" // no connection, name, route, or it broke
  | "timeout" // no answer within the deadline
  | "invalid-answer" // not what the API says
  | "credentials" // an App's key or id that cannot be used
  | "interrupted"; // the signal aborted

export interface ForgeErrorInit {
  readonly code: ForgeErrorCode;
  /** A whole sentence that names the host and what was asked; never a secret. */
  readonly message: string;
  /** What to do about it, where we know. */
  readonly hint?: string | undefined;
  /** The right that is missing, as the forge calls it: `pull-requests: write`. */
  readonly right?: string | undefined;
  /** The status of the answer, where there was one. */
  readonly status?: number | undefined;
  /** How long to wait before another try could succeed, in milliseconds, where the forge says. */
  readonly retryAfterMs?: number | undefined;
  readonly retryable?: boolean | undefined;
  readonly cause?: unknown;
}

const RETRYABLE: ReadonlySet<ForgeErrorCode> = new Set([
  "rate-limited",
  "conflict",
  "unavailable",
  "unreachable",
  "timeout",
]);

/** A failure of a forge, with what a person needs: what was asked, which right is missing, whether a retry helps and when. */
export class ForgeError extends Error {
  override readonly name = "ForgeError";
  readonly code: ForgeErrorCode;
  readonly hint: string | undefined;
  readonly right: string | undefined;
  readonly status: number | undefined;
  readonly retryAfterMs: number | undefined;
  readonly retryable: boolean;

  constructor(init: ForgeErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.code = init.code;
    this.hint = init.hint;
    this.right = init.right;
    this.status = init.status;
    this.retryAfterMs = init.retryAfterMs;
    this.retryable = init.retryable ?? RETRYABLE.has(init.code);
  }
}
