import { fillRevision, tagAt, type Digest, type VersionLine, type Want } from "#model";
import { block, countInPlace, type Spot } from "./draft.ts";
import { faultHint } from "./phrases.ts";
import { planCopy, planRepair } from "./plan-copy.ts";
import { blockRevision, planOwnTags } from "./plan-tag.ts";

/**
 * Plans what should be at one place: for each version a copy where its digest is absent, and each of its immutable
 * tags (contract §3). What is in place costs a comparison a tag and makes no object.
 */
export function planWants(spot: Spot): void {
  let items = 0;
  for (const want of spot.place.wants) {
    items += isInPlace(spot, want) ? Math.max(1, want.tags.length) : planWant(spot, want);
  }
  countInPlace(spot, items);
}

function isInPlace({ target }: Spot, { line, tags }: Want): boolean {
  const { digest } = line;
  if (target.facets.size > 0 && target.facets.has(digest)) return false;
  for (const tag of tags) if (target.tags.get(tag) !== digest) return false;
  return tags.length > 0 || target.digests.has(digest);
}

/** Plans one version of which something is not in place, and tells how many of its items are. */
function planWant(spot: Spot, want: Want): number {
  const { line } = want;
  const tags = lookAtTags(spot, want);
  const isHere = tags.inPlace > 0 || spot.target.digests.has(line.digest);
  if (isHere) {
    const state = planRepair({ spot, line, tags: tags.absent });
    if (state === "unsettled") return 0;
    planOwnTags(spot, { line, tags: tags.absent, reason: TAG_ONLY });
    const items = want.tags.length === 0 ? 1 : tags.inPlace;
    return state === "whole" ? items : 0;
  }
  const isWanted = want.tags.length === 0 || tags.absent.length > 0;
  if (isWanted) planCopy({ spot, line, tags: tags.absent });
  return 0;
}

const TAG_ONLY = "its own tag; the digest is there already";

interface TagsFound {
  readonly inPlace: number;
  readonly absent: readonly string[];
}

/** Sorts a version's tags by what is known of them; those that are blocked are said and left out. */
function lookAtTags(spot: Spot, { line, tags }: Want): TagsFound {
  let inPlace = 0;
  const absent: string[] = [];
  for (const template of tags) {
    const tag = fillRevision(template, spot.draft.input.actual.revisions.get(line.digest));
    if (tag === undefined) {
      blockRevision(spot, line, template);
      continue;
    }
    const found = tagAt(spot.target, tag);
    if (found.kind === "absent") absent.push(tag);
    else if (found.kind === "unknown") {
      const reason = `whether ${line.version} has its tag ${tag} is not known: ${found.fault.message}`;
      block(spot, { code: "target-unknown", reason, hint: faultHint(found.fault), line });
    } else if (found.digest === line.digest) inPlace += 1;
    else blockForeignMove(spot, { line, tag, found: found.digest });
  }
  return { inPlace, absent };
}

function blockForeignMove(
  spot: Spot,
  { line, tag, found }: { line: VersionLine; tag: string; found: Digest },
): void {
  block(spot, {
    code: "foreign-move",
    step: { op: "tag", line, tag, expect: found },
    reason: `${spot.place.repository}:${tag} names ${found}, and git says that ${line.version} is ${line.digest}`,
    hint: "an immutable tag is never moved: find out who wrote it; then take the tag away at the store by hand, or list what it names as a new version",
  });
}
