import type { Policies } from "#desired";
import type { DesiredState, RegistryHost } from "#model";
import { FOLDERS } from "./read-files.ts";
import type { Revisions } from "./revisions.ts";

/** What git said at `--since`, as far as a scope needs it. */
export interface BaseState {
  readonly desired: DesiredState;
  readonly registries: readonly RegistryHost[];
  /** Files that differ; undefined where a policy or a kpromo manifest does, so that every artifact is compared. */
  readonly promotions: ReadonlySet<string> | undefined;
}

/**
 * Reads the state at `--since`, leniently. Where only promotion files differ only those are read; a policy that differs
 * can affect any artifact, so that everything is read and compared.
 */
export async function readBaseState({
  revisions,
  policies,
  linked,
}: {
  readonly revisions: Revisions;
  readonly policies: Policies;
  /** Paths that are links: what they lead to changes under its own path. */
  readonly linked: readonly string[];
}): Promise<BaseState | undefined> {
  const { git, since, changed: changes } = revisions;
  if (git === undefined || since === undefined) return undefined;
  const rooms = await import("#desired");
  const changed = [...new Set([...(changes.get(since) ?? []), ...linked])];
  const onlyPromotions = changed.every((path) => path.startsWith("promotions/"));
  const paths = onlyPromotions ? changed : [...(await git.filesAt(since, FOLDERS)), ...linked];
  const files = [...(await git.read(since, paths))].map(([path, text]) => ({ path, text }));
  const then = onlyPromotions ? policies : rooms.readPolicies(files).policies;
  const { desired } = rooms.resolve({
    promotions: rooms.readPromotions(files).documents,
    policies: then,
    kpromo: rooms.readKpromo(files).artifacts,
  });
  const promotions = onlyPromotions ? new Set(changed) : undefined;
  return { desired, registries: then.registries?.hosts ?? [], promotions };
}
