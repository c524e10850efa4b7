import type { Action, ActualState, Digest, Facets, ObservedTarget, Repository } from "#model";

/** What the stores hold once every action of a plan has been done, by the model alone. */
export function simulateApply(actual: ActualState, actions: readonly Action[]): ActualState {
  const targets = new Map<Repository, Changing>();
  for (const [repository, target] of actual.targets) targets.set(repository, copyOf(target));
  for (const action of inOrder(actions)) {
    const target = targets.get(action.to);
    if (target === undefined) throw new TypeError(`nobody looked at ${action.to}`);
    simulate(target, action);
  }
  return { ...actual, targets };
}

interface Changing extends ObservedTarget {
  readonly tags: Map<string, Digest>;
  readonly digests: Set<Digest>;
  readonly facets: Map<Digest, Facets>;
}

function copyOf(target: ObservedTarget): Changing {
  return {
    ...target,
    tags: new Map(target.tags),
    digests: new Set(target.digests),
    facets: new Map(target.facets),
  };
}

/** Copies, then tags, then what takes away: a delete waits for the tags that leave its digest. */
function inOrder(actions: readonly Action[]): readonly Action[] {
  const order = ["copy", "tag", "untag", "delete", "attest"];
  return actions.toSorted((a, b) => order.indexOf(a.op) - order.indexOf(b.op));
}

function simulate(target: Changing, { op, tag, digest, expect }: Action): void {
  if (tag !== null && target.tags.get(tag) !== (expect ?? undefined))
    throw new TypeError(`${target.repository}:${tag} is not what ${op} expects`);
  switch (op) {
    case "copy": {
      const facets = target.facets.get(digest);
      target.digests.add(digest);
      if (facets) target.facets.set(digest, { ...facets, missing: [], missingEvidence: [] });
      return;
    }
    case "tag":
      if (tag === null || !target.digests.has(digest))
        throw new TypeError(`${target.repository} does not hold ${digest}, which is to be tagged`);
      target.tags.set(tag, digest);
      return;
    case "untag":
      if (tag !== null) target.tags.delete(tag);
      return;
    case "delete":
      target.digests.delete(digest);
      for (const [name, named] of target.tags) if (named === digest) target.tags.delete(name);
      return;
    case "attest":
      return;
  }
}
