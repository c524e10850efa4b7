import type { SimpleGit } from "simple-git";

/** One commit on a branch that changed a file. */
export interface FileChange {
  readonly commit: string;
  /** The author's name, as the commit has it. */
  readonly author: string;
  /** The whole message. */
  readonly message: string;
}

/** Whose past is asked for. */
export interface ChangesRequest {
  readonly prefix: string;
  readonly commit: string;
  readonly path: string;
}

/** No step is looked for further back. */
const MOST_CHANGES = 200;
const MAX_MESSAGE = 16 * 1024;

/** The commits of a branch that changed a file, newest first: first parents only, so that a merge is one change. */
export async function changesTo(
  git: SimpleGit,
  { prefix, commit, path }: ChangesRequest,
): Promise<readonly FileChange[]> {
  const how = ["--first-parent", "-m", "--no-renames", `--max-count=${MOST_CHANGES}`];
  const said = await git.raw([
    "log",
    ...how,
    "--format=%H%x1f%an%x1f%B%x1e",
    commit,
    "--",
    `:(top,literal)${prefix}${path}`,
  ]);
  return said.split("\x1e").flatMap((entry) => {
    const [id = "", author = "", message = ""] = entry.trimStart().split("\x1f");
    if (!/^[0-9a-f]{40,64}$/.test(id)) return [];
    return [{ commit: id, author, message: message.slice(0, MAX_MESSAGE) }];
  });
}
