import type {
  Compared,
  ConfigChange,
  ContentChange,
  FoundVulnerability,
  PackageChange,
  RollbackReadiness,
} from "#model";
import { code, markdown } from "../plain-text.ts";
import { count } from "../quantities.ts";
import { isLinkable, link, list, type Detail } from "./parts.ts";

/** What is in a version, against the one that its channel has now (issue 6 §2). */
export function contentLines(content: ContentChange, detail: Detail): readonly string[] {
  const { against } = content;
  if (against === undefined)
    return ["**What is in it**: the channel has no version to compare with.", ""];
  return [
    `**What is in it**, against ${code(against)}:`,
    "",
    ...list(
      [
        ...comparedItem("packages", content.packages, (value) => packageWords(value, detail)),
        ...comparedItem("vulnerabilities", content.vulnerabilities, ({ fixed, introduced }) => [
          vulnerabilityWords("introduced", introduced, detail),
          vulnerabilityWords("fixed", fixed, detail),
        ]),
        ...comparedItem("config", content.config, (value) =>
          value.map((item) => configWords(item, detail)),
        ),
        ...comparedItem("platforms", content.platforms, ({ added, removed }) => [
          namesWords("added", added, detail),
          namesWords("removed", removed, detail),
        ]),
        sourceWords(content),
      ],
      { ...detail, rows: Number.POSITIVE_INFINITY },
    ),
  ];
}

/** One item a comparison: what differs, that nothing does, or why it is not known. */
function comparedItem<Value>(
  name: string,
  compared: Compared<Value>,
  words: (value: Value) => readonly string[],
): readonly string[] {
  if (compared.kind === "unknown")
    return [`${name}: not compared, because ${markdown(compared.why)}`];
  const said = words(compared.value).filter((text) => text !== "");
  const basis = compared.basis === undefined ? "" : ` (${markdown(compared.basis)})`;
  return [`${name}${basis}: ${said.length === 0 ? "no difference" : said.join("; ")}`];
}

const KINDS = ["added", "removed", "upgraded", "downgraded", "changed"] as const;

function packageWords(packages: readonly PackageChange[], detail: Detail): readonly string[] {
  return KINDS.map((kind) => {
    const those = packages.filter((change) => change.kind === kind);
    return namesWords(kind, those.map(packageName), detail);
  });
}

function packageName({ kind, name, before, after }: PackageChange): string {
  switch (kind) {
    case "added":
      return `${name} ${after ?? ""}`;
    case "removed":
      return `${name} ${before ?? ""}`;
    case "upgraded":
    case "downgraded":
    case "changed":
      return `${name} ${before ?? "none"} → ${after ?? "none"}`;
  }
}

function vulnerabilityWords(
  word: string,
  found: readonly FoundVulnerability[],
  detail: Detail,
): string {
  return namesWords(
    word,
    found.map(({ id, severity }) => `${id} (${severity})`),
    detail,
  );
}

function namesWords(word: string, names: readonly string[], { rows, text }: Detail): string {
  if (names.length === 0) return "";
  const shown = names.slice(0, Math.min(rows, 30)).map((name) => code(name.slice(0, text)));
  const rest = names.length - shown.length;
  return `**${names.length} ${word}** ${shown.join(", ")}${rest > 0 ? ` and ${rest} more` : ""}`;
}

function configWords({ setting, platform, before, after }: ConfigChange, { text }: Detail): string {
  const where = platform === undefined ? "" : ` (${markdown(platform)})`;
  const [was, is] = [before, after].map((value) =>
    value === "" ? "none" : code(value.slice(0, text)),
  );
  return `${setting}${where} ${was} → ${is}`;
}

/** From commit to commit, linked where the source is an address that can be told. */
function sourceWords({ source }: ContentChange): string {
  const { repository, before, after } = source ?? {};
  if (before === undefined || after === undefined)
    return "source range: not known, because the images do not both say of which commit they are";
  if (before === after) return `source range: the same commit ${code(before.slice(0, 12))}`;
  const range = `${code(before.slice(0, 12))} → ${code(after.slice(0, 12))}`;
  const areCommits = [before, after].every((commit) => /^[0-9a-f]{7,64}$/.test(commit));
  const isForge = repository !== undefined && isLinkable(repository) && areCommits;
  return `source range: ${link(range, isForge ? `${repository}/compare/${before}...${after}` : undefined)}`;
}

/** Whether a rollback would find what it needs (issue 6 §2). */
export function rollbackLines(rollback: RollbackReadiness, detail: Detail): readonly string[] {
  if (rollback.kind === "none") return [`**Rollback**: not ready: ${markdown(rollback.why)}`, ""];
  const { version, sites } = rollback;
  const ready = sites.filter(({ isReady }) => isReady).map(({ site }) => code(site));
  const lacking = sites.filter(({ isReady }) => !isReady);
  const word = ready.length === 0 ? "ready nowhere" : `ready at ${ready.slice(0, 50).join(" ")}`;
  const not = lacking.length === 0 ? "." : `, and not at ${count(lacking.length, "site")}:`;
  return [
    `**Rollback** to ${code(version)}: ${word}${not}`,
    "",
    ...list(
      lacking.map(({ site, missing }) => `${code(site)}: ${markdown(missing ?? "not known")}`),
      detail,
    ),
  ];
}
