import type { Action, Blocked, Change, Plan } from "#model";
import { code, markdown } from "../plain-text.ts";
import { closed } from "../plan-markdown.ts";
import { subjectOf, verbOf } from "../plan-rows.ts";
import { decisionsOf } from "../plan-trust.ts";
import { list, type Detail } from "./parts.ts";

/** Where something could not be looked at now, and may be in a later run. */
const PASSES: ReadonlySet<Blocked["code"]> = new Set([
  "target-unknown",
  "source-unknown",
  "tag-waits",
]);

const MOST_NAMED = 10;

/** What is waited with, as a check found it. */
export interface Waiting {
  readonly plan: Pick<Plan, "actions" | "blocked" | "notes"> | undefined;
  readonly changes: readonly Change[];
}

/**
 * What is asked for and not done at once: actions with a time of theirs (soak, freeze), and what lies at a site that
 * cannot be read. An approval covers it, so that a reviewer sees when it follows (issue 6 §3).
 */
export function willFollowSection({ plan, changes }: Waiting, detail: Detail): readonly string[] {
  if (plan === undefined) return [];
  const items = [...timed(plan, detail), ...unreachable(plan.blocked, changes, detail)];
  if (items.length === 0) return [];
  return ["#### Will follow", "", ...list(items, detail)];
}

type Actions = Pick<Plan, "actions" | "notes">;

function timed({ actions, notes }: Actions, detail: Detail): readonly string[] {
  const waiting = actions.filter(({ notBefore }) => notBefore !== undefined);
  const groups = Map.groupBy(waiting, ({ artifact, version, channel, notBefore }) =>
    JSON.stringify([artifact, version, channel, notBefore]),
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const why = whyWaits(group, notes);
    const because = why === "" ? "" : `: ${markdown(closed(why), detail.text)}`;
    return [
      `${whatWords(first, group, detail)} will follow when it is ${markdown(first.notBefore ?? "")}${because}`,
    ];
  });
}

function whatWords(
  { artifact, version, channel }: Action,
  group: readonly Action[],
  { text }: Detail,
): string {
  const steps = [...new Set(group.map(stepWords))].slice(0, 10).join(", ");
  const sites = [...new Set(group.flatMap(({ site }) => site ?? []))].map((site) => code(site));
  return `**${markdown(artifact, text)}** ${code(version)} → ${markdown(channel ?? "", text)} at ${sites.join(" ")} (${steps})`;
}

function stepWords(action: Action): string {
  return action.op === "tag" ? `${verbOf(action)} ${code(subjectOf(action))}` : verbOf(action);
}

/** Trust says what it waits for; a freeze is a note of the plan. */
function whyWaits(group: readonly Action[], notes: Plan["notes"]): string {
  const channel = group[0]?.channel ?? "";
  const soaks = decisionsOf(group).filter(({ verdict }) => verdict === "wait");
  const frozen = notes.filter(
    (note) => note.code === "frozen" && note.message.startsWith(`${channel} is frozen`),
  );
  return [
    ...soaks.map(({ explanation }) => explanation),
    ...frozen.map(({ message }) => message),
  ].join(" ");
}

/** One item for each reason, however many places and versions it holds back. */
function unreachable(
  blocked: readonly Blocked[],
  changes: readonly Change[],
  { text }: Detail,
): readonly string[] {
  const passing = blocked.filter(({ code: why }) => PASSES.has(why));
  const groups = Map.groupBy(passing, ({ artifact, channel, reason }) =>
    JSON.stringify([artifact, channel, reason]),
  );
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { artifact, channel = "", reason } = first;
    const asked = [...new Set(group.flatMap((item) => askedAt(item, changes)))];
    const what = asked.length === 0 ? "what is asked for" : someOf(asked);
    const sites = [...new Set(group.flatMap(({ site }) => site ?? []))].map((site) => code(site));
    const where = sites.length === 0 ? "" : ` at ${someOf(sites)}`;
    return [
      `**${markdown(artifact, text)}** → ${markdown(channel, text)}${where} (${what}) will follow when this is over: ${markdown(closed(reason), text)}`,
    ];
  });
}

function someOf(words: readonly string[]): string {
  const rest = words.length - MOST_NAMED;
  return `${words.slice(0, MOST_NAMED).join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}

/** What the files ask for at a place that nobody could look at. */
function askedAt(item: Blocked, changes: readonly Change[]): readonly string[] {
  const tag = item.key?.tag ?? undefined;
  if (tag !== undefined) return [`tag ${code(tag)}`];
  const asked = changes.filter(isPlaced).flatMap((change) => {
    const isMeant = item.version === undefined || item.version === change.version;
    return isMeant && isSamePlace(item, change) ? [changeWords(change)] : [];
  });
  // A version of before that was never put there is asked for as well.
  return asked.length > 0 || item.version === undefined ? asked : [code(item.version)];
}

type Placed = Extract<Change, { readonly channel: string }>;

function isPlaced(change: Change): change is Placed {
  return "channel" in change;
}

function isSamePlace(item: Blocked, { artifact, channel, site }: Placed): boolean {
  return item.artifact === artifact && item.channel === channel && (item.site ?? site) === site;
}

function changeWords(change: Placed): string {
  switch (change.kind) {
    case "enters":
      return `${code(change.version)} to be there`;
    case "leaves":
      return `${code(change.version)} to be gone`;
    case "moves":
      return `tag ${code(change.tag)}`;
  }
}
