import type { ActionResult, Blocked } from "#model";
import { code, markdown } from "../plain-text.ts";
import { subjectOf, verbOf } from "../plan-rows.ts";
import { count } from "../quantities.ts";
import type { Outcome } from "./comment-input.ts";
import { link, list, table, type Detail } from "./parts.ts";

/** The verdict after the merge: first of everything, where there is an outcome (issue 6 §2). */
export function outcomeLine({ results, uncovered, blocked = [] }: Outcome): string {
  const done = results.filter(({ status }) => status === "done").length;
  const waits = results.filter(isWaiting).length;
  const others = uncovered.length + blocked.length;
  const left = results.length - done - waits + others;
  if (results.length + others === 0) return "✅ **Merged: there was nothing to do.**";
  const rest = waits === 0 ? "" : `; ${waits} will follow when their time has come`;
  if (left === 0)
    return `✅ **Merged and done: ${done} of ${count(results.length, "action")}${rest}.**`;
  return `⚠️ **Merged, and not all of it done: ${done} of ${count(results.length + others, "action")}${rest}; ${left} left undone.**`;
}

function isWaiting({ action, status }: ActionResult): boolean {
  return status === "skipped" && action.notBefore !== undefined;
}

/** What became of each site, and what was left undone with its reason. */
export function outcomeSection(outcome: Outcome, detail: Detail): readonly string[] {
  const { results, uncovered, blocked = [], commit, finishedAt, runUrl, record } = outcome;
  const places = Map.groupBy(
    results,
    ({ action }) => `${action.channel ?? ""}\n${action.site ?? ""}`,
  );
  return [
    ...table(
      ["channel", "site", "done", "waits", "failed or refused"],
      [...places.values()].map((rows) => siteCells(rows, detail)),
      detail,
    ),
    ...list(
      [
        ...results.filter(isUndone).map((result) => undoneWords(result, detail)),
        ...uncovered.map(
          (result) => `**not covered by this merge** ${undoneWords(result, detail)}`,
        ),
        ...blocked.map((item) => blockedWords(item, detail)),
      ],
      detail,
    ),
    `Applied ${code(commit.slice(0, 12))}, finished ${markdown(finishedAt)}${runUrl === undefined ? "" : `, ${link("run", runUrl)}`}${record === undefined ? "" : `, record ${code(record)}`}.`,
    "",
  ];
}

function siteCells(rows: readonly ActionResult[], { text }: Detail): readonly string[] {
  const [first] = rows;
  const done = rows.filter(({ status }) => status === "done").length;
  const waits = rows.filter(isWaiting).length;
  return [
    markdown(first?.action.channel ?? "", text),
    markdown(first?.action.site ?? "", text),
    `${done} of ${rows.length}`,
    waits === 0 ? "" : String(waits),
    rows.length - done - waits === 0 ? "" : `**${rows.length - done - waits}**`,
  ];
}

function isUndone(result: ActionResult): boolean {
  return result.status !== "done";
}

function undoneWords(
  { action, status, code: why, message }: ActionResult,
  { text }: Detail,
): string {
  const what = `${verbOf(action)} ${code(subjectOf(action))} of ${markdown(action.artifact, text)}`;
  const where = `${markdown(action.channel ?? "")} at ${markdown(action.site ?? "")}`;
  const wait = action.notBefore === undefined ? "" : ` until ${markdown(action.notBefore)}`;
  const reason = [why === undefined ? "" : code(why), markdown(message ?? "", text)]
    .filter((part) => part !== "")
    .join(" ");
  return `${status}${wait}: ${what} for ${where}${reason === "" ? "" : `: ${reason}`}`;
}

function blockedWords(
  { artifact, version, channel, site, code: why, reason, hint }: Blocked,
  { text }: Detail,
): string {
  const what = `${markdown(artifact, text)}${version === undefined ? "" : ` ${code(version)}`}`;
  const where = `${markdown(channel ?? "")} at ${markdown(site ?? "")}`;
  return `**blocked**: ${what} for ${where}: ${code(why)} ${markdown(reason, text)}. To do: ${markdown(hint, text)}.`;
}
