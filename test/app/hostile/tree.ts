import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { BareRepository } from "../../support/github/bare-repository.ts";

const execute = promisify(execFile);

/** A file, a link, a program or somebody else's commit in a tree; text alone is a file. */
export type TreeEntry =
  | string
  | { readonly link: string }
  | { readonly program: string }
  | { readonly commit: string };

/** Commits entries at their very paths, whatever is in them, on top of a branch; names the result as another branch. */
export async function commitTree(
  repository: BareRepository,
  work: {
    readonly onto: string;
    readonly branch: string;
    readonly entries: Readonly<Record<string, TreeEntry | undefined>>;
  },
): Promise<string> {
  const index = { GIT_INDEX_FILE: `${repository.folder}/hostile-index` };
  await repository.git(["read-tree", work.onto], index);
  for (const [path, entry] of Object.entries(work.entries)) {
    const [mode, oid] =
      entry === undefined ? ["0", "0".repeat(40)] : await objectOf(repository, entry);
    await withInput(repository, ["update-index", "-z", "--index-info"], {
      input: `${mode} ${oid}\t${path}\0`,
      env: index,
    });
  }
  const tree = (await repository.git(["write-tree"], index)).trim();
  const parent = (await repository.head(work.onto)) ?? "";
  const person = { name: "mallory", email: "mallory@example.com" };
  const at = Math.floor(Date.now() / 1000);
  const commit = await repository.commitTree(tree, {
    parents: [parent],
    message: "a change",
    author: person,
    at,
  });
  await repository.setRef(`refs/heads/${work.branch}`, commit);
  return commit;
}

async function objectOf(
  repository: BareRepository,
  entry: TreeEntry,
): Promise<readonly [mode: string, oid: string]> {
  if (typeof entry === "string") return ["100644", await blobOf(repository, entry)];
  if ("link" in entry) return ["120000", await blobOf(repository, entry.link)];
  if ("program" in entry) return ["100755", await blobOf(repository, entry.program)];
  return ["160000", entry.commit];
}

async function blobOf(repository: BareRepository, text: string): Promise<string> {
  return (
    await withInput(repository, ["hash-object", "-w", "--stdin"], { input: text, env: {} })
  ).trim();
}

async function withInput(
  { folder }: BareRepository,
  args: readonly string[],
  { input, env }: { readonly input: string; readonly env: Readonly<Record<string, string>> },
): Promise<string> {
  const running = execute("git", [...args], { cwd: folder, env: { ...process.env, ...env } });
  running.child.stdin?.end(input);
  return (await running).stdout;
}
