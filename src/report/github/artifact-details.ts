import { registryHost, type Action, type Blocked, type Plan } from "#model";
import { code, markdown } from "../plain-text.ts";
import { blockedItems, closed } from "../plan-markdown.ts";
import { blockedRows, blockedWord, decisionsOf, trustWord } from "../plan-trust.ts";
import { count, formatBytes } from "../quantities.ts";
import type { ArtifactPage, BeforeAfter } from "./artifact-page.ts";
import { contentLines, rollbackLines } from "./content.ts";
import { details, link, list, table, type Detail } from "./parts.ts";

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
    ...(page === undefined ? [] : originLines(page, detail)),
    ...evidenceLines(actions, page, detail),
    ...missingLines(blocked, page, detail),
    ...sizeLines(actions, page),
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

/** Where it was made and for what, in its own words, which nobody has to believe. */
function originLines({ origin, platforms }: ArtifactPage, { text }: Detail): readonly string[] {
  const { repositoryUrl, commit, runUrl } = origin ?? {};
  const parts = [
    ...(repositoryUrl === undefined
      ? []
      : [`from ${link(markdown(repositoryUrl, text), repositoryUrl)}`]),
    ...(commit === undefined ? [] : [`commit ${code(commit.slice(0, 64))}`]),
    ...(runUrl === undefined ? [] : [`by ${link("this run", runUrl)}`]),
  ];
  const made = parts.length === 0 ? [] : [`**Made**, as it says itself: ${parts.join(", ")}.`, ""];
  const names = platforms.slice(0, 20).map((name) => code(name.slice(0, 80)));
  return names.length === 0 ? made : [...made, `**Platforms**: ${names.join(" ")}`, ""];
}

/** What is missing by the gates of `waybill why`; else what the plan says. */
function missingLines(
  blocked: readonly Blocked[],
  page: ArtifactPage | undefined,
  detail: Detail,
): readonly string[] {
  const head = ["**Missing**, and who can supply it:", ""];
  if (page !== undefined && page.missing.length > 0)
    return [
      ...head,
      ...list(
        page.missing.map(
          ({ what, by, found, who, fix }) =>
            `${markdown(what, detail.text)} (${markdown(by, detail.text)}): ${markdown(closed(found), detail.text)} **${markdown(who, detail.text)}**: ${markdown(closed(fix), detail.text)}`,
        ),
        detail,
      ),
    ];
  return blocked.length === 0 ? [] : [...head, ...blockedItems(blocked), ""];
}

/** How much goes where, and how much of it is there already or is mounted from beside (design §7). */
function sizeLines(actions: readonly Action[], page: ArtifactPage | undefined): readonly string[] {
  const copies = actions.filter(({ op }) => op === "copy");
  const sizes = copies.flatMap(({ bytes }) => bytes ?? []);
  const { bytes, reused } = page?.size ?? {};
  const most = sizes.length === 0 ? bytes : Math.max(...sizes);
  if (copies.length === 0 || most === undefined) return [];
  const pieces = Math.max(...copies.map(({ evidence }) => evidence.length));
  const sent =
    reused === undefined || reused === 0
      ? "layers that are there already not counted off"
      : `of which ${formatBytes(reused)} are in the version that is there, and are not sent again`;
  return [
    `**Size**: ${formatBytes(most)} at most to each place, ${sent}${mountWords(copies)}; with ${count(pieces, "piece")} of evidence.`,
    "",
  ];
}

/** Places in the registry of the source get its layers by mount. */
function mountWords(copies: readonly Action[]): string {
  const mounted = copies.filter(({ from, to }) => {
    const host = registryHost(to);
    return from !== undefined && host !== undefined && host === registryHost(from);
  });
  const sites = [...new Set(mounted.flatMap(({ site }) => site ?? []))].map((site) => code(site));
  return sites.length === 0 ? "" : `; mounted, and not sent, at ${sites.join(" ")}`;
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
