import type { Digest, Fault, Repository } from "#model";

/** Everything that can go wrong with a store, as one closed list. */
export type StoreErrorCode =
  | "unreachable" // no connection, name, route, or it broke and retries ran out
  | "timeout" // a deadline or a stalled body
  | "tls" // certificate expired, unknown authority, wrong name
  | "unauthorized" // 401 after our best credentials
  | "forbidden" // 403
  | "rate-limited" // 429 after the retry budget
  | "unavailable" // 5xx after the retry budget
  | "not-found" // something that had to be there is not: a project, an upload, a blob of a source
  | "digest-mismatch" // bytes that are not what their digest or size says
  | "refused" // the store understood and said no: quota, immutability rule, invalid manifest, unsupported
  | "unsupported" // schema 1, a store kind, an operation that this store cannot do
  | "conflict" // a tag changed under us
  | "too-large" // over one of our caps
  | "invalid-answer" // not what the protocol says: hostile or broken
  | "invalid-layout" // a layout on disk that is hostile or broken
  | "no-space" // disk full
  | "read-only" // a layout we may not write
  | "credentials" // a credential file or helper that cannot be used
  | "interrupted"; // the signal aborted

export interface StoreErrorInit {
  readonly code: StoreErrorCode;
  /** A whole sentence that names the store and what was asked; never a secret. */
  readonly message: string;
  /** What to do about it, where we know. */
  readonly hint?: string | undefined;
  readonly repository?: Repository | undefined;
  readonly digest?: Digest | undefined;
  readonly retryable?: boolean | undefined;
  readonly cause?: unknown;
}

const RETRYABLE: ReadonlySet<StoreErrorCode> = new Set([
  "unreachable",
  "timeout",
  "rate-limited",
  "unavailable",
  "conflict",
]);

/** A failure of a store, with what a person needs: which store, which digest, whether a retry helps. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly code: StoreErrorCode;
  readonly hint: string | undefined;
  readonly repository: Repository | undefined;
  readonly digest: Digest | undefined;
  readonly retryable: boolean;

  constructor(init: StoreErrorInit) {
    super(init.message, init.cause === undefined ? undefined : { cause: init.cause });
    this.code = init.code;
    this.hint = init.hint;
    this.repository = init.repository;
    this.digest = init.digest;
    this.retryable = init.retryable ?? RETRYABLE.has(init.code);
  }
}

/** A store's failure as a fact for observations and results; anything else is a defect of ours and is thrown on. */
export function faultOf(error: unknown): Fault {
  if (!(error instanceof StoreError)) throw error;
  return { code: error.code, message: error.message, hint: error.hint, retryable: error.retryable };
}
