/** A number that a row's figure is held against. */
export interface Target {
  readonly row: string;
  readonly what: string;
  /** `wallRatio` is our wall time over the fastest peer's of the same run. */
  readonly metric: string;
  /** At most this, or the work is not done. */
  readonly must?: number;
  /** At most this, if it can be had. */
  readonly aim?: number;
}

const WALL = "wall time / fastest peer";
const MEMORY: Omit<Target, "row"> = { what: "peak memory, MiB", metric: "peakMiB", must: 150 };

/** The numbers of the engine's issue (§6, "Speed"). */
export const TARGETS: readonly Target[] = [
  { row: "start", what: "wall time, ms", metric: "startMs", must: 60, aim: 45 },
  { row: "install", what: "bundle on disk, MB", metric: "bundleMB", aim: 5 },
  { row: "install", what: "package to download, MB", metric: "tarballMB" },
  { row: "install", what: "package unpacked, MB", metric: "unpackedMB", aim: 5 },
  { row: "install", what: "npm ci --omit=dev, MB", metric: "installedMB" },
  { row: "fresh", what: WALL, metric: "wallRatio", must: 0.75, aim: 0.6 },
  { row: "fresh", what: "requests", metric: "requests", aim: 2410 },
  { row: "fresh", what: "connections", metric: "connections", must: 40 },
  { row: "fresh", ...MEMORY },
  { row: "noop", what: WALL, metric: "wallRatio", must: 0.75, aim: 0.6 },
  // A HEAD for each tag, and a listing a side: 1,000 tags a page.
  { row: "noop", what: "requests", metric: "requests", must: 2006 },
  { row: "noop", ...MEMORY },
  { row: "promote", what: WALL, metric: "wallRatio", must: 0.7, aim: 0.55 },
  { row: "promote", what: "requests", metric: "requests", aim: 1010 },
  { row: "promote", ...MEMORY },
  { row: "layer", what: WALL, metric: "wallRatio", must: 1.1, aim: 0.95 },
  { row: "layer", ...MEMORY },
  { row: "since", what: "requests", metric: "requests", must: 0 },
  { row: "since", ...MEMORY },
  { row: "universe", what: "requests", metric: "requests", must: 29_702 },
  { row: "universe", what: "peak memory, MiB", metric: "peakMiB", must: 300, aim: 200 },
  { row: "universe", what: "CPU, s", metric: "cpuSeconds", must: 20 },
  { row: "universe", what: "wall time, s", metric: "wallSeconds", aim: 12 },
  {
    row: "universe-quota",
    what: "wall time / (own requests / 83)",
    metric: "floorRatio",
    must: 1.3,
  },
  { row: "scale", what: "CPU, full / tenth", metric: "cpuRatio", must: 10.5 },
  { row: "scale", what: "wall time, full / tenth", metric: "wallRatio10", must: 10.5 },
  { row: "scale", what: "requests, full / tenth", metric: "requestRatio", must: 10.5 },
  { row: "scale", what: "memory a destination, MiB", metric: "mibPerDestination" },
  // Issue 5 §3: threads and all, against an even share of what one warm thread takes.
  { row: "verify", what: "1,000 on all cores / share of one", metric: "shareRatio", must: 1.2 },
  { row: "verify", what: "verifications a second", metric: "perSecond" },
  { row: "verify", what: "a second, proved before", metric: "keptPerSecond" },
  { row: "verify", what: "peak memory, MiB", metric: "peakMiB" },
];
