import type { Action, ActionResult, Plan } from "#model";
import type { Approved } from "#plan";
import type { Coverage } from "#policy";
import type { Loaded } from "../load.ts";
import type { SourceOf } from "./sources.ts";

/** Sorts a plan by what its merges ask for and who approved them (issue 6 §4). */
export async function cover(
  whole: Plan,
  sources: readonly SourceOf[],
  { desired }: Pick<Loaded, "desired">,
): Promise<Coverage> {
  const { coverActions } = await import("#policy");
  const listed = new Set(
    desired.artifacts.flatMap(({ id, lines }) => lines.map(({ digest }) => `${id}\n${digest}`)),
  );
  return coverActions({
    actions: whole.actions,
    sources: sources.map(({ source }) => source),
    isPinned: ({ artifact, channel, tag }: Action) => {
      const pins = desired.artifacts.find(({ id }) => id === artifact)?.pins.get(channel ?? "");
      return tag !== null && pins?.has(tag) === true;
    },
    // A digest that a file of this branch lists came here by a merge.
    isOurs: ({ artifact, expect }: Action) =>
      expect !== null && listed.has(`${artifact}\n${expect}`),
    overLimit: new Set(whole.overLimit),
  });
}

/** The part of a plan that its merges cover, and all that is left out with its own reason. */
export async function approveCovered(
  whole: Plan,
  { covered, uncovered }: Coverage,
  channel: string | undefined,
): Promise<Approved> {
  const { approve } = await import("#plan");
  const ids = new Set(covered.map(({ action }) => action.id));
  const approved = approve(whole, { what: { kind: "keys", ids }, channel });
  const reasons = new Map(uncovered.map((item) => [item.action.id, item]));
  const leftOut = approved.leftOut.map((result): ActionResult => {
    const reason = reasons.get(result.action.id);
    if (reason === undefined) return result;
    const { code, message } = reason;
    return { ...result, status: "refused", code, message, hint: HINT };
  });
  return { plan: approved.plan, leftOut };
}

const HINT = "waybill reapprove --pr opens the pull request that covers it";
