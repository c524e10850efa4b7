/** What was asked cannot be done as it was asked: a revision that does not exist, uncommitted changes, no such artifact. Exit 2. */
export class RequestError extends Error {
  override readonly name = "RequestError";
  readonly exitCode = 2;
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}
