import type { Action, Digest, Gate, VersionLine } from "#model";
import { block, propose, type Spot } from "./draft.ts";

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
  const planned = propose(spot, step, { reason, gate });
  if (planned.digest !== line.digest) blockConflict(spot, step, planned);
}

function blockConflict(
  spot: Spot,
  step: { readonly op: "tag"; readonly line: VersionLine; readonly tag: string },
  planned: Action,
): void {
  const first = `${planned.artifact} ${planned.version} in ${planned.channel ?? ""} at ${planned.site ?? ""}`;
  block(spot, {
    code: "foreign-move",
    step,
    reason: `${spot.place.repository}:${step.tag} is to name ${planned.digest} for ${first}, and ${step.line.digest} for ${step.line.version}`,
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
