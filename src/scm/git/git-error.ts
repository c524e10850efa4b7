/** git could not be run, or answered something that it never should. */
export class GitError extends Error {
  override readonly name = "GitError";
}
