import { tagAt, type Digest, type Fault } from "#model";
import type { Claims } from "./claims.ts";
import { plannedAt, type Spot } from "./draft.ts";

/** Whether something that git lists holds a digest in a repository; `after`: actions of this plan that let go of it. */
export type Keeping =
  | { readonly kind: "nothing"; readonly after: readonly string[] }
  | { readonly kind: "kept"; readonly by: string; readonly hint: string }
  | { readonly kind: "unknown"; readonly fault: Fault };

/**
 * Asks what holds a digest that would be deleted: another version, channel or artifact, a tag, or an index that stays
 * (contract §3). What is not known keeps it too (promise 3).
 */
export function whatKeeps(spot: Spot, digest: Digest, claims: Claims): Keeping {
  const wanted = claims.digests.get(digest);
  if (wanted !== undefined) {
    return {
      kind: "kept",
      by: `${wanted} is the same digest`,
      hint: "nothing has to be done: it goes when nothing lists it here any more",
    };
  }
  // An index that could not be read may list it.
  const unread = spot.target.faults.get(digest);
  if (unread !== undefined) return { kind: "unknown", fault: unread };
  return keptByIndex(spot, digest, claims) ?? keptByTag(spot, digest, claims);
}

function keptByIndex(spot: Spot, digest: Digest, claims: Claims): Keeping | undefined {
  for (const index of spot.target.heldBy?.get(digest) ?? []) {
    const owner = claims.digests.get(index);
    if (owner === undefined) continue;
    return {
      kind: "kept",
      by: `it is a part of the index ${index}, which is ${owner}`,
      hint: "withdraw the index first",
    };
  }
  return undefined;
}

function keptByTag(spot: Spot, digest: Digest, claims: Claims): Keeping {
  const { target } = spot;
  const after: string[] = [];
  for (const tag of claims.tags.union(claims.moving)) {
    const found = tagAt(target, tag);
    if (found.kind === "unknown") return { kind: "unknown", fault: found.fault };
    const isUnread = found.kind === "absent" && target.foreignTags.includes(tag);
    if (!isUnread && (found.kind === "absent" || found.digest !== digest)) continue;
    const move = plannedAt(spot.draft, spot.place.repository, "tag", tag);
    if (move === undefined || move.digest === digest) return keptByName(spot, tag, isUnread);
    after.push(move.id);
  }
  return { kind: "nothing", after: after.toSorted() };
}

function keptByName({ artifact, place }: Spot, tag: string, isUnread: boolean): Keeping {
  return {
    kind: "kept",
    by: isUnread
      ? `the tag ${tag} may name it, and no version qualifies to take its place`
      : `the tag ${tag} names it, and this plan does not move it away`,
    hint: `list a newer version in ${place.channel}, or let the tag go back by: waybill rollback ${artifact.id} --channel ${place.channel} --to VERSION --tag ${tag} --reason TEXT`,
  };
}
