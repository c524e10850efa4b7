import type { Entrant, RowResult } from "./result.ts";
import { TARGETS, type Target } from "./targets.ts";

/** Whether a figure is within its number. */
export type Verdict = "met" | "missed" | "no number" | "not measured";

/** A target beside what was found. */
export interface Judged {
  readonly target: Target;
  readonly figure: number | undefined;
  /** The peer that a ratio is against. */
  readonly peer: string | undefined;
  readonly must: Verdict;
  readonly aim: Verdict;
}

/** Holds a row's figures against its targets. */
export function judge(result: RowResult): readonly Judged[] {
  const figures = figuresOf(result);
  const peer = fastestPeer(result);
  return TARGETS.filter(({ row }) => row === result.name).map((target) => {
    const figure = figures.get(target.metric);
    return {
      target,
      figure,
      peer: target.metric === "wallRatio" ? peer?.name : undefined,
      must: verdict(figure, target.must),
      aim: verdict(figure, target.aim),
    };
  });
}

function verdict(figure: number | undefined, limit: number | undefined): Verdict {
  if (limit === undefined) return "no number";
  if (figure === undefined) return "not measured";
  return figure <= limit ? "met" : "missed";
}

/** Every figure of ours that a target may name. */
function figuresOf(result: RowResult): ReadonlyMap<string, number> {
  const figures = new Map(Object.entries(result.figures));
  const ours = result.entrants.find(({ name }) => name === "waybill");
  if (ours?.cost !== undefined) {
    const { wallSeconds, cpuSeconds, peakBytes } = ours.cost;
    figures.set("wallSeconds", wallSeconds);
    figures.set("cpuSeconds", cpuSeconds);
    if (peakBytes !== undefined) figures.set("peakMiB", peakBytes / 1024 ** 2);
    const fastest = fastestPeer(result)?.cost;
    if (fastest !== undefined) figures.set("wallRatio", wallSeconds / fastest.wallSeconds);
  }
  if (ours?.traffic !== undefined) {
    figures.set("requests", ours.traffic.requests);
    figures.set("connections", ours.traffic.connections);
  }
  return figures;
}

/** The peer with the least wall time, of those that did the work. */
export function fastestPeer({ entrants }: RowResult): Entrant | undefined {
  return entrants
    .filter(({ peer, cost }) => peer && cost !== undefined)
    .toSorted((a, b) => (a.cost?.wallSeconds ?? 0) - (b.cost?.wallSeconds ?? 0))[0];
}
