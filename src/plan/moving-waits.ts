import type { Digest, TrustReason, VersionLine } from "#model";
import { refusalAt } from "./admit.ts";
import { block, type Spot, type Step } from "./draft.ts";
import { siteOf, type GateAnswer } from "./gate.ts";
import { countWords, listWords } from "./phrases.ts";

/** A moving tag that would name a version, and what it names now. */
export interface Move {
  readonly tag: string;
  readonly line: VersionLine;
  readonly current: Digest | undefined;
}

/** The action that a move would be. */
export function moveStep({ tag, line, current }: Move): Step {
  return { op: "tag", line, tag, ...(current === undefined ? {} : { expect: current }) };
}

/** Says which sites a moving tag waits for; those that trust refuses make it refused, and not failed. */
export function blockWaiting(
  spot: Spot,
  move: Move,
  answer: Extract<GateAnswer, { kind: "waits" }>,
): void {
  const { tag, line } = move;
  const sites = listWords(answer.sites);
  const reason =
    answer.short > 0
      ? `the tag ${tag} waits: the quorum of ${spot.place.channel} needs ${countWords(answer.short, "more site")} with ${line.version} (without it: ${sites})`
      : `the tag ${tag} waits until ${line.version} is complete at ${sites}`;
  const refused = refusedAtAll(spot, line, answer.sites);
  block(spot, {
    code: refused?.code ?? "tag-waits",
    step: moveStep(move),
    reason:
      refused === undefined ? reason : `${reason}, where trust refuses it: ${refused.message}`,
    hint: `see why ${sites} cannot have ${line.version}; the tag moves by itself in the run after`,
    ...(refused === undefined
      ? {}
      : { verdict: refused.verdict === "refuse" ? "refuse" : "unknown" }),
  });
}

/**
 * Why sites lack a version, where trust refuses it at each of them: then the tag is as refused as the version is there,
 * and does not count as something that failed. What could not be read counts before what was refused.
 */
function refusedAtAll(
  spot: Spot,
  line: VersionLine,
  sites: readonly string[],
): TrustReason | undefined {
  const reasons = sites.map((site) => {
    const place = siteOf(spot.artifact, spot.place, site);
    return (place && refusalAt({ ...spot, place }, line)) ?? [];
  });
  if (reasons.some((found) => found.length === 0)) return undefined;
  const all = reasons.flat();
  return all.find(({ verdict }) => verdict === "unknown") ?? all[0];
}
