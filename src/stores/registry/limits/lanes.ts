import PQueue from "p-queue";

const LANES = ["metadata", "reads", "writes"] as const;
export type Lane = (typeof LANES)[number];

/**
 * One bounded lane of a host. p-queue bounds the runners, and a runner takes calls one after another: a task per call
 * would cost more than a HEAD does. The bound moves between 1 and `max` with what the host can bear.
 */
class BoundedLane {
  readonly #queue: PQueue;
  readonly #max: number;
  /** Those before `#head` have begun, and are let go of. */
  #waiting: ((() => Promise<void>) | undefined)[] = [];
  #head = 0;
  #wellSince = 0;
  /** Counted here, for p-queue counts a runner that has stopped a little longer. */
  #runners = 0;

  constructor(max: number) {
    this.#max = max;
    this.#queue = new PQueue({ concurrency: max });
  }

  add(job: () => Promise<void>): void {
    this.#waiting.push(job);
    this.#startRunners();
  }

  /** The host is overloaded: half as many at once. */
  halve(): void {
    this.#wellSince = 0;
    this.#queue.concurrency = Math.max(1, Math.floor(this.#queue.concurrency / 2));
  }

  /** The host answered well; one more at once after two rounds of that. */
  answeredWell(): void {
    if (this.#queue.concurrency >= this.#max) return;
    this.#wellSince += 1;
    if (this.#wellSince < 2 * this.#queue.concurrency) return;
    this.#wellSince = 0;
    this.#queue.concurrency += 1;
    this.#startRunners();
  }

  clear(): void {
    this.#waiting = [];
    this.#head = 0;
  }

  #startRunners(): void {
    const waiting = this.#waiting.length - this.#head;
    const wanted = Math.min(this.#queue.concurrency, this.#runners + waiting);
    while (this.#runners < wanted) {
      this.#runners += 1;
      void this.#queue.add(() => this.#run());
    }
  }

  async #run(): Promise<void> {
    for (let job = this.#next(); job !== undefined; job = this.#next()) await job();
    this.#runners -= 1;
  }

  #next(): (() => Promise<void>) | undefined {
    if (this.#runners > this.#queue.concurrency) return undefined;
    const job = this.#waiting[this.#head];
    if (job === undefined) {
      this.#waiting = [];
      this.#head = 0;
      return undefined;
    }
    this.#waiting[this.#head] = undefined;
    this.#head += 1;
    if (this.#head > 1024 && this.#head * 2 > this.#waiting.length) {
      this.#waiting = this.#waiting.slice(this.#head);
      this.#head = 0;
    }
    return job;
  }
}

/**
 * The lanes of one host: small requests are never stuck behind blobs. Blobs that are read and blobs that are written
 * have lanes of their own, for a write waits for the read that feeds it, never a read for a write; and neither may
 * take every connection.
 */
export class Lanes {
  readonly #lanes: Readonly<Record<Lane, BoundedLane>>;
  readonly #now: () => number;
  #halvedAt = -Infinity;

  constructor(maxConcurrency: number, now: () => number) {
    this.#now = now;
    const blobs = Math.max(1, Math.floor((maxConcurrency * 3) / 4));
    this.#lanes = {
      metadata: new BoundedLane(maxConcurrency),
      reads: new BoundedLane(blobs),
      writes: new BoundedLane(blobs),
    };
  }

  /** Runs a job in its turn; it must never reject. The place is free again when it settles. */
  add(lane: Lane, job: () => Promise<void>): void {
    this.#lanes[lane].add(job);
  }

  /** The host said of a request that left at `sentAt` that it is too much: every lane goes on with half, once a burst. */
  halve(sentAt: number): void {
    if (sentAt <= this.#halvedAt) return;
    this.#halvedAt = this.#now();
    for (const lane of LANES) this.#lanes[lane].halve();
  }

  /** The host answered well in this lane. */
  answeredWell(lane: Lane): void {
    this.#lanes[lane].answeredWell();
  }

  /** Forgets what waits. */
  clear(): void {
    for (const lane of LANES) this.#lanes[lane].clear();
  }
}
