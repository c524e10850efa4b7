import type { Digest, Gate, VersionLine } from "#model";
import { block, propose, type Spot, type TagOwner } from "./draft.ts";
import { placeWords } from "./phrases.ts";

/** Why a version's own tag is written beside the copy of its digest. */
export const TAG_WITH_COPY = "its own tag";

/** One tag to write; `expect` is what it names now. */
export interface TagStep {
  readonly line: VersionLine;
  readonly tag: string;
  readonly expect?: Digest;
  readonly reason: string;
  readonly gate?: Gate;
}

/** Plans one tag. Two places of one repository that ask for different digests under it cannot both have it: the first has. */
export function planTag(spot: Spot, { line, tag, expect, reason, gate }: TagStep): void {
  const step = { op: "tag", line, tag, ...(expect === undefined ? {} : { expect }) } as const;
  const { artifact, version, channel, site, digest } = propose(spot, step, { reason, gate });
  if (digest === line.digest) return;
  const who = `${artifact} ${version} for ${placeWords({ channel: channel ?? "", site: site ?? "" })}`;
  blockConflict(spot, { line, tag }, { digest, who });
}

/**
 * Tells whether a place may decide about a moving tag of its repository. Where two places decide differently it is the
 * first that does, in every run, so that the tag does not swing between them.
 */
export function ownsMovingTag(spot: Spot, line: VersionLine, tag: string): boolean {
  const { draft, artifact, place } = spot;
  const at = `${place.repository}\n${tag}`;
  const owner = draft.movingTags.get(at);
  if (owner !== undefined && owner.digest !== line.digest) {
    blockConflict(spot, { line, tag }, owner);
    return false;
  }
  const who = `${artifact.id} ${line.version} for ${placeWords(place)}`;
  if (owner === undefined) draft.movingTags.set(at, { digest: line.digest, who });
  return true;
}

function blockConflict(
  spot: Spot,
  { line, tag }: { readonly line: VersionLine; readonly tag: string },
  owner: TagOwner,
): void {
  block(spot, {
    code: "foreign-move",
    step: { op: "tag", line, tag },
    reason: `${spot.place.repository}:${tag} is to name ${owner.digest} (${owner.who}), and ${line.digest} (${line.version})`,
    hint: "two places share this repository: give their channels different paths or different tags",
  });
}

/** Says that a tag needs a revision which the image does not tell. */
export function blockRevision(spot: Spot, line: VersionLine, template: string): void {
  block(spot, {
    code: "revision-missing",
    line,
    reason: `the tag ${template} needs the revision of ${line.version}, and neither its annotations nor its labels could tell one`,
    hint: "build the image with org.opencontainers.image.revision set to the full commit, or take the placeholder out of the channel's tags",
  });
}
