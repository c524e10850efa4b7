/** A figure that was taken before, on another day: never compared as if it were of this run. */
export interface Earlier {
  readonly row: string;
  readonly peer: string;
  readonly date: string;
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly peakMiB: number;
  readonly requests: number;
}

/** kpromo, built from source, for the plan alone; the server was on the same two cores. */
export const EARLIER: readonly Earlier[] = [
  {
    row: "universe",
    peer: "kpromo",
    date: "2026-08-04",
    wallSeconds: 37.2,
    cpuSeconds: 47.1,
    peakMiB: 1669,
    requests: 59_400,
  },
  {
    row: "universe-missing",
    peer: "kpromo",
    date: "2026-08-04",
    wallSeconds: 36.6,
    cpuSeconds: 46.5,
    peakMiB: 1513,
    requests: 59_400,
  },
  {
    row: "universe-quota",
    peer: "kpromo",
    date: "2026-08-04",
    wallSeconds: 318,
    cpuSeconds: 2.4,
    peakMiB: 137,
    requests: 2756,
  },
];

/** Sentences about what was measured earlier for a row. */
export function earlierNotes(row: string): readonly string[] {
  return EARLIER.filter((figure) => figure.row === row).map(
    ({ peer, date, wallSeconds, cpuSeconds, peakMiB, requests }) =>
      `measured earlier (${date}), not in this run: ${peer} ${wallSeconds} s, ` +
      `${cpuSeconds} s CPU, ${peakMiB} MiB, ${requests} requests`,
  );
}
