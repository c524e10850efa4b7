import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { openGit } from "#scm";
import { load } from "../load.ts";
import { FOLDERS } from "../read-files.ts";

/** What an edit left in a work tree. */
export interface ChangedTexts {
  /** Path from the top → text; undefined where the file is gone. */
  readonly files: ReadonlyMap<string, string | undefined>;
  /** The channels, in the order of their file. */
  readonly order: readonly string[];
}

/** Collects the files of a promotions repository that differ from the commit that its work tree was lent of. */
export async function collectFiles(
  folder: string,
  prefix: string,
  signal: AbortSignal,
): Promise<ChangedTexts> {
  const [git, { desired }] = await Promise.all([
    openGit(folder, signal),
    load({ root: folder }, signal),
  ]);
  const paths = (await git?.changedSince("HEAD", FOLDERS)) ?? [];
  const texts = paths.map(async (path) => {
    const text = await readFile(join(folder, path), "utf8").catch(noneWhereAbsent);
    return [`${prefix}${path}`, text] as const;
  });
  return { files: new Map(await Promise.all(texts)), order: [...desired.channels.keys()] };
}

function noneWhereAbsent(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
  throw error;
}
