import { OPS, type Action, type Digest } from "#model";
import { code, markdown } from "../plain-text.ts";
import { cargoOf, subjectOf, verbOf } from "../plan-rows.ts";
import { decisionsOf, trustWord } from "../plan-trust.ts";
import { count } from "../quantities.ts";
import type { ArtifactPage } from "./artifact-page.ts";
import { link, table, type Detail } from "./parts.ts";

/** What the tables of a plan are written with. */
export interface TableOptions {
  readonly short: (digest: Digest) => string;
  readonly pages: readonly ArtifactPage[];
  readonly detail: Detail;
}

/** One row a version and channel: what comes from where to where, at which sites, and what is done (issue 6 §2). */
export function actionTable(actions: readonly Action[], options: TableOptions): readonly string[] {
  const groups = Map.groupBy(
    actions.filter(({ destructive }) => !destructive),
    ({ artifact, version, channel, digest }) => [artifact, version, channel, digest].join("\n"),
  );
  return table(
    ["artifact", "version", "digest", "from → to", "sites", "trust", "action"],
    [...groups.values()].map((rows) => rowOf(rows, options)),
    options.detail,
  );
}

function rowOf(rows: readonly Action[], { short, pages, detail }: TableOptions): readonly string[] {
  const [first] = rows;
  if (first === undefined) return [];
  const page = pageOf(pages, first);
  const sites = [...new Set(rows.map(({ site }) => site ?? "").filter((site) => site !== ""))];
  return [
    markdown(first.artifact, detail.text),
    code(first.version),
    digestCell(first.digest, page, short),
    fromTo(first, page, detail),
    sites.map((site) => code(site)).join(" "),
    decisionsOf(rows).map(trustWord).join(", "),
    actionCell(rows, detail),
  ];
}

function pageOf(
  pages: readonly ArtifactPage[],
  { artifact, version, channel }: Pick<Action, "artifact" | "version" | "channel">,
): ArtifactPage | undefined {
  return pages.find(
    (page) =>
      page.artifact === artifact && page.version === version && page.channel === (channel ?? ""),
  );
}

/** The short digest, linked to the commit it was made from, and to the run that made it, where its annotations say so. */
function digestCell(
  digest: Digest,
  page: ArtifactPage | undefined,
  short: (digest: Digest) => string,
): string {
  const name = code(short(digest));
  const { repositoryUrl, commit, runUrl } = page?.origin ?? {};
  const isCommit = commit !== undefined && /^[0-9a-f]{7,64}$/.test(commit);
  const url = isCommit && repositoryUrl ? `${repositoryUrl}/commit/${commit}` : undefined;
  const run = link("run", runUrl);
  return `${link(name, url)}${run === "run" ? "" : ` (${run})`}`;
}

function fromTo(
  { channel, from, to, op }: Action,
  page: ArtifactPage | undefined,
  { text }: Detail,
): string {
  const source = page !== undefined && page.from.length > 0 ? page.from.join(", ") : undefined;
  const origin = source ?? (op === "copy" && from !== undefined ? from : "its source");
  return `${markdown(origin, text)} → **${markdown(channel ?? to, text)}**`;
}

/** What is done, each kind once: `copy 13 kB`, `tag v1.4.2`, `move stable`. */
function actionCell(rows: readonly Action[], { text, name }: Detail): string {
  const words = new Map<string, number>();
  for (const action of rows.toSorted((a, b) => OPS.indexOf(a.op) - OPS.indexOf(b.op))) {
    const word = wordOf(action, text);
    words.set(word, (words.get(word) ?? 0) + 1);
  }
  const shown = [...words].map(([word, times]) => (times > 1 ? `${word} ×${times}` : word));
  if (name === "counts" && shown.length > 3) return count(rows.length, "action");
  return shown.slice(0, 20).join(", ") + (shown.length > 20 ? ", …" : "");
}

function wordOf(action: Action, limit: number): string {
  const wait = action.notBefore === undefined ? "" : ` (not before ${markdown(action.notBefore)})`;
  if (action.op === "copy") {
    const cargo = cargoOf(action);
    return `${verbOf(action)}${cargo === "" ? "" : ` (${markdown(cargo, limit)})`}${wait}`;
  }
  const subject = action.op === "attest" ? "" : ` ${code(subjectOf(action))}`;
  return `${verbOf(action)}${subject}${wait}`;
}

function whereOf({ channel, site }: Action): string {
  return [channel, site].filter((part) => part !== null).join(" at ");
}

/** What takes away, always open: one row an action, with its whole digest's beginning and why (issue 6 §2). */
export function destructiveTable(
  actions: readonly Action[],
  { short, detail }: TableOptions,
): readonly string[] {
  return table(
    ["artifact", "action", "what", "digest", "where", "why", "place"],
    actions
      .filter(({ destructive }) => destructive)
      .map((action) => [
        markdown(action.artifact, detail.text),
        `**${verbOf(action)}**`,
        code(subjectOf(action)),
        code(short(action.digest)),
        markdown(whereOf(action), detail.text),
        markdown(action.reason, detail.text),
        code(action.to),
      ]),
    // What takes away is the last to be left out.
    { ...detail, rows: Math.max(detail.rows, 100) },
  );
}
