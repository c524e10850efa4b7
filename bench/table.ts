import type { Entrant, RowResult } from "./result.ts";
import { judge, type Judged, type Verdict } from "./verdicts.ts";

/** A row's figures as text: who took what, what had to hold, and what was asked for. */
export function rowText(result: RowResult): string {
  const entrants = result.entrants.filter(({ failure }) => failure === undefined);
  const failed = result.entrants.filter(({ failure }) => failure !== undefined);
  const blocks = [
    `${result.name}: ${result.title}`,
    ...(entrants.length === 0 ? [] : [columns([ENTRANT_HEAD, ...entrants.map(entrantCells)])]),
    ...failed.map(({ name, failure }) => `  ${name} failed: ${firstLines(failure ?? "")}`),
    ...result.checks.map(({ what, holds }) => `  ${holds ? "right" : "WRONG"}: ${what}`),
    ...result.notes.map((note) => `  note: ${note}`),
  ];
  return `${blocks.join("\n")}\n`;
}

/** Every target of every row, with our figure and whether it is met, in words. */
export function summaryText(results: readonly RowResult[]): string {
  const rows = results.flatMap((result) => judge(result).map((one) => judgedCells(one)));
  const head = ["row", "what", "waybill", "against", "must", "", "aim", ""];
  return `${columns([head, ...rows])}\n`;
}

const ENTRANT_HEAD = ["", "wall s", "CPU s", "peak MiB", "requests", "connections", "called as"];

function entrantCells({ name, cost, traffic, usage }: Entrant): readonly string[] {
  const peak = cost?.peakBytes;
  return [
    name,
    cost === undefined ? "-" : cost.wallSeconds.toFixed(3),
    cost === undefined ? "-" : cost.cpuSeconds.toFixed(2),
    peak === undefined ? "-" : (peak / 1024 ** 2).toFixed(0),
    String(traffic?.requests ?? "-"),
    String(traffic?.connections ?? "-"),
    usage,
  ];
}

function judgedCells({ target, figure, peer, must, aim }: Judged): readonly string[] {
  return [
    target.row,
    target.what,
    figure === undefined ? "-" : short(figure),
    peer ?? "",
    target.must === undefined ? "" : String(target.must),
    word(must),
    target.aim === undefined ? "" : String(target.aim),
    word(aim),
  ];
}

function word(verdict: Verdict): string {
  return verdict === "no number" ? "" : verdict;
}

function short(figure: number): string {
  return Number.isInteger(figure) ? String(figure) : figure.toFixed(2);
}

function firstLines(text: string): string {
  return text.split("\n").slice(0, 6).join("\n    ");
}

function columns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, at) =>
    Math.max(...rows.map((row) => row[at]?.length ?? 0)),
  );
  return rows
    .map((row) => `  ${row.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join("  ")}`.trimEnd())
    .join("\n");
}
