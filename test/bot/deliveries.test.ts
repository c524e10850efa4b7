import { describe, expect, it } from "vitest";
import { askAgain } from "../../src/app/bot/deliveries.ts";
import type { HookDelivery } from "../../src/scm/github/app.ts";

const events = new Set(["push"]);
const since = new Date("2026-11-21T00:00:00Z");
const signal = new AbortController().signal;

/** Newest first, as GitHub lists them: `guid ok|failed [event]`. */
async function asked(
  attempts: readonly string[],
  taken: readonly string[] = [],
): Promise<readonly number[]> {
  const again: number[] = [];
  const deliveries: readonly HookDelivery[] = attempts.map((attempt, index) => {
    const [guid = "", ok, event = "push"] = attempt.split(" ");
    return { id: index, guid, event, ok: ok === "ok", deliveredAt: since.toISOString() };
  });
  const app = {
    deliveries: () => Promise.resolve(deliveries),
    redeliver: (id: number) => Promise.resolve(void again.push(id)),
  };
  const request = { app, since, events, taken: (guid: string) => taken.includes(guid) };
  expect(await askAgain(request, signal)).toBe(again.length);
  return again;
}

describe("deliveries that were missed", () => {
  it.for<readonly [string, readonly string[], readonly string[], readonly number[]]>([
    ["what nobody heard, oldest first", ["b failed", "a failed"], [], [1, 0]],
    ["the last of several attempts", ["a failed", "a failed"], [], [0]],
    ["not what an attempt brought", ["a ok", "a failed"], [], []],
    ["not what is here although GitHub does not know", ["a failed"], ["a"], []],
    ["not what means nothing to us", ["a failed star"], [], []],
    ["not what we refused four times", ["a failed", "a failed", "a failed", "a failed"], [], []],
  ])("are asked for again: %s", async ([, attempts, taken, expected]) => {
    expect(await asked(attempts, taken)).toEqual(expected);
  });

  it("are not all asked for at once", async () => {
    const attempts = Array.from({ length: 600 }, (_, index) => `d${index} failed`);
    const again = await asked(attempts);
    expect(again.length).toBe(500);
    expect(again[0]).toBe(599);
  });
});
