import type { Digest, Gate, VersionLine } from "#model";
import { admit, blockRefused } from "./admit.ts";
import { block, plannedAt, propose, type Draft, type Spot, type TagOwner } from "./draft.ts";
import { faultHint, placeWords } from "./phrases.ts";
import { later, type Pass } from "./trust.ts";

/** Why a version's own tag is written beside the copy of its digest. */
export const TAG_WITH_COPY = "its own tag";

/** One tag to write; `expect` is what it names now. */
export interface TagStep {
  readonly line: VersionLine;
  readonly tag: string;
  readonly expect?: Digest;
  readonly reason: string;
  readonly gate?: Gate;
  /** What trust decided about it. */
  readonly pass: Pass;
}

/** Plans a version's own tags at a place, if it may have them there. */
export function planOwnTags(
  spot: Spot,
  { line, tags, reason }: Pick<TagStep, "line" | "reason"> & { readonly tags: readonly string[] },
): void {
  const [first] = tags;
  if (first === undefined) return;
  const admission = admit(spot, line);
  switch (admission.kind) {
    case "open":
      for (const tag of tags) planTag(spot, { line, tag, reason, pass: admission.pass });
      return;
    case "shut": {
      const step = { op: "tag", line, tag: first } as const;
      blockRefused(spot, admission.reasons, tags.length === 1 ? { line, step } : { line });
      keepTags(spot, line, tags);
    }
  }
}

/** Keeps the tags of what was refused from all else: a refusal gives no name to anybody. */
export function keepTags(spot: Spot, line: VersionLine, tags: readonly string[]): void {
  const { draft, artifact, place } = spot;
  const who = `${artifact.id} ${line.version} for ${placeWords(place)}`;
  for (const tag of tags) {
    const at = `${place.repository}\n${tag}`;
    if (plannedAt(draft, place.repository, "tag", tag) === undefined && !draft.keptTags.has(at))
      draft.keptTags.set(at, { digest: line.digest, who });
  }
}

/** Plans one tag. Two places of one repository that ask for different digests under it cannot both have it: the first has. */
export function planTag(spot: Spot, { line, tag, expect, reason, gate, pass }: TagStep): void {
  const kept = keptFor(spot, tag);
  if (kept !== undefined && kept.digest !== line.digest)
    return blockConflict(spot, { line, tag }, kept);
  const step = { op: "tag", line, tag, ...(expect === undefined ? {} : { expect }) } as const;
  const details = { reason, gate, ...pass };
  const { artifact, version, channel, site, digest } = propose(spot, step, details);
  if (digest === line.digest) return;
  const who = `${artifact} ${version} for ${placeWords({ channel: channel ?? "", site: site ?? "" })}`;
  blockConflict(spot, { line, tag }, { digest, who });
}

/** Who was refused and wants this tag; nobody, where nothing was. */
function keptFor({ draft, place }: Spot, tag: string): TagOwner | undefined {
  return draft.keptTags.size === 0 ? undefined : draft.keptTags.get(`${place.repository}\n${tag}`);
}

/**
 * Lets each tag wait with the copy of its digest, whichever version and place that is of: once all are planned, because
 * a further place of the repository may put off a copy that was there before.
 */
export function waitForCopies(draft: Draft): void {
  if (draft.input.trust === undefined) return;
  for (const [at, action] of draft.actions) {
    if (action.op !== "tag") continue;
    const copy = plannedAt(draft, action.to, "copy", action.digest);
    const notBefore = later(action.notBefore, copy?.notBefore);
    if (notBefore !== action.notBefore) draft.actions.set(at, { ...action, notBefore });
  }
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

/** Says that a tag needs a revision which the image does not tell, or which could not be read. */
export function blockRevision(spot: Spot, line: VersionLine, template: string): void {
  const fault = spot.draft.input.actual.revisionFaults?.get(line.digest);
  if (fault !== undefined) {
    block(spot, {
      code: "source-unknown",
      line,
      reason: `the tag ${template} needs the revision of ${line.version}, which could not be read: ${fault.message}`,
      hint: faultHint(fault),
    });
    return;
  }
  block(spot, {
    code: "revision-missing",
    line,
    reason: `the tag ${template} needs the revision of ${line.version}, and neither its annotations nor its labels could tell one`,
    hint: "build the image with org.opencontainers.image.revision set to the full commit, or take the placeholder out of the channel's tags",
  });
}
