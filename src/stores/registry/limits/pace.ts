/** What a pace starts with. */
export interface PaceOptions {
  /** Requests a second that are never exceeded; undefined: as fast as it goes, until the host objects. */
  readonly ceiling: number | undefined;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
}

/** How far below what the host took a new rate begins. */
const BELOW = 0.95;
/** The same where we were already pacing: the excess was small. */
const BELOW_PACED = 0.97;
const MIN_RATE = 0.2;
/** A rate that has grown beyond this is no limit any more. */
const NO_LIMIT = 2_000;
/** Growth a second after a refusal; it doubles every `CALM_MS` without another one. */
const GROWTH = 0.005;
const MAX_GROWTH = 0.5;
const CALM_MS = 10_000;
/** A first refusal after fewer requests than this, and sooner than that, says little of the rate: it may be that too
 *  many came at once. What it taught is then outgrown quickly, until the next one. */
const SPARSE = 50;
const SPARSE_MS = 900;
const QUICK_GROWTH = 1.4;
const FORGOTTEN_MS = 30_000;
/** Pause after the second, third… refusal in a row. */
const PAUSE_MS = 1_000;
const MAX_PAUSE_MS = 60_000;
/** Refusals in a row until a host that says when to come back is no longer believed. */
const TRUSTED_REFUSALS = 3;
/** What a late timer may make up for, so that lateness does not add up and never becomes a burst. */
const CATCH_UP_MS = 5;

const BUCKET_MS = 50;
const BUCKETS = 20;

interface Waiter {
  readonly go: () => void;
  state: "waits" | "sends" | "left";
}

/**
 * When the next request to a host may leave. Without a limit it costs nothing. Once the host refuses (429), it learns
 * from how many requests went well in the last second, spaces the rest evenly just below that, tries again with one
 * request alone, and then grows slowly: a host that counts refused requests too must not be asked in bursts.
 */
export class Pace {
  readonly #now: () => number;
  readonly #ceiling: number | undefined;
  #rate: number | undefined;
  #next = 0;
  #pausedUntil = 0;
  #alone: "no" | "due" | "sent" = "no";
  #inARow = 0;
  #cutAt = -Infinity;
  #quick = false;
  #grownAt = 0;
  #waiters: Waiter[] = [];
  #timer: NodeJS.Timeout | undefined;
  readonly #well = new Float64Array(BUCKETS);
  #bucket = 0;

  constructor(options: PaceOptions) {
    this.#now = options.now;
    this.#ceiling = options.ceiling;
    this.#rate = options.ceiling;
  }

  /** Requests a second at the moment; undefined: no limit is known. */
  get rate(): number | undefined {
    return this.#rate;
  }

  /** Refusals since the host last took a request. */
  get refusalsInARow(): number {
    return this.#inARow;
  }

  /** A turn to send: undefined means now, else wait for `turn`, and `leave` where the wait is given up. */
  take(): { readonly turn: Promise<void>; leave(): void } | undefined {
    if (this.#rate === undefined && this.#pausedUntil === 0 && this.#waiters.length === 0)
      return undefined;
    const now = this.#now();
    if (this.#waiters.length === 0 && this.#due() <= now) {
      this.#sent(now);
      return undefined;
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiter: Waiter = { go: resolve, state: "waits" };
    this.#waiters.push(waiter);
    this.#schedule();
    return {
      turn: promise,
      leave: () => {
        if (waiter.state === "sends") this.failed();
        waiter.state = "left";
      },
    };
  }

  /** The host took a request. */
  answered(): void {
    const now = this.#now();
    this.#turnBuckets(now);
    const at = this.#bucket % BUCKETS;
    this.#well[at] = (this.#well[at] ?? 0) + 1;
    this.#inARow = 0;
    if (this.#alone === "sent") this.#together();
  }

  /** A request ended without an answer of the host; whoever waits for it to be tried alone may go on. */
  failed(): void {
    if (this.#alone === "sent") this.#together();
  }

  /**
   * The host refused a request that left at `sentAt`; it may have said how long to wait, in milliseconds. True where
   * that is news: not merely another one of the same burst.
   */
  refused(sentAt: number, retryAfter: number | undefined): boolean {
    const now = this.#now();
    const news = sentAt > this.#cutAt;
    if (news) {
      this.#inARow += 1;
      this.#cut(now, retryAfter);
    }
    if (retryAfter !== undefined) this.#pauseUntil(now + retryAfter);
    this.#alone = "due";
    this.#schedule();
    return news;
  }

  /** Everything waits this long, as the host wishes, at an unchanged rate. */
  pause(ms: number): void {
    this.#pauseUntil(this.#now() + ms);
    this.#schedule();
  }

  /** Lets nobody wait any longer. */
  close(): void {
    clearTimeout(this.#timer);
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const waiter of waiters) waiter.go();
  }

  #cut(now: number, retryAfter: number | undefined): void {
    const took = this.#wellWithinASecond(now);
    const paced = this.#rate !== undefined;
    const learned = took * (paced ? BELOW_PACED : BELOW);
    const half = took === 0 ? (this.#rate ?? 2) / 2 : Infinity;
    const rate = Math.max(
      MIN_RATE,
      Math.min(this.#rate ?? Infinity, learned === 0 ? half : learned),
    );
    const sparse = took < SPARSE && this.#spanOfWell(now) < SPARSE_MS;
    this.#quick = sparse && now - this.#cutAt > FORGOTTEN_MS;
    this.#rate = rate;
    this.#cutAt = now;
    const trusted = retryAfter !== undefined && this.#inARow < TRUSTED_REFUSALS;
    this.#pauseUntil(now + (trusted ? retryAfter : this.#pauseAfterRefusal(now, took, rate)));
    this.#next = this.#pausedUntil;
    this.#grownAt = this.#pausedUntil;
  }

  /** First until what was taken in the last second fits the new rate; after that, longer each time. */
  #pauseAfterRefusal(now: number, took: number, rate: number): number {
    if (this.#inARow > 1) return Math.min(MAX_PAUSE_MS, PAUSE_MS * 2 ** (this.#inARow - 2));
    if (took === 0) return PAUSE_MS / 2;
    const span = this.#spanOfWell(now);
    return Math.min(
      PAUSE_MS * 1.1,
      Math.max(1000 / rate, ((took - rate * (span / 1000)) / rate) * 1000),
    );
  }

  #pauseUntil(at: number): void {
    this.#pausedUntil = Math.max(this.#pausedUntil, at);
  }

  #due(): number {
    if (this.#alone === "sent") return Infinity;
    return Math.max(this.#pausedUntil, this.#next);
  }

  #sent(now: number): void {
    if (this.#alone === "due") this.#alone = "sent";
    this.#pausedUntil = 0;
    this.#grow(now);
    if (this.#rate === undefined) return;
    this.#next = Math.max(this.#next, now - CATCH_UP_MS) + 1000 / this.#rate;
  }

  #grow(now: number): void {
    if (this.#rate === undefined || this.#rate === this.#ceiling) return;
    const seconds = Math.max(0, Math.min(1, (now - this.#grownAt) / 1000));
    this.#grownAt = now;
    const calm = Math.floor((now - this.#cutAt) / CALM_MS);
    const growth = this.#quick ? QUICK_GROWTH : Math.min(MAX_GROWTH, GROWTH * 2 ** calm);
    const grown = this.#rate * (1 + growth * seconds);
    if (this.#ceiling !== undefined) this.#rate = Math.min(this.#ceiling, grown);
    else this.#rate = grown > NO_LIMIT ? undefined : grown;
  }

  #together(): void {
    this.#alone = "no";
    this.#schedule();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const due = this.#due();
    if (this.#waiters.length === 0 || due === Infinity) return;
    this.#timer = setTimeout(() => this.#release(), Math.max(0, Math.ceil(due - this.#now())));
  }

  #release(): void {
    for (;;) {
      while (this.#waiters[0]?.state === "left") this.#waiters.shift();
      const now = this.#now();
      if (this.#due() > now) break;
      const waiter = this.#waiters.shift();
      if (waiter === undefined) break;
      this.#sent(now);
      waiter.state = "sends";
      waiter.go();
    }
    this.#schedule();
  }

  #turnBuckets(now: number): void {
    const bucket = Math.floor(now / BUCKET_MS);
    const passed = Math.min(BUCKETS, bucket - this.#bucket);
    for (let step = 1; step <= passed; step += 1) this.#well[(this.#bucket + step) % BUCKETS] = 0;
    if (passed > 0) this.#bucket = bucket;
  }

  #wellWithinASecond(now: number): number {
    this.#turnBuckets(now);
    return this.#well.reduce((sum, count) => sum + count, 0);
  }

  /** Milliseconds since the oldest of the last second's successes, to the bucket. */
  #spanOfWell(now: number): number {
    for (let step = BUCKETS - 1; step > 0; step -= 1) {
      const bucket = this.#bucket - step;
      if (bucket >= 0 && (this.#well[bucket % BUCKETS] ?? 0) > 0) return now - bucket * BUCKET_MS;
    }
    return now - this.#bucket * BUCKET_MS;
  }
}
