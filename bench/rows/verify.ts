import { readFile, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { BUNDLED } from "../../scripts/bundle-settings.ts";
import { BenchError } from "../bench-error.ts";
import type { Bench, Row } from "../bench.ts";
import { measure, median, medianCost, type Cost } from "../measure.ts";
import { isRecord } from "../push.ts";
import type { Entrant } from "../result.ts";
import { somePieces } from "../verifying/pieces.ts";
import { ROOT } from "../waybill.ts";

const COUNT = 1000;

/** One way to verify; each round runs all of them in turn, the second of the kept ones with what the first one kept. */
const WAYS = [
  { name: "one by one", mode: "one", usage: "on one thread; the mean of all but the first 100" },
  { name: "on all cores", mode: "all", usage: "nothing kept, as in apply" },
  { name: "kept, first", mode: "kept", usage: "proofs are kept" },
  { name: "kept, again", mode: "kept", usage: "proofs were kept before" },
] as const;

interface Timed {
  readonly cost: Cost;
  /** Of one verification where they go one by one, else of all of them. */
  readonly seconds: number;
  readonly verified: number;
}

/** How fast evidence is verified: by itself, on all cores, and where it was proved before (issue 5 §3). */
export const verify: Row = {
  name: "verify",
  title: `${COUNT} keyless verifications, without stores and network`,
  async run(bench) {
    const folder = await bench.workshop.folder("verify");
    await bundleProgram(folder);
    const pieces = await somePieces(COUNT);
    await writeFile(join(folder, "pieces.json"), JSON.stringify(pieces));
    const runs = WAYS.map((): Timed[] => []);
    for (let round = 0; round < bench.runs; round += 1) {
      const kept = await bench.workshop.folder("kept");
      for (const [at, way] of WAYS.entries()) {
        const timed = await runOnce(bench, { folder, kept, mode: way.mode });
        bench.say(`  ${way.name}: ${timed.cost.wallSeconds.toFixed(2)} s`);
        runs[at]?.push(timed);
      }
    }
    return {
      name: this.name,
      title: this.title,
      entrants: WAYS.map((way, at) => entrant(way, runs[at] ?? [])),
      checks: WAYS.map(({ name }, at) => ({
        what: `${name}: all ${COUNT} verified, in every run`,
        holds: (runs[at] ?? []).every(({ verified }) => verified === COUNT),
      })),
      figures: figuresOf(runs),
      notes: [`evidence: ${pieces.origin}`, ...speedNotes(runs)],
    };
  },
};

/** Bundled as the product is, so that no type stripping is measured. */
async function bundleProgram(folder: string): Promise<void> {
  await build({
    absWorkingDir: ROOT,
    entryPoints: {
      program: "bench/verifying/program.ts",
      "proof-worker": "src/trust/proofs/proof-worker.ts",
    },
    ...BUNDLED,
    outdir: folder,
    // The program looks for the thread's beside its own chunk.
    chunkNames: "[name]-[hash]",
  });
}

async function runOnce(
  bench: Bench,
  { folder, kept, mode }: { readonly folder: string; readonly kept: string; readonly mode: string },
): Promise<Timed> {
  const files = [join(folder, "pieces.json"), join(kept, "proofs")];
  const argv = [process.execPath, join(folder, "program.mjs"), mode, String(COUNT), ...files];
  const run = await measure({ argv, folder }, bench.signal);
  const told: unknown = JSON.parse(await readFile(run.stdoutFile, "utf8"));
  if (!isRecord(told)) throw new BenchError("the program that verifies told nothing");
  return { cost: run, seconds: Number(told["seconds"]), verified: Number(told["verified"]) };
}

function entrant({ name, usage }: (typeof WAYS)[number], runs: readonly Timed[]): Entrant {
  const costs = runs.map(({ cost }) => cost);
  const cost = medianCost(costs);
  return { name, usage, peer: false, cost, runs: costs, traffic: undefined, failure: undefined };
}

function secondsOf(runs: readonly (readonly Timed[])[]): readonly number[] {
  return runs.map((way) => median(way.map(({ seconds }) => seconds)));
}

/** What is asked of two cores is asked of as many as there are: 1.2 times their share of one thread's work. */
function figuresOf(runs: readonly (readonly Timed[])[]): Readonly<Record<string, number>> {
  const [one = Number.NaN, all = Number.NaN, , again = Number.NaN] = secondsOf(runs);
  const share = (COUNT * one) / availableParallelism();
  const peaks = runs.flat().flatMap(({ cost }) => cost.peakBytes ?? []);
  return {
    shareRatio: all / share,
    perSecond: COUNT / all,
    keptPerSecond: COUNT / again,
    peakMiB: Math.max(...peaks) / 1024 ** 2,
  };
}

function speedNotes(runs: readonly (readonly Timed[])[]): readonly string[] {
  const [one = Number.NaN, all = Number.NaN, first = Number.NaN, again = Number.NaN] =
    secondsOf(runs);
  const cores = availableParallelism();
  const [alone, shared] = runs.map((way) => medianCost(way.map(({ cost }) => cost)).cpuSeconds);
  return [
    `warm, on one thread: ${(1000 * one).toFixed(2)} ms each, ${(1 / one).toFixed(0)} a second`,
    `on ${cores} cores: ${(COUNT / all).toFixed(0)} a second, starting its threads included`,
    `CPU on all cores / on one thread: ${((shared ?? Number.NaN) / (alone ?? Number.NaN)).toFixed(2)}, whatever else the machine does`,
    `keeping proofs: ${(COUNT / first).toFixed(0)} a second; with them: ${(COUNT / again).toFixed(0)} a second`,
  ];
}
