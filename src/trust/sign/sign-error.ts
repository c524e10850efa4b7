/** What failed while evidence was made; the first is the person's to mend, before anything is written. */
export type SignErrorCode =
  | "sign-key"
  | "sign-command"
  | "sign-certificate"
  | "sign-log"
  | "sign-timestamp"
  | "sign-unverified"
  | "attest-limit";

interface SignErrorInit {
  readonly code: SignErrorCode;
  /** A whole sentence without a secret: what a key file, a command or a service said is never quoted whole. */
  readonly message: string;
  readonly hint?: string;
  readonly retryable?: boolean;
}

/** A failure of signing. It has no cause, because what crypto libraries and services throw may repeat keys and tokens. */
export class SignError extends Error {
  override readonly name = "SignError";
  readonly code: SignErrorCode;
  readonly hint: string | undefined;
  readonly retryable: boolean;
  /** A key or option that cannot be used is bad input (contract §4). */
  readonly exitCode: 1 | 2;

  constructor({ code, message, hint, retryable }: SignErrorInit) {
    super(message);
    this.code = code;
    this.hint = hint;
    this.retryable = retryable ?? false;
    this.exitCode = code === "sign-key" ? 2 : 1;
  }
}
