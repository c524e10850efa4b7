import type { Action, Blocked, Digest, Plan } from "#model";
import { plain } from "./plain-text.ts";
import {
  byPlace,
  cargoOf,
  groupPlan,
  subjectOf,
  verbOf,
  type PlaceRows,
  type PlanGroup,
} from "./plan-rows.ts";
import { planSentence } from "./plan-summary.ts";
import { blockedRows, blockedWord, decisionsOf, trustWord } from "./plan-trust.ts";
import { count } from "./quantities.ts";
import { shortDigests } from "./short-digest.ts";
import type { Style } from "./style.ts";
import { layOut, type Cell } from "./table.ts";

/**
 * A plan for a person at a terminal: by artifact, channel and place, destructive actions first, why each thing is done,
 * and for what is blocked why and what to do.
 */
export function planText(plan: Plan, style: Style): string {
  const short = shortDigests(
    plan.actions.flatMap((action) => [action.digest, ...(action.expect ? [action.expect] : [])]),
  );
  const lines: string[] = [];
  let artifact = "";
  for (const group of groupPlan(plan)) {
    if (group.artifact !== artifact) {
      if (lines.length > 0) lines.push("");
      lines.push(style.bold(plain(group.artifact)));
      artifact = group.artifact;
    }
    lines.push(...groupLines(group, short, style));
  }
  if (lines.length > 0) lines.push("");
  lines.push(...noteLines(plan, style), ...scopeLines(plan, style), style.bold(planSentence(plan)));
  return lines.map((line) => `${line}\n`).join("");
}

function groupLines(
  group: PlanGroup,
  short: (digest: Digest) => string,
  style: Style,
): readonly string[] {
  return [
    ...byPlace(group).flatMap((place) => placeLines(group, place, short, style)),
    ...blockedLines(group.blocked, style, "  "),
  ];
}

function placeLines(
  { channel }: PlanGroup,
  { site, to, actions }: PlaceRows,
  short: (digest: Digest) => string,
  style: Style,
): readonly string[] {
  const where = [channel, site].filter((part) => part !== "").map((part) => plain(part));
  const rows = actions.map((action) => actionCells(action, short, style));
  const heading = where.length === 0 ? "" : `${where.join(" at ")}: `;
  return [
    `  ${heading}${style.dim(plain(to))}`,
    ...layOut(rows, "    "),
    ...trustLines(actions, style),
  ];
}

/** One line for each decision, and what rules warn of. */
function trustLines(actions: readonly Action[], style: Style): readonly string[] {
  return decisionsOf(actions).flatMap((decision) => [
    `      ${style.dim(`${trustWord(decision)}:`)} ${plain(decision.explanation)}`,
    ...decision.warnings.flatMap(({ code, message, fix }) => [
      `      ${style.yellow("! warning")}  ${code}: ${plain(message)}`,
      ...(fix === "" ? [] : [`          ${style.dim("to do:")} ${plain(fix)}`]),
    ]),
  ]);
}

function actionCells(
  action: Action,
  short: (digest: Digest) => string,
  style: Style,
): readonly Cell[] {
  const isNew = action.expect === null && !action.repair;
  const look = action.destructive ? style.red : isNew ? style.green : style.yellow;
  const sign = action.destructive ? "-" : isNew ? "+" : "~";
  const names =
    action.expect === null || action.destructive
      ? short(action.digest)
      : `${short(action.expect)} → ${short(action.digest)}`;
  return [
    { text: `${sign} ${verbOf(action)}`, look },
    { text: plain(subjectOf(action)), look: style.bold },
    { text: names, look: style.dim },
    { text: whyOf(action) },
  ];
}

function whyOf(action: Action): string {
  const cargo = cargoOf(action);
  const wait = action.notBefore === undefined ? "" : `; waits until ${action.notBefore}`;
  const mark = action.destructive ? "destructive: " : "";
  return `${mark}${plain(action.reason)}${cargo === "" ? "" : ` (${cargo})`}${wait}`;
}

/** What is blocked, each with its reason and what to do about it. */
export function blockedLines(
  blocked: readonly Blocked[],
  style: Style,
  indent: string,
): readonly string[] {
  return blockedRows(blocked).flatMap(({ item, sites, tags }) => {
    const { version, channel, code, reason, hint } = item;
    const place = sites.length === 0 ? undefined : sites.join(", ");
    const where = [channel, place].filter((part) => part !== undefined).join(" at ");
    const what = [version, where]
      .filter((part) => part !== undefined && part !== "")
      .map((part) => plain(part ?? ""))
      .join(" for ");
    return [
      `${indent}${style.red(`! ${blockedWord(item)}`)}  ${style.bold(what)}: ${code}`,
      `${indent}    ${plain(reason)}`,
      ...(tags.length === 0 ? [] : [`${indent}    not written: ${plain(tags.join(", "))}`]),
      `${indent}    ${style.dim("to do:")} ${plain(hint)}`,
    ];
  });
}

const NOTES_SHOWN = 20;

function noteLines(plan: Plan, style: Style): readonly string[] {
  if (plan.notes.length === 0) return [];
  const shown = plan.notes
    .slice(0, NOTES_SHOWN)
    .map((note) => `${style.dim("note:")} ${note.code}: ${plain(note.message)}`);
  const rest = plan.notes.length - shown.length;
  return [
    ...shown,
    ...(rest > 0 ? [style.dim(`and ${count(rest, "more note")}, all in --format json`)] : []),
    "",
  ];
}

function scopeLines(plan: Plan, style: Style): readonly string[] {
  const since =
    plan.scope.kind === "since"
      ? `what differs since ${plain(plan.scope.revision)} (${count(plan.scope.artifacts.length, "artifact")})`
      : "everything";
  const commit = plan.commit === undefined ? "" : `, at ${plan.commit.slice(0, 12)}`;
  const depth = plan.depth === "deep" ? "closure and referrers proved" : "tags compared";
  return [style.dim(`Looked at ${since}${commit}; ${depth}; plan ${plan.digest}`)];
}
