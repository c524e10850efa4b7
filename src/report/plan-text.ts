import type { Action, Blocked, Digest, Plan } from "#model";
import { plain } from "./plain-text.ts";
import { cargoOf, groupPlan, subjectOf, verbOf, type PlanGroup } from "./plan-rows.ts";
import { planSentence } from "./plan-summary.ts";
import { count } from "./quantities.ts";
import { shortDigests } from "./short-digest.ts";
import type { Style } from "./style.ts";
import { layOut, type Cell } from "./table.ts";

/** A plan for a person at a terminal: grouped by artifact and channel, destructive actions first, why and what to do for what is blocked. */
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
  const rows = group.actions.map((action) => actionCells(action, short, style));
  return [
    `  ${plain(group.channel) || "(no channel)"}`,
    ...layOut(rows, "    "),
    ...group.blocked.flatMap((blocked) => blockedLines(blocked, style)),
  ];
}

function actionCells(
  action: Action,
  short: (digest: Digest) => string,
  style: Style,
): readonly Cell[] {
  const look = action.destructive ? style.red : action.expect === null ? style.green : style.yellow;
  const sign = action.destructive ? "-" : action.expect === null ? "+" : "~";
  const names =
    action.expect === null || action.destructive
      ? short(action.digest)
      : `${short(action.expect)} → ${short(action.digest)}`;
  const cargo = cargoOf(action);
  return [
    { text: `${sign} ${verbOf(action)}`, look },
    { text: plain(subjectOf(action)), look: style.bold },
    { text: names, look: style.dim },
    { text: plain(action.site ?? "") },
    { text: plain(action.to) },
    {
      text: `${action.destructive ? "destructive: " : ""}${plain(action.reason)}${cargo === "" ? "" : ` (${cargo})`}`,
    },
  ];
}

function blockedLines(blocked: Blocked, style: Style): readonly string[] {
  const what = [blocked.version, blocked.site]
    .filter((part) => part !== undefined)
    .map((part) => plain(part));
  return [
    `    ${style.red("! blocked")}  ${style.bold(what.join("  "))}  ${blocked.code}: ${plain(blocked.reason)}`,
    `               ${style.dim("to do:")} ${plain(blocked.hint)}`,
  ];
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
