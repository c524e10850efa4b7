import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Hint } from "../../src/bot/hint.ts";
import { openJournal, type Journal } from "../../src/bot/journal.ts";
import { createMetrics, type Metrics } from "../../src/bot/metrics.ts";
import {
  createWorkQueue,
  type Job,
  type JobOutcome,
  type WorkQueue,
} from "../../src/bot/work-queue.ts";
import { pause, stateFolder } from "./running-bot.ts";

let state: ReturnType<typeof stateFolder>;
let journal: Journal;
let metrics: Metrics;
let began: string[];
let lines: string[];
let queue: WorkQueue;

beforeEach(async () => {
  state = stateFolder();
  journal = await openJournal(state.path);
  metrics = createMetrics();
  began = [];
  lines = [];
});
afterEach(async () => {
  await queue.stop(0);
  await journal.close();
  state[Symbol.dispose]();
});

type Work = (job: Job, signal: AbortSignal) => Promise<JobOutcome>;

function open(work: Work, atOnce = 2): void {
  queue = createWorkQueue({
    journal,
    metrics,
    work: (job, signal) => {
      began.push("pr" in job.hint ? `${job.hint.repository}#${job.hint.pr}` : job.hint.kind);
      return work(job, signal);
    },
    atOnce,
    jobMs: 10_000,
    retryMs: [1, 1],
    log: (line) => void lines.push(line),
  });
}

function request(pr: number, repository = "acme/a"): Hint {
  return { kind: "request", repository, pr };
}

async function tell(id: string, ...hints: readonly Hint[]): Promise<void> {
  const delivery = { id, at: 0, hints };
  await journal.accept(delivery);
  queue.add(delivery);
}

async function settled(): Promise<void> {
  while (journal.pending.size > 0) await pause(1);
}

function countOf(series: string): number {
  const text = metrics.text({ pending: 0, running: 0, ready: true });
  const line = text.split("\n").find((each) => each.startsWith(`${series} `));
  return Number(line?.split(" ").at(-1) ?? 0);
}

class Passing extends Error {
  readonly retryable = true;
}

describe("the queue of a bot", { timeout: 20_000 }, () => {
  it("does one thing at a time in a repository, and others' meanwhile, as many as it may", async () => {
    const gates = new Map([1, 2, 3, 4].map((pr) => [pr, Promise.withResolvers<void>()]));
    open(async ({ hint }) => {
      if ("pr" in hint) await gates.get(hint.pr)?.promise;
      return { outcome: "done" };
    });
    await tell("a", request(1));
    await tell("b", request(2));
    await tell("c", request(3, "acme/b"));
    await tell("d", request(4, "acme/c"));
    await pause(20);
    expect(began).toEqual(["acme/a#1", "acme/b#3"]);
    expect(queue.running).toBe(2);
    for (const { resolve } of gates.values()) resolve();
    await settled();
    expect(began.toSorted()).toEqual(["acme/a#1", "acme/a#2", "acme/b#3", "acme/c#4"]);
  });

  it("does once what is asked for again before it began, in whatever case its name is written", async () => {
    const gate = Promise.withResolvers<void>();
    const answered: string[] = [];
    open(async ({ delivery }) => {
      answered.push(delivery);
      await gate.promise;
      return { outcome: "done" };
    });
    await tell("first", request(1));
    await pause(5);
    for (const id of ["b", "c", "d"]) await tell(id, request(1, "Acme/A"));
    gate.resolve();
    await settled();
    // What had begun may not have seen what was told since.
    expect(answered).toEqual(["first", "d"]);
    expect(["first", "b", "c", "d"].map((id) => journal.has(id))).toEqual([true, true, true, true]);
  });

  it("tries again what may yet succeed, and says so", async () => {
    let tries = 0;
    open(async () => {
      tries += 1;
      if (tries < 3) throw new Passing("GitHub is down");
      return { outcome: "done" };
    });
    await tell("a", request(1));
    await settled();
    expect(tries).toBe(3);
    expect(lines).toEqual([
      "request of acme/a: GitHub is down; again in 1 s",
      "request of acme/a: GitHub is down; again in 1 s",
    ]);
    expect(countOf('waybill_bot_retries_total{kind="request"}')).toBe(2);
    expect(countOf('waybill_bot_jobs_total{kind="request",outcome="done"}')).toBe(1);
  });

  it.for<readonly [string, Error, number]>([
    ["failed as often as it may be tried", new Passing("down"), 3],
    ["cannot succeed", new Error("no right"), 1],
  ])("gives up what %s, and would take it again", async ([, error, tries]) => {
    open(() => Promise.reject(error));
    await tell("a", request(1));
    await settled();
    expect(began.length).toBe(tries);
    expect(lines.at(-1)).toContain("given up");
    expect(countOf('waybill_bot_jobs_total{kind="request",outcome="failed"}')).toBe(1);
    expect(journal.has("a")).toBe(false);
  });

  it("does not go on to the next without the rest: one that fails holds up nobody", async () => {
    open(async ({ hint }) => {
      if ("pr" in hint && hint.pr === 1) throw new Error("bad");
      return { outcome: "done" };
    });
    await tell("a", request(1));
    await tell("b", request(2));
    await settled();
    expect(began).toEqual(["acme/a#1", "acme/a#2"]);
  });

  it("has done a delivery only with all that came out of it", async () => {
    const gate = Promise.withResolvers<void>();
    open(async ({ hint }) => {
      if (hint.kind === "pushed") return { outcome: "done", more: [request(1), request(2)] };
      if ("pr" in hint && hint.pr === 2) await gate.promise;
      return { outcome: "done" };
    });
    await tell("push", { kind: "pushed", repository: "acme/a" });
    while (began.length < 3) await pause(1);
    await pause(10);
    expect([...journal.pending.keys()]).toEqual(["push"]);
    gate.resolve();
    await settled();
    expect(journal.has("push")).toBe(true);
  });

  it("stops what runs when its time is over, and leaves it and the rest for the next start", async () => {
    open(
      (_, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => reject(new Error("stopped")));
        }),
    );
    await tell("a", request(1));
    await tell("b", request(2));
    await pause(5);
    await queue.stop(10);
    expect([...journal.pending.keys()]).toEqual(["a", "b"]);
    expect(lines).toEqual([]);
  });

  it("has nothing to do for a delivery that asks for nothing", async () => {
    open(() => Promise.reject(new Error("nobody asked")));
    await tell("a");
    await settled();
    expect(journal.has("a")).toBe(true);
  });
});
