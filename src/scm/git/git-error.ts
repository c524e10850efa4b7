/** What a person can do about it, where it is theirs to mend. */
interface GitErrorOptions extends ErrorOptions {
  readonly hint?: string;
  /** 2: the files here are wrong, and not the machine. */
  readonly exitCode?: 2;
}

/** git could not be run, or answered something that it never should. */
export class GitError extends Error {
  override readonly name = "GitError";
  readonly hint: string | undefined;
  readonly exitCode: 2 | undefined;

  constructor(message: string, options: GitErrorOptions = {}) {
    super(message, options);
    this.hint = options.hint;
    this.exitCode = options.exitCode;
  }
}
