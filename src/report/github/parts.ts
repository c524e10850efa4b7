import { markdown, plain } from "../plain-text.ts";

/** How much a comment or summary may say: the steps of the size ladder (issue 6 §2). */
export interface Detail {
  readonly name: "full" | "compact" | "counts";
  /** Rows of one table, items of one list. */
  readonly rows: number;
  /** Characters of one foreign text. */
  readonly text: number;
}

export const LADDER: readonly Detail[] = [
  { name: "full", rows: 2_000, text: 500 },
  { name: "compact", rows: 60, text: 200 },
  { name: "counts", rows: 8, text: 80 },
];

/** Lines of a table or list, cut to so many; the cut is told as `and N more ROWS`. */
function capped(
  lines: readonly string[],
  { rows }: Detail,
  more: (text: string) => string,
): readonly string[] {
  if (lines.length <= rows) return lines;
  return [...lines.slice(0, rows), more(`and ${lines.length - rows} more, left out for size`)];
}

/** A table with its heading; nothing for no rows. Cells are Markdown already. */
export function table(
  heads: readonly string[],
  rows: readonly (readonly string[])[],
  detail: Detail,
): readonly string[] {
  if (rows.length === 0) return [];
  const lines = rows.map((cells) => `| ${cells.join(" | ")} |`);
  return [
    `| ${heads.join(" | ")} |`,
    `|${heads.map(() => "---").join("|")}|`,
    ...capped(lines, detail, (text) => `| _${text}_ |${" |".repeat(heads.length - 1)}`),
    "",
  ];
}

/** A list; nothing for no items. Items are Markdown already. */
export function list(items: readonly string[], detail: Detail): readonly string[] {
  if (items.length === 0) return [];
  return [...capped(items, detail, (text) => `_${text}_`).map((item) => `- ${item}`), ""];
}

/** A part that folds; its summary is foreign text in plain words, which HTML does not read as Markdown. */
export function details(summary: string, body: readonly string[]): readonly string[] {
  if (body.length === 0) return [];
  return [`<details><summary>${markdown(summary, 300)}</summary>`, "", ...body, "</details>", ""];
}

/** Lines to type, in a fence that nothing inside can end. */
export function commands(lines: readonly string[]): readonly string[] {
  if (lines.length === 0) return [];
  const safe = lines.map((line) => plain(line, 500));
  const longest = Math.max(
    2,
    ...safe.flatMap((line) => line.match(/`+/g) ?? []).map(({ length }) => length),
  );
  const fence = "`".repeat(longest + 1);
  return [`${fence}console`, ...safe, fence, ""];
}

/** Text that links to an address; only the text where the address is none of `https:` that could be told in a link. */
export function link(text: string, url: string | undefined): string {
  return url !== undefined && isLinkable(url) ? `[${text}](${url})` : text;
}

/** An address that no part of Markdown or HTML can read otherwise; one with a person's name or a fragment is none. */
export function isLinkable(url: string): boolean {
  return (
    url.length <= 500 &&
    /^https:\/\/[A-Za-z0-9.-]+(?::\d{1,5})?(?:\/[A-Za-z0-9._~%/=?&+-]*)?$/.test(url)
  );
}
