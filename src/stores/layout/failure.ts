import type { Digest, Repository } from "#model";
import { StoreError, type StoreErrorCode } from "../store-error.ts";

/** What was being done to a layout when it failed. */
export interface Doing {
  readonly repository: Repository;
  /** Continues "could not": `read index.json`, `write a blob`. */
  readonly what: string;
  readonly digest?: Digest | undefined;
}

interface Kind {
  readonly code: StoreErrorCode;
  readonly why: string;
  readonly hint: string;
  readonly retryable?: boolean;
}

const FULL: Kind = {
  code: "no-space",
  why: "the disk is full",
  hint: "make room there and run again; what is complete stays and is not copied twice.",
};
const READ_ONLY: Kind = {
  code: "read-only",
  why: "it may not be written",
  hint: "give the user that runs waybill the right to write there, or use another path.",
};
const LINK: Kind = {
  code: "invalid-layout",
  why: "a link or a special file lies where a file or folder of the layout belongs",
  hint: "replace it by the real file; links in a layout are never followed.",
};
const IN_THE_WAY: Kind = {
  code: "invalid-layout",
  why: "a file lies where a folder should be",
  hint: "move it away, or name another path",
};
const BUSY: Kind = {
  code: "unavailable",
  why: "the system has no open file left",
  hint: "raise the limit of open files (ulimit -n) or run again later.",
};

const KINDS: ReadonlyMap<string, Kind> = new Map([
  ["ENOSPC", FULL],
  ["EDQUOT", { ...FULL, why: "the disk quota is used up" }],
  ["EFBIG", { ...FULL, why: "the file would be larger than the limit there" }],
  ["EROFS", { ...READ_ONLY, why: "its file system is read-only" }],
  ["EACCES", READ_ONLY],
  ["EPERM", READ_ONLY],
  ["ELOOP", LINK],
  ["EISDIR", LINK],
  ["ENOTDIR", IN_THE_WAY],
  ["EEXIST", IN_THE_WAY],
  ["ENXIO", LINK],
  ["EMFILE", BUSY],
  ["ENFILE", BUSY],
]);

/** Tells whether an error is the system's, with one of the codes (any, where none are given). */
export function isErrno(
  error: unknown,
  ...codes: readonly string[]
): error is NodeJS.ErrnoException {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string")
    return false;
  return "errno" in error && (codes.length === 0 || codes.includes(error.code));
}

/** A failed system call as a StoreError with its reason and what to do; anything else comes back as it is. */
export function layoutFailure(error: unknown, doing: Doing): unknown {
  if (error instanceof StoreError || !isErrno(error)) return error;
  const { code, why, hint, retryable } = KINDS.get(error.code ?? "") ?? unknownKind(error);
  const { repository, what, digest } = doing;
  const message = `${repository}: could not ${what}: ${why}`;
  return new StoreError({ code, message, hint, repository, digest, retryable, cause: error });
}

function unknownKind(error: NodeJS.ErrnoException): Kind {
  const why = `the system says ${error.code ?? "nothing"}`;
  return { code: "unavailable", why, hint: "run again; if it stays so, look at that disk" };
}

/** Runs work on a layout's files, its system errors told as StoreErrors. */
export async function onDisk<T>(doing: Doing, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw layoutFailure(error, doing);
  }
}

/** A layout that is not what the image specification says, or that tries to lead us elsewhere. */
export function invalidLayout(repository: Repository, why: string, digest?: Digest): StoreError {
  return new StoreError({
    code: "invalid-layout",
    message: `${repository}: not a sound OCI layout: ${why}`,
    hint: "repair the folder or make it anew; nothing in it was changed.",
    repository,
    digest,
  });
}

/** Throws `interrupted` where the signal has aborted. */
export function throwIfInterrupted(signal: AbortSignal, repository: Repository): void {
  if (!signal.aborted) return;
  throw new StoreError({
    code: "interrupted",
    message: `${repository}: interrupted`,
    repository,
    cause: signal.reason,
  });
}
