import type { Policies, PromotionDocument, SourceFile } from "#desired";
import type { DesiredArtifact, DesiredState, Diagnostic } from "#model";
import { readFiles } from "./read-files.ts";

/** How a tree is read. */
export interface TreeRequest {
  readonly root: string;
  /** In the action: paths that are absolute or leave the root are refused (contract §1). */
  readonly restrictPaths?: boolean | undefined;
  /** A file as an edit would leave it, in place of the one that is there. */
  readonly overlay?: SourceFile | undefined;
}

/** The files of a promotions repository as they lie there, and what they say by themselves. */
export interface Tree {
  readonly files: readonly SourceFile[];
  /** Paths of files that are links to others of the tree. */
  readonly linked: readonly string[];
  readonly documents: readonly PromotionDocument[];
  readonly policies: Policies;
  readonly kpromo: readonly DesiredArtifact[];
  readonly desired: DesiredState;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads every file of the tree and resolves what git says should be where. */
export async function readTree(request: TreeRequest, signal: AbortSignal): Promise<Tree> {
  const [found, rooms] = await Promise.all([readFiles(request.root, signal), import("#desired")]);
  const files = laidOver(found, request.overlay);
  const rules = { restrictPaths: request.restrictPaths ?? false };
  const promotions = rooms.readPromotions(files, rules);
  const policies = rooms.readPolicies(files, rules);
  const kpromo = rooms.readKpromo(files);
  const resolution = rooms.resolve({
    promotions: promotions.documents,
    policies: policies.policies,
    kpromo: kpromo.artifacts,
  });
  return {
    files,
    linked: files.filter(({ symlink }) => symlink === "inside").map(({ path }) => path),
    documents: promotions.documents,
    policies: policies.policies,
    kpromo: kpromo.artifacts,
    desired: resolution.desired,
    diagnostics: [
      ...rooms.checkPaths(files),
      ...rooms.checkPrivateKeys(files),
      ...promotions.diagnostics,
      ...policies.diagnostics,
      ...kpromo.diagnostics,
      ...resolution.diagnostics,
    ],
  };
}

function laidOver(
  files: readonly SourceFile[],
  overlay: SourceFile | undefined,
): readonly SourceFile[] {
  return overlay === undefined
    ? files
    : [...files.filter((file) => file.path !== overlay.path), overlay];
}
