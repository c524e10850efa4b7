import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll } from "vitest";
import { columns, pivot, type Judgement } from "../../../scripts/pivot.ts";

/** Where `.ci/run` collects what it prints at its end. */
const results = process.env["WAYBILL_RESULTS"];

/** The part of the matrix (who made it × who accepts it) that one file of tests fills. */
export interface Matrix {
  /** Notes what a program said; only what the test also asserts belongs here. */
  judged(judgement: Judgement): void;
}

/** Opens a part of the matrix, and prints it when the file's tests are over. */
export function openMatrix(): Matrix {
  const judgements: Judgement[] = [];
  afterAll(() => {
    if (judgements.length > 0) console.log(`who made it, who accepts it\n${pivot(judgements)}\n`);
  });
  return {
    judged(judgement) {
      judgements.push(judgement);
      const { maker, what, judge, verdict } = judgement;
      collect("matrix.tsv", [maker, what, judge, verdict]);
    },
  };
}

/** A table that one file of tests fills, printed when they are over. */
export function openTable(title: string, head: readonly string[]): (...row: string[]) => void {
  const rows: string[][] = [];
  afterAll(() => {
    if (rows.length === 0) return;
    const text = `${title}\n${columns([head, ...rows])}\n`;
    console.log(text);
    for (const line of text.split("\n")) collect("tables.txt", [line]);
  });
  return (...row) => void rows.push(row);
}

/** Says aloud what is not tested here, and why, and has the summary say it again. */
export function leftOut(what: string, reason: string): void {
  console.warn(`SKIPPED: ${what}: ${reason}`);
  collect("missing.tsv", [what, reason]);
}

function collect(file: string, cells: readonly string[]): void {
  if (results === undefined) return;
  appendFileSync(
    join(results, file),
    `${cells.map((cell) => cell.replaceAll(/[\t\n]/g, " ")).join("\t")}\n`,
  );
}
