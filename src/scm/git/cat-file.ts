import type { Answer } from "./object-answers.ts";
import { objectReader } from "./object-reader.ts";

/** Which files to read, of which commit. */
export interface BlobRequest {
  readonly folder: string;
  readonly commit: string;
  readonly prefix: string;
  readonly paths: readonly string[];
}

/**
 * Reads many files of one commit; links inside the repository are followed, as the work tree follows them, and paths that
 * name no blob there are left out.
 */
export async function readBlobs(
  { folder, commit, prefix, paths }: BlobRequest,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const reader = objectReader(folder, signal);
  return textsOf(paths, (path) =>
    reader.ask({ kind: "contents", name: `${commit}:${prefix}${path}` }),
  );
}

/** Reads blobs by their names in git's own store; one that is not there is left out. */
export async function readObjects(
  { folder, oids }: { readonly folder: string; readonly oids: readonly string[] },
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const reader = objectReader(folder, signal);
  return textsOf(oids, (name) => reader.ask({ kind: "contents", name }));
}

/** The commit that a revision names, undefined where it names none. */
export async function readCommit(
  { folder, revision }: { readonly folder: string; readonly revision: string },
  signal: AbortSignal,
): Promise<string | undefined> {
  const name = `${revision}^{commit}`;
  const found = await objectReader(folder, signal).ask({ kind: "info", name });
  return found?.type === "commit" ? found.oid : undefined;
}

async function textsOf(
  names: readonly string[],
  ask: (name: string) => Promise<Answer | undefined>,
): Promise<ReadonlyMap<string, string>> {
  const asked = names.map(async (name) => [name, await ask(name)] as const);
  return new Map(
    (await Promise.all(asked)).flatMap(([name, found]) =>
      found?.type === "blob" ? [[name, found.content.toString("utf8")] as const] : [],
    ),
  );
}
