/**
 * `npm run bench`: measures the bundle side by side with the copy tools of this machine, against
 * registries on loopback, and prints tables and, with `--json FILE`, a document. Figures are told,
 * never asserted: only a row that cannot be run, or whose outcome is wrong, makes it fail.
 */
import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { readArguments, USAGE, type Arguments } from "./arguments.ts";
import type { Bench, Row } from "./bench.ts";
import { BenchError } from "./bench-error.ts";
import { documentOf, machineText, type Circumstances } from "./document.ts";
import { findPeers, type Contender } from "./peers.ts";
import { findProgram } from "./programs.ts";
import { isRecord } from "./push.ts";
import { chooseRegistry, type RegistryProgram } from "./registry-program.ts";
import { RegistryYard } from "./registry.ts";
import { rowWithout, type RowResult } from "./result.ts";
import { rowText, summaryText } from "./table.ts";
import { findUniverseScript } from "./universe.ts";
import { freshBundle, ROOT, waybillContender } from "./waybill.ts";
import { openWorkshop, storageText, workshopParent } from "./workshop.ts";

/** Time to stop everything in good order; a further signal after that ends it at once. */
const GRACE_MS = 10_000;

const interruption = new AbortController();
let stoppedAt = Infinity;
for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => stop(name));
try {
  process.exitCode = await main(readArguments(process.argv.slice(2)));
} catch (error) {
  console.error(error instanceof BenchError ? error.message : error);
  process.exitCode = 1;
}

/** The same signal often comes twice, to the process and to its group: the second must not break the tidying up. */
function stop(name: string): void {
  if (performance.now() > stoppedAt + GRACE_MS) process.exit(1);
  stoppedAt = Math.min(stoppedAt, performance.now());
  interruption.abort(new BenchError(`stopped by ${name}`));
}

async function main(wanted: Arguments): Promise<number> {
  if (wanted.help) {
    console.log(USAGE);
    return 0;
  }
  if (await freshBundle()) say("built dist, which was older than the sources");
  const program = await chooseRegistry();
  const { peers, missing } = await findPeers();
  const parent = workshopParent(wanted.inMemory);
  const storage = storageText(parent);
  const circumstances = await circumstancesOf(wanted, { program, peers, missing, storage });
  console.log(headText(circumstances));
  await using workshop = await openWorkshop(parent);
  const results = await runRows(wanted.rows, {
    workshop,
    yard: new RegistryYard(program, workshop),
    waybill: waybillContender(circumstances.version),
    peers,
    runs: wanted.runs,
    universeScript: await findUniverseScript(),
    signal: interruption.signal,
    say,
  });
  console.log(summaryText(results));
  if (wanted.json !== undefined) {
    const file = resolve(process.env["INIT_CWD"] ?? ".", wanted.json);
    await writeFile(file, `${JSON.stringify(documentOf(circumstances, results), null, 2)}\n`);
  }
  return results.every(isSound) ? 0 : 1;
}

async function runRows(rows: readonly Row[], bench: Bench): Promise<readonly RowResult[]> {
  const results: RowResult[] = [];
  for (const row of rows) {
    const result = await runRow(row, bench);
    results.push(result);
    console.log(rowText(result));
  }
  return results;
}

async function runRow(row: Row, bench: Bench): Promise<RowResult> {
  const { name, title } = row;
  if (/^universe|^scale$/.test(name) && bench.universeScript === undefined) {
    const where = "no universe.mjs beside the checkout, and WAYBILL_UNIVERSE names none";
    return rowWithout({ name, title }, `SKIPPED, NOT MEASURED: ${where}`);
  }
  say(`${name}: ${title}`);
  try {
    return await row.run(bench);
  } catch (error) {
    bench.signal.throwIfAborted();
    const checks = [{ what: `could be run (${String(error)})`, holds: false }];
    return { ...rowWithout({ name, title }, "the row broke off"), checks };
  }
}

/** Ours did the work, and everything that had to hold did. */
function isSound({ entrants, checks }: RowResult): boolean {
  const ours = entrants.filter(({ peer }) => !peer);
  return checks.every(({ holds }) => holds) && ours.every(({ failure }) => failure === undefined);
}

async function circumstancesOf(
  { runs }: Arguments,
  found: {
    readonly program: RegistryProgram;
    readonly peers: readonly Contender[];
    readonly missing: readonly string[];
    readonly storage: string;
  },
): Promise<Circumstances> {
  const kpromo = await findProgram("kpromo");
  const told: unknown = JSON.parse(await readFile(join(ROOT, "package.json"), "utf8"));
  return {
    date: new Date().toISOString(),
    version: String(isRecord(told) ? told["version"] : ""),
    runs,
    registry: `${found.program.name} ${found.program.version}`,
    storage: found.storage,
    peers: [
      ...found.peers.map(({ name, version, usage }) => `${name} ${version} (${usage})`),
      ...(kpromo === undefined ? [] : [`kpromo ${kpromo.version} (plans the universe)`]),
    ],
    missing: [...found.missing, ...(kpromo === undefined ? ["kpromo"] : [])],
  };
}

function headText(circumstances: Circumstances): string {
  const { date, version, runs, registry, storage, peers, missing } = circumstances;
  return [
    `waybill ${version}, ${date}, medians of ${runs}`,
    `machine: ${machineText()}`,
    `registry: ${registry}, its files ${storage}`,
    `peers: ${peers.join("; ") || "none"}`,
    `not on this machine: ${missing.join(", ") || "none missing"}`,
    "",
  ].join("\n");
}

function say(text: string): void {
  console.error(text);
}
