import type { Bench } from "./bench.ts";
import { measure, medianCost, type Cost } from "./measure.ts";
import { findProgram } from "./programs.ts";
import type { Traffic } from "./registry-log.ts";
import type { Entrant } from "./result.ts";
import { trafficBetween, type Universe } from "./universe.ts";

/** Long enough for a plan, short enough where it waits for a network that is not there. */
const DEADLINE_SECONDS = 180;

/**
 * Lets kpromo plan a universe, where it is installed. It fetches the trust root of its signatures
 * from the internet first, and does nothing without: that is a failure to be told, not to be hidden.
 */
export async function raceKpromo(
  bench: Bench,
  universe: Universe,
  runs: number,
): Promise<Entrant | undefined> {
  const program = await findProgram("kpromo");
  if (program === undefined) return undefined;
  const usage = `kpromo cip, without --confirm (${program.version})`;
  const costs: Cost[] = [];
  let traffic: Traffic | undefined;
  try {
    for (let run = 0; run < runs; run += 1) {
      const folder = await bench.workshop.folder("kpromo");
      const plan = ["cip", "--thin-manifest-dir", universe.folder, "--sign=false"];
      const before = await universe.traffic();
      const argv = [program.path, ...plan, "--log-level", "error"];
      const env = { HOME: folder };
      const command = { argv, folder, env, deadlineSeconds: DEADLINE_SECONDS };
      costs.push(await measure(command, bench.signal));
      traffic = trafficBetween(before, await universe.traffic());
    }
  } catch (error) {
    bench.signal.throwIfAborted();
    const failure = error instanceof Error ? error.message : String(error);
    const nothing = { cost: undefined, runs: [], traffic: undefined };
    return { name: "kpromo", usage, peer: true, ...nothing, failure };
  }
  const cost = medianCost(costs);
  return { name: "kpromo", usage, peer: true, cost, runs: costs, traffic, failure: undefined };
}
