import { randomUUID } from "node:crypto";
import { readCommit, readObjects } from "./cat-file.ts";
import { GitError } from "./git-error.ts";
import { askGit, runGit } from "./run-git.ts";

/** Notes at one moment: the commit that holds them, and which blob is whose note. */
export interface NotesTip {
  /** Undefined: there are none yet. */
  readonly commit: string | undefined;
  /** Annotated object → blob. */
  readonly blobs: ReadonlyMap<string, string>;
}

/** Notes to be: those of `onto` with some of them written anew. */
export interface NotesChange {
  readonly onto: string | undefined;
  /** Annotated commit → text. */
  readonly texts: ReadonlyMap<string, string>;
  readonly message: string;
  readonly at: Date;
}

/** Notes of one repository under one reference; every path of git's own fan-out is hidden. */
export interface GitNotes {
  /** What a reference names now: the notes' own, or one that was fetched. */
  tip(reference: string): Promise<NotesTip>;
  /** Texts of blobs. */
  texts(blobs: readonly string[]): Promise<ReadonlyMap<string, string>>;
  /** Makes a commit of notes, which no reference names yet. */
  write(change: NotesChange): Promise<string>;
  /** Moves the reference, if it still names `before`; false: it does not. */
  move(reference: string, before: string | undefined, after: string): Promise<boolean>;
}

/** Notes of the repository that holds a folder. */
export function notesIn(folder: string, signal: AbortSignal): GitNotes {
  return {
    tip: (reference) => tipOf(folder, reference, signal),
    texts: (oids) => readObjects({ folder, oids }, signal),
    write: (change) => write(folder, change, signal),
    move: (reference, before, after) => move(folder, { reference, before, after }, signal),
  };
}

const OID = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;

async function tipOf(folder: string, reference: string, signal: AbortSignal): Promise<NotesTip> {
  const commit = await readCommit({ folder, revision: reference }, signal);
  if (commit === undefined) return { commit, blobs: new Map() };
  const listed = await askGit(
    { folder, args: ["ls-tree", "-r", "-z", "--full-tree", commit] },
    signal,
  );
  const blobs = listed.split("\0").flatMap((entry) => {
    const [, blob, path] = /^100644 blob ([0-9a-f]+)\t(.+)$/s.exec(entry) ?? [];
    const annotated = path?.replaceAll("/", "") ?? "";
    return blob !== undefined && OID.test(annotated) ? [[annotated, blob] as const] : [];
  });
  return { commit, blobs: new Map(blobs) };
}

/** `fast-import` keeps the notes' fan-out, and does all of it in one process. */
async function write(folder: string, change: NotesChange, signal: AbortSignal): Promise<string> {
  const scratch = `refs/waybill/scratch/${randomUUID()}`;
  const { onto, texts, message, at } = change;
  const lines = [
    `commit ${scratch}\n`,
    "mark :1\n",
    `committer waybill <waybill@localhost> ${Math.floor(at.getTime() / 1000)} +0000\n`,
    data(message),
    ...(onto === undefined ? [] : [`from ${onto}\n`]),
    ...[...texts].map(([commit, text]) => `N inline ${commit}\n${data(text)}`),
    "\nget-mark :1\n",
    "done\n",
  ];
  const args = ["fast-import", "--quiet", "--done", "--date-format=raw"];
  try {
    const commit = (await askGit({ folder, args, input: lines.join("") }, signal)).trim();
    if (OID.test(commit)) return commit;
    throw new GitError("git fast-import named no commit");
  } finally {
    await runGit({ folder, args: ["update-ref", "-d", scratch] }, signal);
  }
}

function data(text: string): string {
  return `data ${Buffer.byteLength(text)}\n${text}\n`;
}

interface Move {
  readonly reference: string;
  readonly before: string | undefined;
  readonly after: string;
}

async function move(
  folder: string,
  { reference, before, after }: Move,
  signal: AbortSignal,
): Promise<boolean> {
  const none = "0".repeat(after.length);
  const args = ["update-ref", reference, after, before ?? none];
  const { code, err } = await runGit({ folder, args }, signal);
  if (code === 0) return true;
  if (/cannot lock ref|but expected|reference already exists/.test(err)) return false;
  throw new GitError(`git update-ref failed: ${err.trim()}`);
}
