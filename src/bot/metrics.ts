/** Numbers about the bot, as OpenMetrics text (https://prometheus.io/docs/specs/om/open_metrics_spec/). */
export interface Metrics {
  /** Adds one to a counter. */
  count(name: CounterName, labels?: Labels): void;
  /** How long an answer took, in seconds. */
  answered(seconds: number): void;
  /** How long a job took, in seconds. */
  worked(seconds: number): void;
  text(gauges: Gauges): string;
}

/** Values come from closed lists of ours, never from a payload: what anybody may send would grow without end. */
export type Labels = Readonly<Record<string, string>>;

export type CounterName = keyof typeof COUNTERS;

/** What is true now, and not a sum. */
export interface Gauges {
  readonly pending: number;
  readonly running: number;
  readonly ready: boolean;
}

const COUNTERS = {
  waybill_bot_deliveries: "Deliveries of GitHub's, by event and answer.",
  waybill_bot_ignored: "Deliveries and jobs that nothing was done for, by reason.",
  waybill_bot_jobs: "Jobs that ended, by kind and outcome.",
  waybill_bot_retries: "Jobs that failed and will be tried again.",
  waybill_bot_redeliveries: "Deliveries that GitHub was asked to make again.",
} as const;

const ANSWER_BUCKETS: readonly number[] = [0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.5, 1, 5, 10];
const JOB_BUCKETS: readonly number[] = [0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 900];

/** Starts counting. */
export function createMetrics(): Metrics {
  const counters = new Map<CounterName, Map<string, number>>();
  const answers = new Histogram("waybill_bot_answer_seconds", ANSWER_BUCKETS);
  const jobs = new Histogram("waybill_bot_job_seconds", JOB_BUCKETS);
  return {
    count(name, labels = {}) {
      const series = counters.get(name) ?? new Map<string, number>();
      const key = labelText(labels);
      counters.set(name, series.set(key, (series.get(key) ?? 0) + 1));
    },
    answered: (seconds) => answers.observe(seconds),
    worked: (seconds) => jobs.observe(seconds),
    text: (gauges) =>
      [
        ...counterNames().flatMap((name) => counterLines(name, counters.get(name))),
        ...gaugeLines("waybill_bot_pending", "Deliveries accepted and not done.", gauges.pending),
        ...gaugeLines("waybill_bot_running", "Jobs at work.", gauges.running),
        ...gaugeLines("waybill_bot_ready", "1 where the App is set up.", gauges.ready ? 1 : 0),
        ...answers.lines("How long GitHub waited for an answer."),
        ...jobs.lines("How long a job took."),
        "# EOF",
        "",
      ].join("\n"),
  };
}

function counterNames(): readonly CounterName[] {
  return [
    "waybill_bot_deliveries",
    "waybill_bot_ignored",
    "waybill_bot_jobs",
    "waybill_bot_retries",
    "waybill_bot_redeliveries",
  ];
}

function counterLines(
  name: CounterName,
  series: ReadonlyMap<string, number> | undefined,
): readonly string[] {
  const rows = [...(series ?? new Map<string, number>())].toSorted(([a], [b]) => (a < b ? -1 : 1));
  return [
    `# TYPE ${name} counter`,
    `# HELP ${name} ${COUNTERS[name]}`,
    ...rows.map(([labels, value]) => `${name}_total${labels} ${value}`),
  ];
}

function gaugeLines(name: string, help: string, value: number): readonly string[] {
  return [`# TYPE ${name} gauge`, `# HELP ${name} ${help}`, `${name} ${value}`];
}

function labelText(labels: Labels): string {
  const parts = Object.entries(labels).map(([name, value]) => {
    const safe = value.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
    return `${name}="${safe}"`;
  });
  return parts.length === 0 ? "" : `{${parts.join(",")}}`;
}

class Histogram {
  readonly #name: string;
  readonly #limits: readonly number[];
  readonly #counts: number[];
  #count = 0;
  #sum = 0;

  constructor(name: string, limits: readonly number[]) {
    this.#name = name;
    this.#limits = limits;
    this.#counts = limits.map(() => 0);
  }

  observe(value: number): void {
    this.#count += 1;
    this.#sum += value;
    for (const [at, limit] of this.#limits.entries()) {
      if (value <= limit) this.#counts[at] = (this.#counts[at] ?? 0) + 1;
    }
  }

  lines(help: string): readonly string[] {
    const name = this.#name;
    return [
      `# TYPE ${name} histogram`,
      `# UNIT ${name} seconds`,
      `# HELP ${name} ${help}`,
      ...this.#limits.map((limit, at) => `${name}_bucket{le="${limit}"} ${this.#counts[at] ?? 0}`),
      `${name}_bucket{le="+Inf"} ${this.#count}`,
      `${name}_sum ${this.#sum}`,
      `${name}_count ${this.#count}`,
    ];
  }
}
