import { fillRevision, type Digest, type Fault, type Want } from "#model";
import { block, note, plannedAt, propose, type Draft, type Spot } from "./draft.ts";
import { faultHint, lineWords, listWords } from "./phrases.ts";

/**
 * Says where revoked versions are placed, and proposes to take them away as a step of its own (issue 5 §4): destructive,
 * so that nothing of it is done unless a person says so. Nothing is read for it.
 */
export function planRevoked(draft: Draft, spots: readonly Spot[]): void {
  const revoked = draft.input.trust?.revoked;
  if (revoked === undefined || revoked.size === 0) return;
  const found = spots.flatMap((spot) =>
    spot.place.wants
      .filter(({ line }) => revoked.has(line.digest) && isPlaced(spot, line.digest))
      .map((want) => ({ spot, want })),
  );
  for (const item of found) proposeUntags(item);
  for (const item of found) proposeDelete(item, revoked);
  noteWhere(draft, found, revoked);
}

interface Placed {
  readonly spot: Spot;
  readonly want: Want;
}

function isPlaced({ target }: Spot, digest: Digest): boolean {
  return target.digests.has(digest);
}

function proposeUntags({ spot, want: { line, tags } }: Placed): void {
  for (const tag of ownTags(spot, { line, tags })) {
    if (spot.target.tags.get(tag) !== line.digest) continue;
    propose(spot, { op: "untag", line, tag, expect: line.digest }, REMOVAL);
  }
}

const REMOVAL = { reason: "revoked", destructive: true } as const;

function ownTags({ draft }: Spot, { line, tags }: Want): readonly string[] {
  const revision = draft.input.actual.revisions.get(line.digest);
  return tags.flatMap((template) => fillRevision(template, revision) ?? []);
}

/** A delete waits for the tags that this plan moves or takes away; a tag that stays on the digest keeps it. */
function proposeDelete(
  { spot, want: { line, tags } }: Placed,
  revoked: ReadonlyMap<Digest, string>,
): void {
  const { draft, place, target } = spot;
  const step = { op: "delete", line } as const;
  if (plannedAt(draft, place.repository, "delete", line.digest) !== undefined) return;
  const fault = faultAmong(spot, ownTags(spot, { line, tags }));
  if (fault !== undefined) {
    const reason = `whether something still names the revoked ${line.version} is not known: ${fault.message}`;
    return block(spot, { code: "target-unknown", step, reason, hint: faultHint(fault) });
  }
  const after: string[] = [];
  for (const [tag, digest] of target.tags) {
    if (digest !== line.digest) continue;
    const leaves = plannedAt(draft, place.repository, "untag", tag);
    const moves = plannedAt(draft, place.repository, "tag", tag);
    if (leaves !== undefined) after.push(leaves.id);
    else if (moves !== undefined && moves.digest !== line.digest) after.push(moves.id);
    else return blockStays(spot, { line, tags }, tag);
  }
  const index = target.heldBy?.get(line.digest)?.find((holder) => !revoked.has(holder));
  if (index !== undefined) return blockPart(spot, { line, tags }, index);
  const gate = { require: after.toSorted(), atLeast: 0, anyOf: [] };
  const removal = { ...REMOVAL, reason: deleteReason(spot) };
  propose(spot, step, after.length === 0 ? removal : { ...removal, gate });
}

function deleteReason({ draft, place }: Spot): string {
  const attests = draft.input.desired.channels.get(place.channel)?.attestation !== undefined;
  return attests ? `${REMOVAL.reason}; our own statements about it go with it` : REMOVAL.reason;
}

function faultAmong({ target }: Spot, tags: readonly string[]): Fault | undefined {
  return tags.map((tag) => target.faults.get(tag)).find((fault) => fault !== undefined);
}

function blockStays(spot: Spot, { line }: Want, tag: string): void {
  const { artifact, place } = spot;
  block(spot, {
    code: "still-needed",
    step: { op: "delete", line },
    reason: `the revoked ${lineWords(line)} stays in ${place.repository}: the tag ${tag} names it, and this plan does not move it away`,
    hint: `list a newer version in ${place.channel}, or let the tag go back by: waybill rollback ${artifact.id} --channel ${place.channel} --to VERSION --tag ${tag} --reason TEXT`,
  });
}

function blockPart(spot: Spot, { line }: Want, index: Digest): void {
  block(spot, {
    code: "still-needed",
    step: { op: "delete", line },
    reason: `the revoked ${lineWords(line)} stays in ${spot.place.repository}: it is a part of the index ${index}`,
    hint: "withdraw the index first",
  });
}

/** One note a version and channel, with its sites. */
function noteWhere(
  draft: Draft,
  found: readonly Placed[],
  revoked: ReadonlyMap<Digest, string>,
): void {
  const groups = Map.groupBy(
    found,
    ({ spot, want }) => `${spot.artifact.id}\n${want.line.version}\n${spot.place.channel}`,
  );
  for (const group of groups.values()) {
    const [first] = group;
    if (first === undefined) continue;
    const { spot, want } = first;
    const sites = [...new Set(group.map((item) => item.spot.place.site))].toSorted();
    const why = revoked.get(want.line.digest) ?? "";
    note(
      draft,
      "revoked-in-place",
      `${spot.artifact.id} ${lineWords(want.line)} is revoked (${why}) and is in ${spot.place.channel} at ${listWords(sites, 20)}; taking it away is proposed as a step of its own`,
    );
  }
}
