import { fillRevision, versionTag, type Fault, type Want } from "#model";
import { claimsOn, type Claims } from "./claims.ts";
import { block, propose, type Draft, type Spot } from "./draft.ts";
import { faultHint, placeWords } from "./phrases.ts";
import { whatKeeps } from "./what-keeps.ts";

/** One line that left a place and whose version tag names its digest there, or may. */
interface Leaving {
  readonly spot: Spot;
  readonly want: Want;
  /** Why it is not known what the version tag names. */
  readonly fault: Fault | undefined;
}

/**
 * Plans what leaves (contract §3): where a version's line exists without the channel or site, or retired, and the
 * place's version tag names its digest. Comes last, because what moves away in this plan no longer holds a digest.
 */
export function planWithdrawals(draft: Draft, spots: readonly Spot[]): void {
  const leaving = spots.flatMap((spot) => leavingAt(spot));
  const repositories = new Set(leaving.map(({ spot }) => spot.place.repository));
  const claims = claimsOn(repositories, draft.input);
  const deletes = new Map<string, Leaving>();
  for (const item of leaving) {
    const { repository } = item.spot.place;
    const { line } = item.want;
    const here = claims.get(repository);
    if (here === undefined || here.tags.has(versionTag(line.version))) continue;
    if (item.fault !== undefined) {
      blockUnknownLeave(item, item.fault);
      continue;
    }
    planUntags(item, here);
    const at = `${repository}\n${line.digest}`;
    if (!deletes.has(at)) deletes.set(at, item);
  }
  for (const item of deletes.values()) {
    const here = claims.get(item.spot.place.repository);
    if (here !== undefined) planDelete(item, here);
  }
}

function leavingAt(spot: Spot): readonly Leaving[] {
  const found: Leaving[] = [];
  for (const want of spot.place.leaves) {
    const tag = versionTag(want.line.version);
    if (!want.tags.includes(tag)) continue;
    const fault = spot.target.faults.get(tag);
    if (fault !== undefined || spot.target.tags.get(tag) === want.line.digest)
      found.push({ spot, want, fault });
  }
  return found;
}

function blockUnknownLeave({ spot, want }: Leaving, fault: Fault): void {
  const reason = `whether ${want.line.version} has to be withdrawn is not known: ${fault.message}`;
  block(spot, { code: "target-unknown", line: want.line, reason, hint: faultHint(fault) });
}

function planUntags({ spot, want }: Leaving, claims: Claims): void {
  const { line } = want;
  const revision = spot.draft.input.actual.revisions.get(line.digest);
  for (const template of want.tags) {
    const tag = fillRevision(template, revision);
    if (tag === undefined || claims.tags.has(tag) || claims.moving.has(tag)) continue;
    const fault = spot.target.faults.get(tag);
    if (fault !== undefined) {
      const reason = `whether the tag ${tag} of ${line.version} has to go is not known: ${fault.message}`;
      block(spot, { code: "target-unknown", line, reason, hint: faultHint(fault) });
    }
    if (spot.target.tags.get(tag) !== line.digest) continue;
    propose(spot, { op: "untag", line, tag, expect: line.digest }, leaveDetails(spot, want));
  }
}

function leaveDetails(
  { place }: Spot,
  { line }: Want,
): { readonly reason: string; readonly destructive: true } {
  const why =
    line.state === "retired"
      ? `${line.version} is retired${line.reason === undefined ? "" : ` (${line.reason})`}`
      : `git no longer lists ${line.version} for ${placeWords(place)}`;
  return { reason: why, destructive: true };
}

function planDelete({ spot, want }: Leaving, claims: Claims): void {
  const step = { op: "delete", line: want.line } as const;
  const answer = whatKeeps(spot, want.line.digest, claims);
  switch (answer.kind) {
    case "nothing": {
      const gate =
        answer.after.length === 0 ? undefined : { require: answer.after, atLeast: 0, anyOf: [] };
      propose(spot, step, { ...leaveDetails(spot, want), gate });
      return;
    }
    case "unknown":
      return blockUnknownDelete(spot, want, answer.fault);
    case "kept":
      block(spot, {
        code: "still-needed",
        step,
        reason: `the digest of ${want.line.version} stays in ${spot.place.repository}: ${answer.by}`,
        hint: answer.hint,
      });
  }
}

function blockUnknownDelete(spot: Spot, { line }: Want, fault: Fault): void {
  block(spot, {
    code: "target-unknown",
    step: { op: "delete", line },
    reason: `whether something still needs the digest of ${line.version} is not known: ${fault.message}`,
    hint: faultHint(fault),
  });
}
