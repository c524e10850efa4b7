import { DEFAULT_LIMIT, type Action, type ChangeLimit } from "#model";
import { siteKey, type Draft } from "./draft.ts";
import { countWords } from "./phrases.ts";

/** Actions of one channel and site that pass a limit together. */
export interface OverLimit {
  readonly ids: readonly string[];
  readonly message: string;
}

type Counted = "move" | "remove";

/**
 * Finds what passes a limit, per channel and site (contract §3, promise 10): moves of existing tags, and what is taken
 * away. A channel may set its own (issue 6 §3); else it is more than 10 that are more than 30 % of what was seen to be
 * there. Copies and new tags have no limit.
 */
export function findOverLimit({ actions, inPlace, input }: Draft): readonly OverLimit[] {
  const changes = Map.groupBy(
    actions.values().filter((action) => isMove(action) || isRemoval(action)),
    (action) => siteKey(action.channel ?? "", action.site ?? ""),
  );
  return [...changes].flatMap(([at, group]) => {
    const own = input.limits?.get(group[0]?.channel ?? "");
    const there = (inPlace.get(at) ?? 0) + group.length;
    const where = at.replace("\n", " at ");
    return [
      ...over("move", group.filter(isMove), { limit: own?.move ?? DEFAULT_LIMIT, there, where }),
      ...over("remove", group.filter(isRemoval), {
        limit: own?.remove ?? DEFAULT_LIMIT,
        there,
        where,
      }),
    ];
  });
}

interface Measure {
  readonly limit: ChangeLimit;
  readonly there: number;
  readonly where: string;
}

function over(
  counted: Counted,
  group: readonly Action[],
  { limit, there, where }: Measure,
): readonly OverLimit[] {
  const { count = Infinity, share = Infinity, floor } = limit;
  const isOver = group.length > floor && group.length > there * share;
  if (group.length <= count && !isOver) return [];
  const percent = Math.round((group.length / there) * 100);
  const answer = `more than ${wordsOf(limit)} are done only where each is named: waybill plan --out FILE, read it, waybill apply --plan FILE; in a pull request, by an override`;
  const message = `${where}: ${PHRASES[counted](group.length, there)} (${percent} %), and ${answer}`;
  return [{ ids: group.map(({ id }) => id), message }];
}

const PHRASES: Readonly<Record<Counted, (count: number, there: number) => string>> = {
  move: (count, there) => `${countWords(count, "existing tag")} of ${there} would move`,
  remove: (count, there) => `${count} of ${there} would be taken away`,
};

function wordsOf({ count, share, floor }: ChangeLimit): string {
  const parts = [
    ...(count === undefined ? [] : [String(count)]),
    ...(share === undefined ? [] : [`${floor} and more than ${share * 100} %`]),
  ];
  return parts.join(", or more than ");
}

function isMove({ op, expect }: Action): boolean {
  return op === "tag" && expect !== null;
}

function isRemoval({ op }: Action): boolean {
  return op === "untag" || op === "delete";
}
