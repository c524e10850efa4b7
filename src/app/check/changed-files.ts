import { stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { SourceFile } from "#desired";
import { openGit } from "#scm";
import type { Loaded } from "../load.ts";
import { FOLDERS } from "../read-files.ts";

/** The files that a pull request changes, by what they are; told by git, never by a capped API. */
export interface ChangedFiles {
  readonly promotions: readonly string[];
  /** kpromo's manifests and images. */
  readonly kpromo: readonly string[];
  readonly policies: readonly string[];
  /** Below `.github/` at the top of the repository. */
  readonly workflows: readonly string[];
  /** What they said at the base; a file that was not there has no entry. */
  readonly before: ReadonlyMap<string, SourceFile>;
  /** The base holds no policy at all: nobody was given a right yet. */
  readonly bootstrap: boolean;
}

/** Asks git for what differs between the base and the tree. */
export async function changedFiles(
  root: string,
  { revisions }: Pick<Loaded, "revisions">,
  signal: AbortSignal,
): Promise<ChangedFiles | undefined> {
  const { git, since } = revisions;
  if (git === undefined || since === undefined) return undefined;
  const [changed, workflows, policies] = await Promise.all([
    git.changedSince(since, FOLDERS),
    changedWorkflows(root, since, signal),
    git.filesAt(since, ["policies"]),
  ]);
  const texts = await git.read(since, changed);
  return {
    promotions: below(changed, "promotions"),
    kpromo: [...below(changed, "manifests"), ...below(changed, "images")],
    policies: below(changed, "policies"),
    workflows,
    before: new Map([...texts].map(([path, text]) => [path, { path, text }])),
    bootstrap: policies.length === 0,
  };
}

function below(paths: readonly string[], folder: string): readonly string[] {
  return paths.filter((path) => path.startsWith(`${folder}/`));
}

/** Workflows lie at the top of the repository, wherever in it the promotions root is. */
async function changedWorkflows(
  root: string,
  since: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const git = await openGit(await topOf(root), signal);
  return (await git?.changedSince(since, [".github"])) ?? [];
}

async function topOf(folder: string): Promise<string> {
  for (let at = folder; ; at = dirname(at)) {
    const found = await stat(join(at, ".git")).catch(() => undefined);
    if (found !== undefined || dirname(at) === at) return found === undefined ? folder : at;
  }
}
