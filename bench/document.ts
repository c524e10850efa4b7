import { cpus, release, totalmem } from "node:os";
import { EARLIER } from "./earlier.ts";
import type { RowResult } from "./result.ts";
import { fastestPeer, judge } from "./verdicts.ts";

/** Where and with what the figures were taken. */
export interface Circumstances {
  readonly date: string;
  readonly version: string;
  readonly runs: number;
  readonly registry: string;
  /** Where registries and clients keep their files. */
  readonly storage: string;
  readonly peers: readonly string[];
  readonly missing: readonly string[];
}

/** The machine in one line. */
export function machineText(): string {
  const cores = cpus();
  const memory = (totalmem() / 1024 ** 3).toFixed(0);
  return (
    `${cores.length} x ${cores[0]?.model ?? "unknown processor"}, ${memory} GiB, ` +
    `${process.platform} ${release()}, Node ${process.versions.node}`
  );
}

/** Everything that was found, for programs. */
export function documentOf(circumstances: Circumstances, results: readonly RowResult[]): object {
  return {
    schema: "waybill.dev/bench/v1",
    ...circumstances,
    machine: machineText(),
    rows: results.map((result) => ({
      ...result,
      fastestPeer: fastestPeer(result)?.name ?? null,
      entrants: result.entrants.map(({ traffic, ...entrant }) => ({
        ...entrant,
        traffic:
          traffic === undefined ? null : { ...traffic, kinds: Object.fromEntries(traffic.kinds) },
      })),
      targets: judge(result).map(({ target, figure, must, aim }) => ({
        ...target,
        figure: figure ?? null,
        mustIs: must,
        aimIs: aim,
      })),
    })),
    measuredEarlier: EARLIER,
  };
}
