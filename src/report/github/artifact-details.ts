import type { Action, Blocked, Plan } from "#model";
import { code, markdown } from "../plain-text.ts";
import { blockedItems, closed } from "../plan-markdown.ts";
import { blockedRows, blockedWord, decisionsOf, trustWord } from "../plan-trust.ts";
import { formatBytes } from "../quantities.ts";
import type { ArtifactPage, BeforeAfter } from "./comment-input.ts";
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
  return subjectsOf(actions, blocked, pages).flatMap((subject) => {
    const page = pages.find((item) => isOf(subject, item));
    const mine = actions.filter((action) => isOf(subject, action) && !action.destructive);
    const missing = blocked.filter((item) => isOf(subject, item));
    const { artifact, version, channel } = subject;
    return details(`${artifact} ${version} → ${channel}`, [
      ...(page === undefined ? [] : placesTable(page.places, detail)),
      ...evidenceLines(mine, page, detail),
      ...(missing.length === 0
        ? []
        : ["**Missing**, and who can supply it:", "", ...blockedItems(missing), ""]),
      ...sizeLines(mine),
      ...(page?.content === undefined ? [] : contentLines(page.content, detail)),
      ...(page?.rollback === undefined ? [] : rollbackLines(page.rollback, detail)),
    ]);
  });
}

interface Subject {
  readonly artifact: string;
  readonly version: string;
  readonly channel: string;
}

interface Named {
  readonly artifact: string;
  readonly version?: string | undefined;
  readonly channel?: string | null | undefined;
}

function isOf(subject: Subject, { artifact, version, channel }: Named): boolean {
  return (
    artifact === subject.artifact &&
    version === subject.version &&
    (channel ?? "") === subject.channel
  );
}

function subjectsOf(...lists: readonly (readonly Named[])[]): readonly Subject[] {
  const found = new Map<string, Subject>();
  for (const { artifact, version, channel } of lists.flat()) {
    if (version === undefined) continue;
    const subject = { artifact, version, channel: channel ?? "" };
    found.set(JSON.stringify(subject), subject);
  }
  return [...found.values()];
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
