import type { Bench } from "./bench.ts";
import { medianCost, type Cost } from "./measure.ts";
import type { Traffic } from "./registry-log.ts";
import type { Entrant } from "./result.ts";

/** Somebody whose runs alternate with the others'. */
export interface Racer {
  readonly name: string;
  readonly usage: string;
  readonly peer: boolean;
  /** One run; where `counted` it is not timed, and says what it asked of the registries. */
  run(counted: boolean): Promise<{ readonly cost: Cost; readonly traffic?: Traffic }>;
}

interface Lane {
  readonly racer: Racer;
  readonly runs: Cost[];
  traffic: Traffic | undefined;
  failure: string | undefined;
}

/**
 * Lets everybody run in turn, round after round, so that a machine that slows down slows all of
 * them; then once more for each, counted. Whoever fails is left out from there on, and it is said.
 */
export async function race(bench: Bench, racers: readonly Racer[]): Promise<readonly Entrant[]> {
  const lanes: Lane[] = racers.map((racer) => ({
    racer,
    runs: [],
    traffic: undefined,
    failure: undefined,
  }));
  for (let round = 0; round < bench.runs; round += 1) {
    for (const lane of lanes) await takeTurn(bench, lane, false);
  }
  for (const lane of lanes) await takeTurn(bench, lane, true);
  return lanes.map(({ racer, runs, traffic, failure }) => ({
    name: racer.name,
    usage: racer.usage,
    peer: racer.peer,
    cost: failure === undefined ? medianCost(runs) : undefined,
    runs,
    traffic,
    failure,
  }));
}

async function takeTurn(bench: Bench, lane: Lane, counted: boolean): Promise<void> {
  if (lane.failure !== undefined) return;
  try {
    const { cost, traffic } = await lane.racer.run(counted);
    if (counted) lane.traffic = traffic;
    else lane.runs.push(cost);
    bench.say(
      `  ${lane.racer.name}${counted ? ", counted" : ""}: ${cost.wallSeconds.toFixed(2)} s`,
    );
  } catch (error) {
    bench.signal.throwIfAborted();
    lane.failure = error instanceof Error ? error.message : String(error);
    bench.say(`  ${lane.racer.name} failed: ${lane.failure}`);
  }
}
