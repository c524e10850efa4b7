import type { SimpleGit } from "simple-git";
import { readObjects } from "./cat-file.ts";

/** Whose past is asked for. */
export interface HistoryRequest {
  readonly folder: string;
  readonly prefix: string;
  readonly commit: string;
  readonly path: string;
}

/**
 * Every text that a file ever had on the branch that a commit ends, first parents only: what a merged branch held on the
 * way was never in force. A shallow clone does not know them all.
 */
export async function textsOnBranch(
  git: SimpleGit,
  { folder, prefix, commit, path }: HistoryRequest,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const how = ["--first-parent", "-m", "--raw", "--no-abbrev", "--no-renames", "--format=%H"];
  const said = await git.raw(["log", ...how, commit, "--", `:(top,literal)${prefix}${path}`]);
  // `:100644 100644 <before> <after> M<tab>path`; what was deleted has an oid of zeros, and links are no texts.
  const changes = said.matchAll(/^:(\d{6}) (\d{6}) ([0-9a-f]{40,64}) ([0-9a-f]{40,64}) /gm);
  const oids = [...changes].flatMap(([, oldMode = "", mode = "", before = "", after = ""]) => [
    ...(isFile(oldMode) ? [before] : []),
    ...(isFile(mode) ? [after] : []),
  ]);
  return [...(await readObjects({ folder, oids: [...new Set(oids)] }, signal)).values()];
}

function isFile(mode: string): boolean {
  return mode === "100644" || mode === "100755";
}
