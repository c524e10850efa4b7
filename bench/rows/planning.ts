import type { Bench } from "../bench.ts";
import { measure, medianCost, type Command, type Cost } from "../measure.ts";
import { readPlan, type PlanSeen } from "../plan-document.ts";
import type { Traffic } from "../registry-log.ts";
import type { Check, Entrant } from "../result.ts";
import {
  openUniverse,
  trafficBetween,
  type Universe,
  type UniverseFacts,
  type UniverseFlags,
} from "../universe.ts";
import { waybill } from "../waybill.ts";

/** A universe that was planned. */
export interface Planned {
  readonly entrant: Entrant;
  readonly facts: UniverseFacts;
  readonly checks: readonly Check[];
  readonly cost: Cost;
  readonly traffic: Traffic;
}

const USAGE = "waybill plan --all --format json";

/** Plans a universe as often as asked, and checks that each plan is exactly right. */
export async function planUniverse(
  bench: Bench,
  flags: UniverseFlags,
  runs: number = bench.runs,
): Promise<Planned> {
  await using universe = await openUniverse(bench, flags);
  return await planOpen(bench, universe, runs);
}

/** The same for a universe that is open already. */
export async function planOpen(bench: Bench, universe: Universe, runs: number): Promise<Planned> {
  const costs: Cost[] = [];
  const checks: Check[] = [];
  let traffic: Traffic | undefined;
  for (let run = 0; run < runs; run += 1) {
    const before = await universe.traffic();
    const measured = await measure(await planCommand(bench, universe), bench.signal);
    // The server counts always, and as cheaply as it answers: no run of its own is needed.
    traffic = trafficBetween(before, await universe.traffic());
    bench.say(`  waybill: ${measured.wallSeconds.toFixed(2)} s, ${traffic.requests} requests`);
    checks.push(...checksOf(await readPlan(measured.stdoutFile), universe.facts));
    costs.push(measured);
  }
  return plannedOf({ costs, checks, facts: universe.facts, traffic });
}

async function planCommand(bench: Bench, universe: Universe): Promise<Command> {
  const folder = await bench.workshop.folder("plan");
  return waybill(folder, ["-C", universe.folder, "plan", "--all", "--format", "json"]);
}

function plannedOf(found: {
  readonly costs: readonly Cost[];
  readonly checks: readonly Check[];
  readonly facts: UniverseFacts;
  readonly traffic: Traffic | undefined;
}): Planned {
  const { costs, checks, facts } = found;
  const cost = medianCost(costs);
  const traffic = found.traffic ?? { requests: 0, connections: 0, kinds: new Map() };
  const done = { cost, runs: costs, traffic, failure: undefined };
  const entrant = { name: "waybill", usage: USAGE, peer: false, ...done };
  return { entrant, facts, checks: distinct(checks), cost, traffic };
}

/** A check of several runs holds where it held in each. */
function distinct(checks: readonly Check[]): readonly Check[] {
  const names = [...new Set(checks.map(({ what }) => what))];
  return names.map((what) => ({
    what,
    holds: checks.filter((check) => check.what === what).every(({ holds }) => holds),
  }));
}

function checksOf(plan: PlanSeen, facts: UniverseFacts): readonly Check[] {
  const copies = facts.missingDigests * facts.destinations;
  return [
    {
      what: `exactly ${copies} copies: each of ${facts.missingDigests} missing digests to each destination`,
      holds: plan.copies === copies && plan.copiedDigests === facts.missingDigests,
    },
    {
      what: `exactly ${facts.missingTags} tags: each tag of those to each destination`,
      holds: plan.tags === facts.missingTags,
    },
    {
      what: "nothing else, nothing twice, nothing blocked",
      holds: plan.others === 0 && plan.repeated === 0 && plan.blocked === 0,
    },
  ];
}
