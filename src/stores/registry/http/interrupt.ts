/** The listeners of each signal; one entry on the signal however many calls share it, for adding one is O(n) there. */
const listeners = new WeakMap<AbortSignal, Set<() => void>>();

/** Calls `listener` when the signal aborts; the answer takes it away again. */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  const all = listeners.get(signal) ?? listenTo(signal);
  all.add(listener);
  return () => {
    all.delete(listener);
  };
}

function listenTo(signal: AbortSignal): Set<() => void> {
  const all = new Set<() => void>();
  listeners.set(signal, all);
  signal.addEventListener("abort", () => all.forEach((listener) => listener()), { once: true });
  return all;
}

/** One call's way to be stopped: whatever it waits for right now ends at once with the error. */
export class Interrupt {
  /** When it has had long enough, on the transport's clock. */
  deadline: number = Infinity;
  readonly #onStop: (error: Error) => void;
  #error: Error | undefined;
  #stop: ((error: Error) => void) | undefined;

  /** `onStop` hears of it first, whatever the call is doing. */
  constructor(onStop: (error: Error) => void) {
    this.#onStop = onStop;
  }

  /** The error it was stopped with. */
  get error(): Error | undefined {
    return this.#error;
  }

  /** Stops the call. */
  stop(error: Error): void {
    if (this.#error !== undefined) return;
    this.#error = error;
    this.#onStop(error);
    this.#stop?.(error);
  }

  /** Says how to stop what happens from now on; where it was stopped already, that happens at once. */
  use(stop: (error: Error) => void): void {
    this.#stop = stop;
    if (this.#error !== undefined) stop(this.#error);
  }

  /** Waits for work that is shared with others and goes on without us. */
  race<T>(work: Promise<T>): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.use(reject);
      work.then(resolve, reject);
    });
  }

  /** Sleeps; ends early, with the error, when stopped. */
  async sleep(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, ms);
    try {
      await this.race(promise);
    } finally {
      clearTimeout(timer);
    }
  }
}
