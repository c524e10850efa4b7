import type { SourceFile } from "#desired";
import type { DesiredState, Diagnostic } from "#model";
import type { ChangedFiles } from "./changed-files.ts";

/**
 * Nobody grants themselves a right in the pull request that uses it (promise 11): a policy or a workflow and a promotion
 * do not change together, save for a new site or channel that no promotion of the pull request uses (issue 6 §1). Where
 * the base has no policy, there is no right to grant yet.
 */
export async function checkMixed(
  changed: ChangedFiles,
  files: readonly SourceFile[],
  desired: DesiredState,
): Promise<readonly Diagnostic[]> {
  const promotions = [...changed.promotions, ...changed.kpromo];
  if (changed.bootstrap || promotions.length === 0) return [];
  const additions = await additionsOf(changed, files);
  const isUsed = uses(desired, new Set(promotions));
  const policies = changed.policies.filter((path) => {
    const added = additions.get(path);
    return added === undefined || added.some(isUsed);
  });
  return [
    ...policies.map((file) => together(file, "a policy")),
    ...changed.workflows.map((file) => together(file, "what GitHub runs")),
  ];
}

type Additions = ReadonlyMap<string, readonly string[] | undefined>;

async function additionsOf(
  { policies, before }: ChangedFiles,
  files: readonly SourceFile[],
): Promise<Additions> {
  const { policyAdditions } = await import("#desired");
  const now = new Map(files.map((file) => [file.path, file]));
  return new Map(
    policies.map((path) => [path, policyAdditions(before.get(path), now.get(path))] as const),
  );
}

/** Tells whether a promotion among the files means a channel or site. */
function uses(desired: DesiredState, files: ReadonlySet<string>): (name: string) => boolean {
  const used = new Set<string>();
  for (const { at, places, lines } of desired.artifacts) {
    if (!files.has(at.file)) continue;
    for (const { channels } of lines) for (const { channel } of channels) used.add(channel);
    for (const { site, wants } of places) if (wants.length > 0) used.add(site);
  }
  return (name) => used.has(name);
}

function together(file: string, what: string): Diagnostic {
  return {
    file,
    line: 1,
    column: 1,
    code: "policy-and-promotion",
    severity: "error",
    message: `The pull request changes ${what} and a promotion, so that it could give itself a right and use it.`,
    expected: "two pull requests, each for one of them",
    hint: "take one of them out, and open a second pull request for it",
  };
}
