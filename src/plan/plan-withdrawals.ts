import { fillRevision, versionTag, type Digest, type Fault, type Want } from "#model";
import { claimsOn, type Claims } from "./claims.ts";
import { block, propose, type Draft, type Spot } from "./draft.ts";
import { faultHint } from "./phrases.ts";
import { whatKeeps } from "./what-keeps.ts";

/** One line that left a place, and what its version tag names there; unless that is its digest, nothing is ours. */
interface Leaving {
  readonly spot: Spot;
  readonly want: Want;
  /** Why it is not known what one of its tags names. */
  readonly fault: Fault | undefined;
}

/**
 * Plans what leaves (contract §3): where a version's line exists without the channel or site, or retired, and the
 * place's version tag names its digest. Comes last, because what moves away in this plan no longer holds a digest.
 */
export function planWithdrawals(draft: Draft, spots: readonly Spot[]): void {
  const found = spots.flatMap((spot) => leavingAt(spot));
  const claims = claimsOn(new Set(found.map(({ spot }) => spot.place.repository)), draft.input);
  const leaving = found.filter(({ spot, want }) => {
    const here = claims.get(spot.place.repository);
    return here?.tags.has(versionTag(want.line.version)) === false;
  });
  for (const [repository, items] of Map.groupBy(leaving, ({ spot }) => spot.place.repository)) {
    const here = claims.get(repository);
    if (here !== undefined) planRepository(items, here);
  }
}

/** Plans what leaves one repository, indexes before what they list: whether those stay decides over the rest. */
function planRepository(items: readonly Leaving[], claims: Claims): void {
  const byDigest = Map.groupBy(items, ({ want }) => want.line.digest);
  const leaving = new Set(byDigest.keys());
  const decided = new Set<Digest>();
  function decide(digest: Digest): void {
    const group = byDigest.get(digest);
    if (group === undefined || decided.has(digest)) return;
    decided.add(digest);
    for (const { spot } of group) spot.target.heldBy?.get(digest)?.forEach(decide);
    planDigest(group, { claims, leaving });
  }
  leaving.forEach(decide);
}

/** What else there is in a repository that something leaves. */
interface Surroundings {
  readonly claims: Claims;
  readonly leaving: ReadonlySet<Digest>;
}

function leavingAt(spot: Spot): readonly Leaving[] {
  const { tags, faults } = spot.target;
  const found: Leaving[] = [];
  for (const want of spot.place.leaves) {
    const tag = versionTag(want.line.version);
    if (!want.tags.includes(tag)) continue;
    const fault = faults.get(tag);
    if (fault !== undefined || tags.get(tag) === want.line.digest)
      found.push({ spot, want, fault });
  }
  return found;
}

/** Plans the lines that leave with one digest: the tags of each, and one delete, which anything unknown blocks (promise 3). */
function planDigest(items: readonly Leaving[], around: Surroundings): void {
  const proven = items.filter(({ fault }) => fault === undefined);
  const faults = items.map(({ fault }) => fault);
  for (const item of proven) faults.push(planUntags(item, around.claims));
  const fault = faults.find((candidate) => candidate !== undefined);
  const [first] = proven.length > 0 ? proven : items;
  if (first === undefined) return;
  if (proven.length === 0 && fault !== undefined) blockUnknownLeave(first, fault);
  else if (fault !== undefined) blockUnknownDelete(first, fault);
  else planDelete(first, around);
}

/** Plans the tags that only this line owns; returns why one of them is not known. */
function planUntags({ spot, want }: Leaving, claims: Claims): Fault | undefined {
  const { line } = want;
  const revision = spot.draft.input.actual.revisions.get(line.digest);
  let fault: Fault | undefined;
  for (const template of want.tags) {
    const tag = fillRevision(template, revision);
    if (tag === undefined || claims.tags.has(tag) || claims.moving.has(tag)) continue;
    fault ??= spot.target.faults.get(tag);
    if (spot.target.tags.get(tag) !== line.digest) continue;
    propose(spot, { op: "untag", line, tag, expect: line.digest }, leaveDetails(want));
  }
  return fault;
}

function blockUnknownLeave({ spot, want }: Leaving, fault: Fault): void {
  const reason = `whether ${want.line.version} has to be withdrawn is not known: ${fault.message}`;
  block(spot, { code: "target-unknown", line: want.line, reason, hint: faultHint(fault) });
}

function leaveDetails({ line }: Want): { readonly reason: string; readonly destructive: true } {
  const why =
    line.state === "retired"
      ? `retired${line.reason === undefined ? "" : ` (${line.reason})`}`
      : "no longer listed here";
  return { reason: why, destructive: true };
}

function planDelete(item: Leaving, around: Surroundings): void {
  const { spot, want } = item;
  const step = { op: "delete", line: want.line } as const;
  const answer = whatKeeps({ spot, digest: want.line.digest, ...around });
  switch (answer.kind) {
    case "nothing": {
      const gate = { require: answer.after, atLeast: 0, anyOf: [] };
      const details = leaveDetails(want);
      propose(spot, step, answer.after.length === 0 ? details : { ...details, gate });
      return;
    }
    case "unknown":
      blockUnknownDelete(item, answer.fault);
      return;
    case "kept":
      block(spot, {
        code: "still-needed",
        step,
        reason: `the digest of ${want.line.version} stays in ${spot.place.repository}: ${answer.by}`,
        hint: answer.hint,
      });
  }
}

function blockUnknownDelete({ spot, want }: Leaving, fault: Fault): void {
  block(spot, {
    code: "target-unknown",
    step: { op: "delete", line: want.line },
    reason: `whether something still names or needs the digest of ${want.line.version} is not known: ${fault.message}`,
    hint: faultHint(fault),
  });
}
