import type { ActionResult, Blocked } from "#model";
import type { Forge } from "#scm";
import { pageOf, type MergeRequest, type Telling } from "./request.ts";

const TITLE = "Waybill left something undone";
/** A body has room for 65,536 characters; a person reads far fewer lines. */
export const MOST_LINES = 100;
const ALL = "*";

/**
 * Keeps the one failure issue: opened or updated while something is left undone, closed once all of it is healed
 * (issue 6 §4). Each channel's run writes its own part.
 */
export async function keepFailureIssue(
  request: MergeRequest,
  telling: Telling,
  signal: AbortSignal,
): Promise<void> {
  const own = request.channel ?? ALL;
  const lines = linesOf(telling);
  function change(before: Parts): Parts {
    const parts = new Map(own === ALL ? [] : before);
    parts.delete(own);
    if (lines.length > 0) parts.set(own, textOf(request, telling, lines));
    return parts;
  }
  await keepIssueParts(telling.place.forge, { instance: request.instance, change }, signal);
}

/** What one issue says, by channel. */
export type Parts = ReadonlyMap<string, string>;

/** A change of the one failure issue. */
export interface IssueChange {
  readonly instance: string;
  /** From what the issue says now to what it shall say; nothing closes it. */
  readonly change: (before: Parts) => Parts;
}

/** Opens, updates or closes the one issue; an issue that says so already is left alone. */
export async function keepIssueParts(
  { issues }: Pick<Forge, "issues">,
  { instance, change }: IssueChange,
  signal: AbortSignal,
): Promise<void> {
  const marker = `<!-- waybill:undone v1 id=${instance} -->`;
  const found = await issues.find(marker, signal);
  const parts = change(found?.open === true ? partsIn(found.body) : new Map());
  if (parts.size === 0) {
    if (found?.open === true) await issues.update(found.number, { open: false }, signal);
    return;
  }
  const body = [marker, INTRODUCTION, ...[...parts].map(([name, text]) => partText(name, text))];
  const text = body.join("\n").slice(0, 60_000);
  if (found === undefined) await issues.create({ title: TITLE, body: text }, signal);
  else if (!found.open || found.body !== text)
    await issues.update(found.number, { body: text, open: true }, signal);
}

const INTRODUCTION = `
What was merged and is not done yet. The next run does what can be done by then, and closes this issue
once nothing is left. What no approved merge covers needs \`waybill reapprove --pr\`.
`;

function partText(name: string, text: string): string {
  return `<!-- part ${name} -->\n${text}\n<!-- /part -->`;
}

function partsIn(body: string): Map<string, string> {
  const found = body
    .replaceAll("\r\n", "\n")
    .matchAll(/^<!-- part ([a-z0-9*-]+) -->\n([^]*?)\n<!-- \/part -->$/gm);
  return new Map([...found].map(([, name = "", text = ""]) => [name, text]));
}

function linesOf({ outcome, plan, exitCode }: Telling): readonly string[] {
  // A run that is through, or only waits for its time, leaves nothing to a person.
  if (exitCode === 0) return [];
  const undone = outcome.results.filter(
    ({ action, status }) =>
      status !== "done" && !(status === "skipped" && action.notBefore !== undefined),
  );
  return [...undone.map(resultLine), ...plan.blocked.map(blockedLine)];
}

function resultLine({ action, status, code, message }: ActionResult): string {
  const { op, artifact, version, channel, site, tag } = action;
  const what = `${op}${tag === null ? "" : ` ${plain(tag)}`} of ${plain(artifact)} ${plain(version)}`;
  const where = `${channel ?? ""} at ${site ?? ""}`;
  return `- ${status} (${code ?? "unknown"}): ${what} in ${where}. ${plain(message ?? "")}`;
}

/** What stands in the way, as an item of a list. */
export function blockedLine({ artifact, version, channel, site, code, reason }: Blocked): string {
  const what = `${plain(artifact)} ${plain(version ?? "")}`;
  return `- blocked (${code}): ${what} in ${channel ?? ""} at ${site ?? ""}. ${plain(reason)}`;
}

/** Foreign words in somebody's issue: no markup, no mention, no end of our comment. */
export function plain(text: string): string {
  return text
    .replace(/[\s\p{C}]+/gu, " ")
    .replace(/[\\`*_{}[\]<>()#!|~]/g, "\\$&")
    .replaceAll("@", "@\u200b")
    .slice(0, 300);
}

function textOf(request: MergeRequest, { record }: Telling, lines: readonly string[]): string {
  const url = pageOf(request);
  const head = request.channel === undefined ? "### All channels" : `### ${request.channel}`;
  const more = lines.length - MOST_LINES;
  return [
    head,
    "",
    ...lines.slice(0, MOST_LINES),
    ...(more > 0 ? [`- and ${more} more`] : []),
    "",
    `Commit ${record?.commit.slice(0, 12) ?? ""}${url === undefined ? "" : `, [run](${url})`}`,
  ].join("\n");
}
