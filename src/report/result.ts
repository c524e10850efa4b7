import type { ActionResult, ApplyOutcome, Json, Plan } from "#model";
import { code, markdown, plain } from "./plain-text.ts";
import { blockedItems } from "./plan-markdown.ts";
import { subjectOf, verbOf } from "./plan-rows.ts";
import { blockedLines } from "./plan-text.ts";
import { count } from "./quantities.ts";
import type { Style } from "./style.ts";
import { layOut, type Cell } from "./table.ts";

/** `waybill.dev/result/v1` (contract §5), results in the plan's order. */
export function resultDocument(outcome: ApplyOutcome, commit: string | undefined): Json {
  return {
    schema: "waybill.dev/result/v1",
    planDigest: outcome.planDigest,
    ...(commit === undefined ? {} : { commit }),
    planned: outcome.planned,
    observed: outcome.observed,
    startedAt: outcome.startedAt,
    finishedAt: outcome.finishedAt,
    results: outcome.results.map((result) => ({
      id: result.action.id,
      status: result.status,
      ...(result.code === undefined ? {} : { code: result.code }),
      ...(result.message === undefined ? {} : { message: withHint(result) }),
    })),
  };
}

/** What an apply's end is told from: `plan` says what was blocked, and so never became an action. */
export interface Ending {
  readonly plan: Plan;
  readonly outcome: ApplyOutcome;
}

/** The end of an apply for a person: what was done, then what was not and why, then planned and observed. */
export function resultText({ outcome, plan }: Ending, style: Style): string {
  const rows = layOut(
    outcome.results.map((result) => resultCells(result, style)),
    "  ",
  );
  const undone = [
    ...outcome.results.filter(hasReason).flatMap((result) => reasonLines(result, style)),
    ...blockedLines(plan.blocked, style, "  "),
  ];
  const parts = [rows, undone, [style.bold(endingSentence({ outcome, plan }))]];
  return parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map((line) => `${line}\n`).join(""))
    .join("\n");
}

/** The same as GitHub-flavoured Markdown: verdict first, foreign text escaped. */
export function resultMarkdown({ outcome, plan }: Ending): string {
  const rows = outcome.results.map((result) => {
    const { action, status, code: why } = result;
    const reason = [why === undefined ? "" : code(why), markdown(withHint(result))];
    const where = code(`${action.to}@${action.digest}`);
    return `| ${status} | ${verbOf(action)} | ${markdown(action.artifact)} | ${code(subjectOf(action))} | ${where} | ${reason.filter((part) => part !== "").join(" ")} |`;
  });
  const table = [
    "| outcome | action | artifact | what | where | why |",
    "|---|---|---|---|---|---|",
  ];
  const lines = [
    `**${endingSentence({ outcome, plan })}**`,
    ...(rows.length > 0 ? ["", ...table, ...rows] : []),
    ...(plan.blocked.length > 0 ? ["", ...blockedItems(plan.blocked)] : []),
  ];
  return `${lines.join("\n")}\n`;
}

/** The reason and what to do about it, where there is one line for both. */
function withHint({ message = "", hint }: ActionResult): string {
  if (hint === undefined) return message;
  return `${message}${/[.!?]$/u.test(message) ? "" : "."} To do: ${hint}`;
}

/** What an interruption left is said once for all of it, at the end. */
function hasReason({ status, code: why }: ActionResult): boolean {
  return status !== "done" && why !== "interrupted";
}

function endingSentence({ outcome, plan }: Ending): string {
  const blocked = plan.blocked.length > 0 ? ` Blocked: ${plan.blocked.length}.` : "";
  if (outcome.planned > 0) return `${resultSentence(outcome)}${blocked}`;
  return `Nothing to do; ${plan.unchanged} already in place.${blocked}`;
}

/** One finished action in one line, for `--verbose`. */
export function resultLine(result: ActionResult, style: Style): string {
  return layOut([resultCells(result, style)], "")[0] ?? "";
}

function resultCells(result: ActionResult, style: Style): readonly Cell[] {
  const look = { done: style.green, skipped: style.yellow, failed: style.red, refused: style.red }[
    result.status
  ];
  return [
    { text: result.status, look },
    { text: verbOf(result.action) },
    { text: plain(result.action.artifact) },
    { text: plain(subjectOf(result.action)), look: style.bold },
    { text: plain(`${result.action.to}@${result.action.digest}`) },
  ];
}

function reasonLines(
  { action, status, code: why, message, hint, retryable }: ActionResult,
  style: Style,
): readonly string[] {
  const look = status === "skipped" ? style.yellow : style.red;
  const what = `${verbOf(action)} ${plain(subjectOf(action))} at ${plain(action.to)}`;
  return [
    `  ${look(`! ${status}`)}  ${style.bold(what)}: ${why ?? "no code"}`,
    `      ${plain(message ?? "no reason given")}`,
    ...(hint === undefined ? [] : [`      ${style.dim("to do:")} ${plain(hint)}`]),
    ...(retryable ? [`      ${style.dim("to do:")} run apply again: it does what is left`] : []),
  ];
}

/** Planned and observed in one sentence (promise 2). */
function resultSentence(outcome: ApplyOutcome): string {
  const by = Map.groupBy(outcome.results, (result) => result.status);
  const words = (["done", "skipped", "failed", "refused"] as const)
    .map((status) => [status, by.get(status)?.length ?? 0] as const)
    .filter(([, number]) => number > 0)
    .map(([status, number]) => `${number} ${status}`);
  const detail = words.length > 0 ? `: ${words.join(", ")}` : "";
  const interrupted = outcome.interrupted ? " Interrupted: the next run does what is left." : "";
  return `Planned ${count(outcome.planned, "action")}, observed ${outcome.observed}${detail}.${interrupted}`;
}
