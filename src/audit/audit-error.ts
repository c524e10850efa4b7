/** `contended`: others wrote at the same moment, each time; `refused`: the remote takes no notes from us. */
export type AuditErrorCode = "contended" | "refused";

/** A record that could not be kept; what it is about was done all the same. */
export class AuditError extends Error {
  override readonly name = "AuditError";
  readonly code: AuditErrorCode;
  readonly hint: string;
  readonly retryable: boolean;

  constructor(code: AuditErrorCode, message: string, hint: string) {
    super(message);
    this.code = code;
    this.hint = hint;
    this.retryable = code === "contended";
  }
}
