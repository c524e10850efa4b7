import type { ActionResult, ApplyOutcome, Json } from "#model";
import { plain } from "./plain-text.ts";
import { subjectOf, verbOf } from "./plan-rows.ts";
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
      ...(result.message === undefined ? {} : { message: result.message }),
    })),
  };
}

/** The end of an apply for a person: what was done, then what was not and why, then planned and observed. */
export function resultText(outcome: ApplyOutcome, style: Style): string {
  const undone = outcome.results.filter((result) => result.status !== "done");
  const lines = [
    ...layOut(
      outcome.results.map((result) => resultCells(result, style)),
      "  ",
    ),
    ...(undone.length > 0 ? ["", ...undone.flatMap((result) => reasonLines(result, style))] : []),
    "",
    style.bold(resultSentence(outcome)),
  ];
  return lines.map((line) => `${line}\n`).join("");
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
  { action, status, code, message, retryable }: ActionResult,
  style: Style,
): readonly string[] {
  const again = retryable ? " Run apply again." : "";
  return [
    `${style.red(status)} ${plain(subjectOf(action))} at ${plain(action.to)}: ${code ?? ""}: ${plain(message ?? "")}${again}`,
  ];
}

/** Planned and observed in one sentence (promise 2). */
export function resultSentence(outcome: ApplyOutcome): string {
  const by = Map.groupBy(outcome.results, (result) => result.status);
  const words = (["done", "skipped", "failed", "refused"] as const)
    .map((status) => [status, by.get(status)?.length ?? 0] as const)
    .filter(([, number]) => number > 0)
    .map(([status, number]) => `${number} ${status}`);
  const detail = words.length > 0 ? `: ${words.join(", ")}` : "";
  const interrupted = outcome.interrupted ? " Interrupted: the next run does what is left." : "";
  return `Planned ${count(outcome.planned, "action")}, observed ${outcome.observed}${detail}.${interrupted}`;
}
