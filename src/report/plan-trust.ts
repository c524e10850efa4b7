import type { Action, ActionDecision, Blocked } from "#model";

/** What trust said of some actions: each decision once, in the actions' order, however many actions its step has. */
export function decisionsOf(actions: readonly Action[]): readonly ActionDecision[] {
  const said = new Map<string, ActionDecision>();
  for (const { decision } of actions)
    if (decision !== undefined && !said.has(decision.explanation))
      said.set(decision.explanation, decision);
  return [...said.values()];
}

/** Trust in words (000-20), such as `trust verified`. */
export function trustWord({ trust, verdict }: ActionDecision): string {
  const word = `trust ${trust.replaceAll("_", " ")}`;
  switch (verdict) {
    case "allow":
      return word;
    case "warn":
      return `${word}, with a warning`;
    case "wait":
      return `${word}, waits for its time`;
  }
}

/** Obstacles that say the same of a version in a channel, as one: trust refuses at every site, and for every tag. */
export interface BlockedRow {
  readonly item: Blocked;
  readonly sites: readonly string[];
  /** Tags that would name the version, beside its copy. */
  readonly tags: readonly string[];
}

/** Folds what trust blocks for one reason; everything else is a row of its own. */
export function blockedRows(blocked: readonly Blocked[]): readonly BlockedRow[] {
  const rows = new Map<string, { item: Blocked; sites: Set<string>; tags: Set<string> }>();
  blocked.forEach((item, index) => {
    const { artifact, version, channel, site, code, reason, hint, key, verdict } = item;
    const same = [artifact, version, channel, code, reason, hint, verdict];
    const name = verdict === undefined ? String(index) : JSON.stringify(same);
    const row = rows.get(name) ?? { item, sites: new Set(), tags: new Set() };
    rows.set(name, row);
    if (site !== undefined) row.sites.add(site);
    if (verdict !== undefined && typeof key?.tag === "string") row.tags.add(key.tag);
  });
  return [...rows.values()].map(({ item, sites, tags }) => ({
    item,
    sites: [...sites],
    tags: [...tags],
  }));
}

/** The word for an obstacle: trust tells what a fact refuses from what could not be read. */
export function blockedWord({ verdict }: Blocked): string {
  if (verdict === undefined) return "blocked";
  return verdict === "refuse" ? "refused" : "undecided";
}
