import type { Action } from "#model";
import { siteKey, type Draft } from "./draft.ts";
import { countWords } from "./phrases.ts";

/** A group of moves is over the limit where it is more than both (contract §3, promise 10). */
const MOST_MOVES = 10;
const LARGEST_SHARE = 0.3;

/** Moves of existing tags of one channel and site that pass the limit together. */
export interface OverLimit {
  readonly ids: readonly string[];
  readonly message: string;
}

/**
 * Finds the moves of existing tags that pass the limit, per channel and site: more than 10 and more than 30 % of what
 * was seen to be there. Copies and new tags have no limit; what is taken away is not done yet, whatever its number.
 */
export function findOverLimit({ actions, inPlace }: Draft): readonly OverLimit[] {
  const moves = Map.groupBy(
    actions.values().filter((action) => isMove(action) || isRemovedTag(action)),
    (action) => siteKey(action.channel ?? "", action.site ?? ""),
  );
  return [...moves].flatMap(([at, group]) => {
    const moving = group.filter(isMove);
    const there = (inPlace.get(at) ?? 0) + group.length;
    if (moving.length <= MOST_MOVES || moving.length <= there * LARGEST_SHARE) return [];
    const percent = Math.round((moving.length / there) * 100);
    const message = `${at.replace("\n", " at ")}: ${countWords(moving.length, "existing tag")} of ${there} would move (${percent} %), and more than ${MOST_MOVES} and ${LARGEST_SHARE * 100} % are done only where each is named: waybill plan --out FILE, read it, waybill apply --plan FILE`;
    return [{ ids: moving.map(({ id }) => id), message }];
  });
}

function isMove({ op, expect }: Action): boolean {
  return op === "tag" && expect !== null;
}

function isRemovedTag({ op }: Action): boolean {
  return op === "untag";
}
