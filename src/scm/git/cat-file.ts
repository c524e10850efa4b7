import { spawn } from "node:child_process";
import { GitError } from "./git-error.ts";
import { SETTINGS_ARGS } from "./settings.ts";

/** What one reading may bring in all: desired state is text, and small. */
const MAX_BYTES = 512 * 1024 * 1024;

/** Which files to read, of which commit. */
export interface BlobRequest {
  readonly folder: string;
  readonly commit: string;
  readonly prefix: string;
  readonly paths: readonly string[];
}

/**
 * Reads many files of one commit with one `git cat-file --batch`; links inside the repository are followed, as the work
 * tree follows them, and paths that name no blob there are left out.
 */
export async function readBlobs(
  { folder, commit, prefix, paths }: BlobRequest,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  // A newline in a path would end the request early; no file of ours has one.
  const asked = paths.filter((path) => !path.includes("\n"));
  if (asked.length === 0) return new Map();
  const input = asked.map((path) => `${commit}:${prefix}${path}\n`).join("");
  const output = await catFile({ folder, mode: BATCH, input }, signal);
  return parseBatch(output, asked);
}

/** Reads blobs by their names in git's own store; one that is not there is left out. */
export async function readObjects(
  { folder, oids }: { readonly folder: string; readonly oids: readonly string[] },
  signal: AbortSignal,
): Promise<readonly string[]> {
  return [...(await readObjectTexts({ folder, oids }, signal)).values()];
}

/** The same, each by its name. */
export async function readObjectTexts(
  { folder, oids }: { readonly folder: string; readonly oids: readonly string[] },
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  if (oids.length === 0) return new Map();
  const input = oids.map((oid) => `${oid}\n`).join("");
  const output = await catFile({ folder, mode: ["--batch"], input }, signal);
  return parseBatch(output, oids);
}

/**
 * The commit that a revision names, undefined where it names none. Not `rev-parse --quiet`: simple-git waits 50 ms after
 * a process that has said nothing, and this one always says something, in no language.
 */
export async function readCommit(
  { folder, revision }: { readonly folder: string; readonly revision: string },
  signal: AbortSignal,
): Promise<string | undefined> {
  const input = `${revision}^{commit}\n`;
  const output = await catFile({ folder, mode: ["--batch-check"], input }, signal);
  return /^([0-9a-f]{40}|[0-9a-f]{64}) commit /.exec(output.toString("utf8"))?.[1];
}

const BATCH = ["--batch", "--follow-symlinks"];

interface CatFile {
  readonly folder: string;
  readonly mode: readonly string[];
  readonly input: string;
}

async function catFile({ folder, mode, input }: CatFile, signal: AbortSignal): Promise<Buffer> {
  const child = spawn("git", [...SETTINGS_ARGS, "cat-file", ...mode], {
    cwd: folder,
    signal,
    stdio: ["pipe", "pipe", "pipe"],
  });
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>();
  const chunks: Buffer[] = [];
  let bytes = 0;
  let complaint = "";
  child.stdout.on("data", (chunk: Buffer) => {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) child.kill();
    else chunks.push(chunk);
  });
  child.stderr.on("data", (chunk: Buffer) => {
    complaint = (complaint + chunk.toString("utf8")).slice(0, 4096);
  });
  child.on("error", (cause) => reject(new GitError("git cat-file could not be run", { cause })));
  child.on("close", (code) => {
    if (code === 0) resolve(Buffer.concat(chunks));
    else reject(new GitError(`git cat-file failed: ${complaint.trim() || "no reason given"}`));
  });
  // git that ends early breaks the pipe; its own exit says why.
  child.stdin.on("error", () => child.kill());
  child.stdin.end(input);
  return promise;
}

const ANSWER = /^(?:[0-9a-f]{40,64} (\w+)|symlink|dangling|loop|notdir) (\d+)$/;

/**
 * Takes the answers apart: `<oid> <type> <size>`, the content, a newline; `symlink <size>` (or `dangling`, `loop`,
 * `notdir`) and where a link led that could not be followed; or `<name> missing`.
 */
function parseBatch(output: Buffer, paths: readonly string[]): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  let at = 0;
  for (const path of paths) {
    const end = output.indexOf(10, at);
    if (end < 0) break;
    const header = output.toString("utf8", at, end);
    at = end + 1;
    const match = ANSWER.exec(header);
    if (!match) continue;
    const size = Number(match[2]);
    if (match[1] === "blob") texts.set(path, output.toString("utf8", at, at + size));
    at += size + 1;
  }
  return texts;
}
