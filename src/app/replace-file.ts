import { lstat, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { SourceFile } from "#desired";
import { RequestError } from "./request-error.ts";

/** One file as it was read, and as it shall be. */
export interface Replacement {
  readonly path: string;
  /** Undefined: there was no file. */
  readonly before: string | undefined;
  readonly text: string;
}

/**
 * Replaces a file of the promotions repository in one step, keeping its mode. A RequestError, and no change, where it is
 * a link or lies behind one, or where somebody changed it since it was read.
 */
export async function replaceFile(root: string, replacement: Replacement): Promise<void> {
  const { path, before, text } = replacement;
  const full = join(root, path);
  await refuseLinks(root, path);
  const now = await readPromotion(root, path);
  if (now?.text !== before) throw changedMeanwhile(path);
  await mkdir(dirname(full), { recursive: true });
  const found = await lstat(full).catch(noneWhereAbsent);
  const temporary = `${full}.${process.pid}.tmp`;
  try {
    await writeFile(temporary, text, { flag: "wx", mode: found?.mode ?? 0o666 });
    await rename(temporary, full);
  } catch (cause) {
    await rm(temporary, { force: true });
    const why = cause instanceof Error && "code" in cause ? ` (${String(cause.code)})` : "";
    throw new RequestError(`${path} cannot be written${why}.`, "nothing was changed");
  }
}

/** The text of a promotion file, or undefined where there is none yet. */
export async function readPromotion(root: string, path: string): Promise<SourceFile | undefined> {
  const text = await readFile(join(root, path), "utf8").catch(noneWhereAbsent);
  return text === undefined ? undefined : { path, text };
}

function noneWhereAbsent(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
  throw error;
}

async function refuseLinks(root: string, path: string): Promise<void> {
  let at = root;
  for (const part of path.split("/")) {
    at = join(at, part);
    const found = await lstat(at).catch(noneWhereAbsent);
    if (found?.isSymbolicLink() === true) throw isLink(path);
  }
}

function isLink(path: string): RequestError {
  return new RequestError(
    `${path} is a symbolic link, or lies behind one, and would be written somewhere else.`,
    "edit the file that it leads to, or put a regular file in its place",
  );
}

function changedMeanwhile(path: string): RequestError {
  return new RequestError(
    `${path} changed while it was being edited; nothing was written.`,
    "run the command again",
  );
}
