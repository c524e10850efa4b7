import type { Bench, Row } from "../bench.ts";
import { measure, medianCost, type Command, type Cost } from "../measure.ts";
import type { Entrant } from "../result.ts";
import { waybill } from "../waybill.ts";

/** Starts of one program in each round: one start is too short to trust. */
const STARTS = 10;

/** How long a person waits for `--version`. */
export const start: Row = {
  name: "start",
  title: "waybill --version",
  async run(bench) {
    const folder = await bench.workshop.folder("start");
    const bare = { argv: [process.execPath, "--eval", "0"], folder };
    const ours: Cost[] = [];
    const nodes: Cost[] = [];
    for (let round = 0; round < bench.runs * STARTS; round += 1) {
      ours.push(await startOnce(bench, waybill(folder, ["--version"])));
      nodes.push(await startOnce(bench, bare));
    }
    const entrants = [
      entrant("waybill", "waybill --version", ours),
      entrant("bare node", "node --eval 0, for orientation", nodes),
    ];
    const startMs = medianCost(ours).wallSeconds * 1000;
    return {
      name: this.name,
      title: this.title,
      entrants,
      checks: [],
      figures: { startMs },
      notes: [],
    };
  },
};

async function startOnce(bench: Bench, command: Command): Promise<Cost> {
  return measure({ ...command, deadlineSeconds: 20 }, bench.signal);
}

function entrant(name: string, usage: string, runs: readonly Cost[]): Entrant {
  const cost = medianCost(runs);
  return { name, usage, peer: false, cost, runs, traffic: undefined, failure: undefined };
}
