/**
 * `node scripts/ci-summary.ts FOLDER`: adds up what `.ci/run` left in FOLDER. Its last line is
 * `N passed, N failed, N skipped`: every test, and every gate as one. Exits 1 when anything failed.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pivot } from "./pivot.ts";

interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

const folder = process.argv[2];
if (folder === undefined) throw new Error("usage: ci-summary.ts FOLDER");

for (const table of tables(folder)) console.log(`${table}\n`);
const rows = [...gateRows(folder), ...testRows(folder)];
for (const [name, counts] of rows) console.log(`${name}: ${line(counts)}`);
for (const reason of skipReasons(folder)) console.log(`not here: ${reason}`);

const total = rows.map(([, counts]) => counts).reduce(add, { passed: 0, failed: 0, skipped: 0 });
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
console.log(line(total));

/** `tables.txt` is what tests told as tables; `matrix.tsv` has a line for each time that a program judged another's work. */
function tables(from: string): readonly string[] {
  const told = join(from, "tables.txt");
  const judgements = tabbed(join(from, "matrix.tsv")).map(
    ([maker = "", what = "", judge = "", verdict = ""]) => ({ maker, what, judge, verdict }),
  );
  return [
    ...(existsSync(told) ? [readFileSync(told, "utf8").trim()] : []),
    ...(judgements.length > 0 ? [`who made it, who accepts it\n${pivot(judgements)}`] : []),
  ];
}

/** `gates.tsv` has a line `name<TAB>exit status<TAB>seconds` for each gate. */
function gateRows(from: string): readonly (readonly [string, Counts])[] {
  return tabbed(join(from, "gates.tsv")).map(([name = "?", status, seconds = "?"]) => [
    `gate ${name} (${seconds} s)`,
    { passed: status === "0" ? 1 : 0, failed: status === "0" ? 0 : 1, skipped: 0 },
  ]);
}

/** Each `*.json` is a document of vitest's json reporter. */
function testRows(from: string): readonly (readonly [string, Counts])[] {
  return readdirSync(from)
    .filter((name) => name.endsWith(".json"))
    .toSorted()
    .map((name) => [`tests ${name}`, testCounts(join(from, name))]);
}

function testCounts(path: string): Counts {
  const report: unknown = JSON.parse(readFileSync(path, "utf8"));
  const numbers = new Map<string, unknown>(Object.entries(report ?? {}));
  function count(key: string): number {
    const found = numbers.get(key);
    if (typeof found !== "number") throw new Error(`${path} has no ${key}`);
    return found;
  }
  return {
    passed: count("numPassedTests"),
    failed: count("numFailedTests"),
    skipped: count("numPendingTests") + count("numTodoTests"),
  };
}

/** `missing.tsv` has a line `program<TAB>reason` for each program that tests had to do without. */
function skipReasons(from: string): readonly string[] {
  return tabbed(join(from, "missing.tsv")).map(([name, reason]) => `${name}: ${reason}`);
}

function tabbed(path: string): readonly (readonly string[])[] {
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, "utf8").split("\n");
  return lines.filter((text) => text !== "").map((text) => text.split("\t"));
}

function add(a: Counts, b: Counts): Counts {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
  };
}

function line({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
