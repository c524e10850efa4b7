import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Pace } from "../../../../src/stores/registry/limits/pace.ts";
import { retryAfter } from "../../../../src/stores/registry/limits/retry-after.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

function now(): number {
  return performance.now();
}

interface Host {
  /** Milliseconds to answer. */
  readonly latency: number;
  /** Whether it takes a request that arrives now. */
  takes(): boolean;
  retryAfter?: number;
}

interface Outcome {
  readonly requests: number;
  readonly seconds: number;
  readonly perSecond: readonly number[];
}

/** Sends calls through a pace, sixteen at a time, until the host has taken each. */
async function sendAll(pace: Pace, host: Host, calls: number): Promise<Outcome> {
  const start = now();
  const sends: number[] = [];
  let left = calls;
  async function runner(): Promise<void> {
    while (left > 0) {
      left -= 1;
      await one();
    }
  }
  async function one(): Promise<void> {
    for (;;) {
      await pace.take()?.turn;
      const sentAt = now();
      sends.push(sentAt);
      const taken = host.takes();
      await new Promise((resolve) => {
        setTimeout(resolve, host.latency);
      });
      if (taken) {
        pace.answered();
        return;
      }
      pace.refused(sentAt, host.retryAfter);
    }
  }
  const runners = { running: 16 };
  for (let index = 0; index < 16; index += 1)
    void runner().finally(() => {
      runners.running -= 1;
    });
  while (runners.running > 0) await vi.advanceTimersByTimeAsync(10);
  const perSecond: number[] = [];
  for (const at of sends) {
    const second = Math.floor((at - start) / 1000);
    perSecond[second] = (perSecond[second] ?? 0) + 1;
  }
  return { requests: sends.length, seconds: (now() - start) / 1000, perSecond };
}

/** So many in each clock second, refused ones counted too, and no word of when to come back. */
function quotaPerSecond(quota: number, latency: number): Host {
  let second = -1;
  let count = 0;
  return {
    latency,
    takes: () => {
      const current = Math.floor(now() / 1000);
      if (current !== second) count = 0;
      second = current;
      count += 1;
      return count <= quota;
    },
  };
}

describe("a pace", () => {
  it("costs nothing and delays nothing before a host objects", () => {
    const pace = new Pace({ ceiling: undefined, now });
    for (let index = 0; index < 10_000; index += 1) {
      expect(pace.take()).toBeUndefined();
      pace.answered();
    }
    expect(vi.getTimerCount()).toBe(0);
  });

  it.for([1, 20, 150])(
    "comes within 1.15 × the requests and 1.3 × the time of a quota of 83 a second, at %d ms",
    async (latency) => {
      const pace = new Pace({ ceiling: undefined, now });
      const outcome = await sendAll(pace, quotaPerSecond(83, latency), 1320);
      expect(outcome.requests).toBeLessThanOrEqual(1320 * 1.15);
      expect(outcome.seconds).toBeLessThanOrEqual((1320 / 83) * 1.3);
    },
  );

  it.for([5, 20, 300])("settles under a quota of %d a second", async (quota) => {
    const pace = new Pace({ ceiling: undefined, now });
    const calls = quota * 40;
    const outcome = await sendAll(pace, quotaPerSecond(quota, 5), calls);
    expect(outcome.requests).toBeLessThanOrEqual(calls * 1.15);
    expect(outcome.seconds).toBeLessThanOrEqual(40 * 1.3);
  });

  it("never exceeds a ceiling, and spaces requests evenly", async () => {
    const pace = new Pace({ ceiling: 50, now });
    const host: Host = { latency: 1, takes: () => true };
    const { perSecond, requests } = await sendAll(pace, host, 250);
    expect(requests).toBe(250);
    for (const count of perSecond) expect(count).toBeLessThanOrEqual(51);
    expect(perSecond.length).toBeLessThanOrEqual(6);
  });

  it("asks a host that refuses everything for a minute once in a while, alone", async () => {
    const pace = new Pace({ ceiling: undefined, now });
    const end = now() + 60_000;
    let asked = 0;
    const host: Host = {
      latency: 5,
      takes: () => {
        if (now() < end) asked += 1;
        return now() >= end;
      },
    };
    await sendAll(pace, host, 20);
    expect(asked).toBeLessThanOrEqual(16 + 8);
  });

  it("waits as long as the host says, every call of it", async () => {
    const pace = new Pace({ ceiling: undefined, now });
    const start = now();
    pace.refused(start, 5_000);
    const turns = [pace.take(), pace.take()];
    const went: number[] = [];
    for (const turn of turns) void turn?.turn.then(() => went.push(now() - start));
    await vi.advanceTimersByTimeAsync(4_900);
    expect(went).toEqual([]);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(went).toHaveLength(1);
    pace.answered();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(went).toHaveLength(2);
  });

  it("tries one request alone after a refusal, however fast it was before", async () => {
    const pace = new Pace({ ceiling: undefined, now });
    const start = now();
    let taken = 0;
    let refused = 0;
    const host: Host = {
      latency: 150,
      takes: () => {
        const closed = taken >= 160 && now() - start < 6_000;
        if (closed) refused += 1;
        else taken += 1;
        return !closed;
      },
    };
    await sendAll(pace, host, 400);
    expect(refused).toBeLessThanOrEqual(16 + 4);
  });

  it("waits for the longest that a burst of refusals asked for", async () => {
    const pace = new Pace({ ceiling: undefined, now });
    const start = now();
    await vi.advanceTimersByTimeAsync(100);
    expect(pace.refused(start, 1_000)).toBe(true);
    expect(pace.refused(start, 8_000)).toBe(false);
    let went = false;
    const turn = pace.take()?.turn.finally(() => {
      went = true;
    });
    await vi.advanceTimersByTimeAsync(7_900);
    expect(went).toBe(false);
    await vi.advanceTimersByTimeAsync(5_000);
    await turn;
  });

  it("goes on where the one that was sent alone fails, or gives its turn back", async () => {
    for (const give of ["failed", "leave"] as const) {
      const pace = new Pace({ ceiling: undefined, now });
      pace.refused(now(), undefined);
      const first = pace.take();
      const second = pace.take();
      await vi.advanceTimersByTimeAsync(5_000);
      await first?.turn;
      if (give === "leave") first?.leave();
      else pace.failed();
      await vi.advanceTimersByTimeAsync(5_000);
      await second?.turn;
    }
  });

  it("outgrows a first refusal that only said: not so many at once", async () => {
    const pace = new Pace({ ceiling: undefined, now });
    let inFlight = 0;
    const host: Host = {
      latency: 10,
      takes: () => {
        inFlight += 1;
        setTimeout(() => {
          inFlight -= 1;
        }, 10);
        return inFlight <= 8;
      },
    };
    const { seconds } = await sendAll(pace, host, 2_000);
    expect(seconds).toBeLessThan(30);
  });

  it("lets everybody go when it is closed", async () => {
    const pace = new Pace({ ceiling: 1, now });
    const turns = [pace.take(), pace.take(), pace.take()];
    pace.close();
    for (const turn of turns) await turn?.turn;
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("Retry-After (RFC 9110 §10.2.3)", () => {
  const at = Date.parse("2026-11-21T12:00:00Z");
  it.for([
    ["120", 120_000],
    [" 0 ", 0],
    ["Sat, 21 Nov 2026 12:00:30 GMT", 30_000],
    ["Saturday, 21-Nov-26 12:00:30 GMT", 30_000],
    ["Sat, 21 Nov 2026 11:00:00 GMT", 0],
    ["soon", undefined],
    ["-1", undefined],
    ["1.5", undefined],
    ["", undefined],
    [undefined, undefined],
  ] as const)("%s is %s ms", ([text, expected]) => {
    expect(retryAfter(text, at)).toBe(expected);
  });
});
