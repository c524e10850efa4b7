/** What kept a trusted root from being fetched. */
export type TufErrorCode =
  | "tuf-unreachable"
  | "tuf-form"
  | "tuf-signature"
  | "tuf-expired"
  | "tuf-version"
  | "tuf-target";

interface TufErrorInit {
  readonly code: TufErrorCode;
  /** A whole sentence that names the repository. */
  readonly message: string;
  readonly hint?: string;
  readonly retryable?: boolean;
  readonly cause?: unknown;
}

/** A TUF repository that gave no answer, or one that must not be believed: nothing is taken from it. */
export class TufError extends Error {
  override readonly name = "TufError";
  readonly code: TufErrorCode;
  readonly hint: string | undefined;
  readonly retryable: boolean;

  constructor({ code, message, hint, retryable, cause }: TufErrorInit) {
    super(message, { cause });
    this.code = code;
    this.hint = hint;
    this.retryable = retryable ?? false;
  }
}
