import type { Channel, Diagnostic } from "#model";
import type { Tree } from "./read-tree.ts";
import type { Revisions } from "./revisions.ts";
import { compareTrustWithBase } from "./trust/compare-with-base.ts";
import { TRUST_FILES } from "./trust/policy-files.ts";

/** What a tree is compared with, and under whose rules of steps. */
export interface Comparison {
  readonly revisions: Revisions;
  readonly channels: ReadonlyMap<string, Channel>;
  /** The path of a file as an edit would leave it: git's list of changes does not hold it. */
  readonly overlay: string | undefined;
}

/** What may not change against the base, and the steps that were taken since (contract §2). */
export async function compareWithBase(
  { documents, kpromo, policies, linked }: Tree,
  { revisions: { git, base, changed: changes }, channels, overlay }: Comparison,
): Promise<readonly Diagnostic[]> {
  if (git === undefined || base === undefined) return [];
  const [rooms, { checkSteps }] = await Promise.all([import("#desired"), import("#policy")]);
  const differing = (changes.get(base) ?? []).filter(isCompared);
  // What a link leads to changes under its own path.
  const unlisted = overlay === undefined ? linked : [...linked, overlay];
  const changed = [...new Set([...differing, ...unlisted])];
  if (changed.length === 0) return [];
  const texts = await git.read(base, changed);
  const files = [...texts].map(([path, text]) => ({ path, text }));
  const isChanged = new Set(changed);
  const current = documents.filter((document) => isChanged.has(document.file));
  const before = rooms.readBase(files, current);
  const linesAtBase = new Map(before.documents.map((document) => [document.id, document.lines]));
  const steps = current.map(({ id, lines }) => ({ id, lines, base: linesAtBase.get(id) ?? [] }));
  return [
    ...before.diagnostics,
    ...rooms.compareWithBase({ current, base: before.documents }),
    ...checkSteps(steps, channels),
    ...rooms.checkTagMoves(files, kpromo),
    ...(await compareTrustWithBase(policies, files, changed)),
  ];
}

/** Files that may not say just anything else than before. */
function isCompared(path: string): boolean {
  return TRUST_FILES.has(path) || /^(?:promotions|images)(?:\/|$)/.test(path);
}
