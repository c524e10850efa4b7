import { tagAt, type Digest, type Fault } from "#model";
import type { Claims } from "./claims.ts";
import { plannedAt, type Spot } from "./draft.ts";

/** Whether something that git lists holds a digest in a repository; `after`: actions of this plan that let go of it. */
export type Keeping =
  | { readonly kind: "nothing"; readonly after: readonly string[] }
  | { readonly kind: "kept"; readonly by: string; readonly hint: string }
  | { readonly kind: "unknown"; readonly fault: Fault };

/** A digest that would be deleted, among all that would leave the same repository. */
export interface KeepingQuestion {
  readonly spot: Spot;
  readonly digest: Digest;
  readonly claims: Claims;
  /** Digests whose deletes are decided already, if they hold this one. */
  readonly leaving: ReadonlySet<Digest>;
}

/**
 * Asks what holds a digest that would be deleted: another version, channel or artifact, a tag, or an index that stays
 * (contract §3). What is not known keeps it too (promise 3).
 */
export function whatKeeps({ spot, digest, claims, leaving }: KeepingQuestion): Keeping {
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
  const after: string[] = [];
  for (const index of spot.target.heldBy?.get(digest) ?? []) {
    const staying = keptWithIndex({ spot, digest: index, claims, leaving });
    if (staying.kind !== "nothing") return staying;
    after.push(...staying.after);
  }
  const named = keptByTag(spot, digest, claims);
  if (named.kind !== "nothing") return named;
  return { kind: "nothing", after: [...new Set([...after, ...named.after])].toSorted() };
}

/** An index that stays, for whatever reason of git's, holds what it lists; one that this plan deletes goes first. */
function keptWithIndex({ spot, digest, claims, leaving }: KeepingQuestion): Keeping {
  const owner = claims.digests.get(digest);
  if (owner !== undefined) return partOf(digest, `which is ${owner}`);
  const deleted = plannedAt(spot.draft, spot.place.repository, "delete", digest);
  if (deleted !== undefined) return { kind: "nothing", after: [deleted.id] };
  if (leaving.has(digest)) return partOf(digest, "which stays for now");
  const named = keptByTag(spot, digest, claims);
  return named.kind === "kept" ? partOf(digest, `of which ${named.by}`) : named;
}

function partOf(index: Digest, what: string): Keeping {
  return {
    kind: "kept",
    by: `it is a part of the index ${index}, ${what}`,
    hint: "withdraw the index first",
  };
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
  return { kind: "nothing", after };
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
