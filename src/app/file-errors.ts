/** What a file system calls its error. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown error";
}

/** Whether an error says that there is no such file, and not that nobody may look. */
export function isAbsent(error: unknown): boolean {
  return ["ENOENT", "ENOTDIR"].includes(codeOf(error));
}

/** Undefined for a file that is not there; any other error is one. */
export function noneWhereAbsent(error: unknown): undefined {
  if (!isAbsent(error)) throw error;
}

/** The same for where a link leads: to itself, or to a name that no file can have, is nowhere. */
export function noneWhereAstray(error: unknown): undefined {
  if (!["ELOOP", "ENAMETOOLONG"].includes(codeOf(error))) noneWhereAbsent(error);
}
