import type { Row } from "../bench.ts";
import { planUniverse, type Planned } from "./planning.ts";

const TENTH = ["--projects", "11", "--repos", "135", "--digests", "4600"];
const FEW = 7;
const ALL = 21;
const MIB = 1024 ** 2;

/** Ten times the work, and three times the destinations. */
export const scale: Row = {
  name: "scale",
  title: "the universe at a tenth and whole; with 7 destinations and with 21",
  async run(bench) {
    const tenth = await planUniverse(bench, { sizes: TENTH });
    const few = await planUniverse(bench, { sizes: ["--destinations", String(FEW)] });
    const whole = await planUniverse(bench, { sizes: [] });
    const figures = {
      cpuRatio: whole.cost.cpuSeconds / tenth.cost.cpuSeconds,
      wallRatio10: whole.cost.wallSeconds / tenth.cost.wallSeconds,
      requestRatio: whole.traffic.requests / tenth.traffic.requests,
      ...memoryFigure(few, whole),
    };
    const entrants = [
      { ...whole.entrant, usage: "the whole" },
      { ...few.entrant, name: "7 destinations", usage: "a third of the destinations" },
      { ...tenth.entrant, name: "a tenth", usage: "a tenth of the repositories and digests" },
    ];
    const checks = [...whole.checks];
    return { name: this.name, title: this.title, entrants, checks, figures, notes: [] };
  },
};

function memoryFigure(few: Planned, whole: Planned): { readonly mibPerDestination?: number } {
  const low = few.cost.peakBytes;
  const high = whole.cost.peakBytes;
  if (low === undefined || high === undefined) return {};
  return { mibPerDestination: (high - low) / MIB / (ALL - FEW) };
}
