import PQueue from "p-queue";
import type { Hint } from "./hint.ts";
import type { Journal, Accepted } from "./journal.ts";
import type { Metrics } from "./metrics.ts";

/** One piece of work, for every delivery that asked for it while it waited. */
export interface Job {
  readonly hint: Hint;
  /** The newest of those deliveries. */
  readonly delivery: string;
}

/** What a job came to, in a word of a closed list. */
export interface JobOutcome {
  readonly outcome: "done" | "ignored";
  readonly reason?: string | undefined;
  /** Work that came out of it. */
  readonly more?: readonly Hint[];
}

export interface QueueOptions {
  readonly journal: Journal;
  readonly metrics: Metrics;
  readonly work: (job: Job, signal: AbortSignal) => Promise<JobOutcome>;
  /** Repositories that are worked on at once; in one repository, one job after the other. */
  readonly atOnce: number;
  readonly jobMs: number;
  /** How long to wait before each further try of a job that failed and may yet succeed. */
  readonly retryMs: readonly number[];
  readonly log: (line: string) => void;
}

/** Work that was accepted, done in order for each repository, and tried again where that may help. */
export interface WorkQueue {
  readonly running: number;
  /** Takes a delivery that the journal holds. */
  add(delivery: Accepted): void;
  /** Begins nothing more; returns when what runs has ended, or was stopped when the time was over. */
  stop(graceMs: number): Promise<void>;
}

interface Task {
  readonly key: string;
  readonly hint: Hint;
  readonly deliveries: string[];
  readonly attempt: number;
}

/** Starts the queue, with nothing in it. */
export function createWorkQueue(options: QueueOptions): WorkQueue {
  return new LiveQueue(options);
}

class LiveQueue implements WorkQueue {
  readonly #options: QueueOptions;
  readonly #all: PQueue;
  readonly #lanes: Map<string, PQueue> = new Map();
  /** By what they ask for: a second wish for the same is the same work, until it has begun. */
  readonly #waiting: Map<string, Task> = new Map();
  /** How many pieces of work each delivery still has. */
  readonly #parts: Map<string, number> = new Map();
  readonly #timers: Set<NodeJS.Timeout> = new Set();
  readonly #stopping = new AbortController();
  #isStopped = false;

  constructor(options: QueueOptions) {
    this.#options = options;
    this.#all = new PQueue({ concurrency: options.atOnce });
  }

  get running(): number {
    return this.#all.pending;
  }

  add({ id, hints }: Accepted): void {
    this.#parts.set(id, hints.length);
    if (hints.length === 0) this.#settle([id]);
    for (const hint of hints) this.#enqueue(hint, [id]);
  }

  async stop(graceMs: number): Promise<void> {
    this.#isStopped = true;
    for (const timer of this.#timers) clearTimeout(timer);
    const timer = setTimeout(() => this.#stopping.abort(new Error("the bot stops")), graceMs);
    await this.#all.onIdle();
    clearTimeout(timer);
  }

  #enqueue(hint: Hint, deliveries: readonly string[]): void {
    const key = keyOf(hint);
    const known = this.#waiting.get(key);
    if (known === undefined) this.#put({ key, hint, deliveries: [...deliveries], attempt: 0 });
    else known.deliveries.push(...deliveries);
  }

  /** Work that came out of a job belongs to the deliveries that asked for it: they are done when it is. */
  #follow(deliveries: readonly string[], more: readonly Hint[]): void {
    for (const id of deliveries) this.#parts.set(id, (this.#parts.get(id) ?? 1) + more.length);
    for (const hint of more) this.#enqueue(hint, deliveries);
  }

  #put(task: Task): void {
    this.#waiting.set(task.key, task);
    const name = task.hint.repository.toLowerCase();
    const lane = this.#lanes.get(name) ?? new PQueue({ concurrency: 1 });
    this.#lanes.set(name, lane);
    lane
      .add(() => this.#all.add(() => this.#run(task)))
      .catch((error: unknown) => this.#options.log(`the queue failed: ${messageOf(error)}`))
      .finally(() => {
        if (lane.size === 0 && lane.pending === 0) this.#lanes.delete(name);
      });
  }

  async #run(task: Task): Promise<void> {
    // What waited stays in the journal.
    if (this.#isStopped) return;
    this.#waiting.delete(task.key);
    const { work, metrics, jobMs } = this.#options;
    const { kind } = task.hint;
    const began = performance.now();
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(jobMs)]);
    try {
      const delivery = task.deliveries.at(-1) ?? "";
      const { outcome, reason, more = [] } = await work({ hint: task.hint, delivery }, signal);
      this.#follow(task.deliveries, more);
      metrics.count("waybill_bot_jobs", { kind, outcome });
      if (reason !== undefined) metrics.count("waybill_bot_ignored", { reason });
      this.#settle(task.deliveries);
    } catch (error) {
      this.#failed(task, error);
    } finally {
      metrics.worked((performance.now() - began) / 1000);
    }
  }

  /** What was stopped stays in the journal, for the next start. */
  #failed(task: Task, error: unknown): void {
    if (this.#stopping.signal.aborted) return;
    const { metrics, retryMs, log } = this.#options;
    const { kind, repository } = task.hint;
    const wait = mayHelp(error) ? retryMs[task.attempt] : undefined;
    const what = `${kind} of ${repository}: ${messageOf(error)}`;
    if (wait === undefined) {
      log(`${what}; given up`);
      metrics.count("waybill_bot_jobs", { kind, outcome: "failed" });
      return this.#settle(task.deliveries, "forget");
    }
    log(`${what}; again in ${Math.ceil(wait / 1000)} s`);
    metrics.count("waybill_bot_retries", { kind });
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      const newer = this.#waiting.get(task.key);
      if (newer === undefined) this.#put({ ...task, attempt: task.attempt + 1 });
      else newer.deliveries.unshift(...task.deliveries);
    }, wait);
    this.#timers.add(timer);
  }

  /** A delivery is done with its last piece; one that failed for good may be told again by a person. */
  #settle(deliveries: readonly string[], how?: "forget"): void {
    const whole = deliveries.filter((id) => {
      const left = (this.#parts.get(id) ?? 1) - 1;
      if (left > 0) this.#parts.set(id, left);
      else this.#parts.delete(id);
      return left <= 0;
    });
    if (whole.length === 0) return;
    this.#options.journal
      .finish(whole, how)
      .catch((error: unknown) => this.#options.log(`the journal failed: ${messageOf(error)}`));
  }
}

/** Two that ask for the same are one, save commands, each of which is somebody's own. */
function keyOf(hint: Hint): string {
  return JSON.stringify({ ...hint, repository: hint.repository.toLowerCase() });
}

/** Each room says of its errors whether a second try may help; a job that took too long may have met a slow hour. */
function mayHelp(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if ("retryable" in error) return error.retryable === true;
  return error.name === "TimeoutError" || error.name === "GitError";
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
