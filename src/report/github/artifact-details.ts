import type { Action, Blocked, Plan } from "#model";
import { code, markdown } from "../plain-text.ts";
import { blockedItems, closed } from "../plan-markdown.ts";
import { blockedRows, blockedWord, decisionsOf, trustWord } from "../plan-trust.ts";
import { formatBytes } from "../quantities.ts";
import type { ArtifactPage, BeforeAfter } from "./artifact-page.ts";
import { contentLines, rollbackLines } from "./content.ts";
import { details, list, table, type Detail } from "./parts.ts";

/**
 * What is known of each version, folded: before and after, evidence found, what is missing and who can supply it, size
 * and what is reused, what is in it, and whether one can go back (issue 6 §2).
 */
export function artifactDetails(
  { actions, blocked }: Pick<Plan, "actions" | "blocked">,
  pages: readonly ArtifactPage[],
  detail: Detail,
): readonly string[] {
  if (detail.name !== "full") return [];
  const subjects = subjectsOf({ actions, blocked, pages });
  const shown = subjects.slice(0, MOST_SHOWN).flatMap((subject) => subjectDetails(subject, detail));
  const rest = subjects.length - MOST_SHOWN;
  return rest > 0
    ? [...shown, `_The details of ${rest} more versions were left out for size._`, ""]
    : shown;
}

/** More than a person reads, and more than a summary holds. */
const MOST_SHOWN = 300;

/** One version in one channel, with everything that is about it. */
interface Subject {
  readonly name: string;
  readonly actions: Action[];
  readonly blocked: Blocked[];
  page: ArtifactPage | undefined;
}

interface Material extends Pick<Plan, "actions" | "blocked"> {
  readonly pages: readonly ArtifactPage[];
}

function subjectsOf({ actions, blocked, pages }: Material): readonly Subject[] {
  const found = new Map<string, Subject>();
  function subjectOf(artifact: string, version: string, channel: string): Subject {
    const name = `${artifact} ${version} → ${channel}`;
    const subject = found.get(name) ?? { name, actions: [], blocked: [], page: undefined };
    found.set(name, subject);
    return subject;
  }
  for (const action of actions) {
    if (action.destructive) continue;
    subjectOf(action.artifact, action.version, action.channel ?? "").actions.push(action);
  }
  for (const item of blocked) {
    if (item.version === undefined) continue;
    subjectOf(item.artifact, item.version, item.channel ?? "").blocked.push(item);
  }
  for (const page of pages) subjectOf(page.artifact, page.version, page.channel).page = page;
  return [...found.values()];
}

function subjectDetails(
  { name, actions, blocked, page }: Subject,
  detail: Detail,
): readonly string[] {
  return details(name, [
    ...(page === undefined ? [] : placesTable(page.places, detail)),
    ...evidenceLines(actions, page, detail),
    ...(blocked.length === 0
      ? []
      : ["**Missing**, and who can supply it:", "", ...blockedItems(blocked), ""]),
    ...sizeLines(actions),
    ...(page?.content === undefined ? [] : contentLines(page.content, detail)),
    ...(page?.rollback === undefined ? [] : rollbackLines(page.rollback, detail)),
  ]);
}

function placesTable(places: readonly BeforeAfter[], detail: Detail): readonly string[] {
  return table(
    ["channel", "site", "before", "after"],
    places.map(({ channel, site, before, after }) => [
      markdown(channel),
      markdown(site),
      before === undefined ? "none" : code(before),
      after === undefined ? "none" : code(after),
    ]),
    detail,
  );
}

function evidenceLines(
  actions: readonly Action[],
  page: ArtifactPage | undefined,
  detail: Detail,
): readonly string[] {
  const decided = decisionsOf(actions).flatMap((decision) => [
    `${trustWord(decision)}: ${markdown(decision.explanation, detail.text)}`,
    ...decision.warnings.map(
      ({ code: why, message, fix }) =>
        `warning ${code(why)}: ${markdown(closed(message), detail.text)} To do: ${markdown(closed(fix), detail.text)}`,
    ),
  ]);
  const found = (page?.evidence ?? []).map((text) => markdown(text, detail.text));
  if (decided.length + found.length === 0) return [];
  return ["**Evidence**", "", ...list([...decided, ...found], detail)];
}

function sizeLines(actions: readonly Action[]): readonly string[] {
  const copies = actions.filter(({ op }) => op === "copy");
  const sizes = copies.flatMap(({ bytes }) => bytes ?? []);
  if (copies.length === 0 || sizes.length === 0) return [];
  const most = formatBytes(Math.max(...sizes));
  const pieces = Math.max(...copies.map(({ evidence }) => evidence.length));
  return [
    `**Size**: ${most} at most to each place, layers that are there already not counted off; ${pieces} pieces of evidence go along.`,
    "",
  ];
}

/** What is blocked, by what it is about: at every step of the ladder, cut to its length. */
export function blockedSection(blocked: readonly Blocked[], detail: Detail): readonly string[] {
  if (blocked.length === 0) return [];
  const items = blockedRows(blocked).map(({ item, sites, tags }) => {
    const { artifact, version, channel, code: why, reason, hint } = item;
    const what = `${markdown(artifact, detail.text)} ${code(version ?? "")}`.trim();
    const where = [channel, sites.join(", ")].filter((part) => part !== undefined && part !== "");
    const place = where.length === 0 ? "" : ` for ${markdown(where.join(" at "), detail.text)}`;
    const unwritten = tags.length === 0 ? "" : ` Not written: ${tags.map(code).join(" ")}.`;
    return `**${blockedWord(item)}** ${what}${place} (${code(why)}): ${markdown(closed(reason), detail.text)}${unwritten} To do: ${markdown(closed(hint), detail.text)}`;
  });
  return ["#### Not allowed, or not known", "", ...list(items, detail)];
}
