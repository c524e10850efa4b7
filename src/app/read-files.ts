import { lstat, readdir, readFile, realpath } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import type { SourceFile } from "#desired";
import { codeOf, noneWhereAbsent, noneWhereAstray } from "./file-errors.ts";
import { RequestError } from "./request-error.ts";

/** The folders of a promotions repository that hold desired state (design §3, contract §2). */
export const FOLDERS = ["promotions", "policies", "manifests", "images"] as const;

/** No repository of promotions is larger; what is, is another kind of folder. */
const MAX_FILES = 50_000;
const MAX_DEPTH = 16;
/** Larger than any file that is read; the rest is refused by its size. */
const MAX_BYTES = 17 * 1024 * 1024;
const FILES_AT_ONCE = 32;

/** Reads every file below the folders of a promotions repository, in the order of their paths. */
export async function readFiles(root: string, signal: AbortSignal): Promise<readonly SourceFile[]> {
  const paths: string[] = [];
  const files: SourceFile[] = [];
  for (const folder of FOLDERS) {
    if (await isLink(join(root, folder)))
      files.push({ path: folder, text: "", symlink: "outside" });
    else await list(root, folder, paths, signal);
  }
  for (let at = 0; at < paths.length; at += FILES_AT_ONCE) {
    signal.throwIfAborted();
    files.push(
      ...(await Promise.all(paths.slice(at, at + FILES_AT_ONCE).map((path) => readAt(root, path)))),
    );
  }
  return files;
}

/** A folder that is a link is told and not followed: git knows what lies behind it by other paths, which nobody compares. */
async function isLink(path: string): Promise<boolean> {
  const found = await lstat(path).catch(noneWhereAbsent);
  return found?.isSymbolicLink() === true;
}

async function list(
  root: string,
  folder: string,
  paths: string[],
  signal: AbortSignal,
): Promise<void> {
  signal.throwIfAborted();
  if (folder.split("/").length > MAX_DEPTH || paths.length > MAX_FILES) throw tooManyFiles(folder);
  const found = readdir(join(root, folder), { withFileTypes: true });
  const entries = (await found.catch(noneWhereAbsent)) ?? [];
  if (entries.some(({ name }) => name === ".git")) throw ownRepository(folder);
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) await list(root, path, paths, signal);
    else if (entry.isFile() || entry.isSymbolicLink()) paths.push(path);
  }
}

/** A file that went away or cannot be read ends the run: what it says is not known, and nothing is done without it. */
async function readAt(root: string, path: string): Promise<SourceFile> {
  return read(root, path).catch((error: unknown) => {
    throw new RequestError(
      `${path} could not be read (${codeOf(error)}).`,
      "make it readable, or run again where it changed just now; nothing was done",
    );
  });
}

/** A symlink is told as one; where it leads out of the tree its target is not read. */
async function read(root: string, path: string): Promise<SourceFile> {
  const full = join(root, path);
  const stat = await lstat(full);
  if (stat.isSymbolicLink()) {
    const inside = await leadsInside(root, full);
    return {
      path,
      text: inside ? await readFile(full, "utf8") : "",
      symlink: inside ? "inside" : "outside",
    };
  }
  // A byte more than any cap is enough for the reader to refuse the file by its size.
  if (stat.size > MAX_BYTES) return { path, text: " ".repeat(MAX_BYTES) };
  return { path, text: await readFile(full, "utf8") };
}

async function leadsInside(root: string, full: string): Promise<boolean> {
  const target = await realpath(full).catch(noneWhereAstray);
  if (target === undefined) return false;
  const path = relative(await realpath(root), target);
  const stat = await lstat(target);
  return (
    path !== "" &&
    path !== ".." &&
    !path.startsWith(`..${sep}`) &&
    stat.isFile() &&
    stat.size <= MAX_BYTES
  );
}

/**
 * Where the links among some files lead, as paths below the root. A change of such a file is a change of what the link
 * says, and git tells it by that file's own path.
 */
export async function targetsOf(
  root: string,
  files: readonly SourceFile[],
): Promise<readonly string[]> {
  const links = files.filter(({ symlink }) => symlink === "inside");
  if (links.length === 0) return [];
  const top = await realpath(root);
  const targets = await Promise.all(links.map(({ path }) => realpath(join(root, path))));
  return [...new Set(targets.map((target) => relative(top, target).split(sep).join("/")))];
}

function ownRepository(folder: string): RequestError {
  return new RequestError(
    `${folder}/ is a git repository of its own, so that its files are not what this one says.`,
    "put the files themselves here: no submodule is read",
  );
}

function tooManyFiles(folder: string): RequestError {
  return new RequestError(
    `${folder}/ holds more than ${MAX_FILES} files, or is nested deeper than ${MAX_DEPTH} folders.`,
    "keep other files out of the folders of the promotions repository",
  );
}
