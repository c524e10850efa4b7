import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PromotionsRepository } from "../support/real/promotions-repository.ts";
import { flawsOf, killAndRunAgain, openPromotion } from "./scenario.ts";

/** Every so many requests one is chosen; `npm run test:real` takes all of them. */
const STEP = 5;
/** The last request that is tried: near the end, where the tags are written. */
const LAST = 41;

describe("a promotion between registries", { timeout: 120_000 }, () => {
  let repository: PromotionsRepository;

  beforeAll(async () => {
    repository = await openPromotion();
  });
  afterAll(() => repository[Symbol.asyncDispose]());

  it("is whole after one run where nobody is killed, with as many requests as are tried below", async () => {
    await using run = await killAndRunAgain(repository, { request: Infinity });
    expect(run.first).toMatchObject({ code: 0, signal: null });
    expect(run.sent.filter(({ method }) => method !== "GET" && method !== "HEAD")).toEqual([]);
    expect(flawsOf(run)).toEqual([]);
    expect(run.asked).toBeGreaterThanOrEqual(LAST);
  });

  it.for(Array.from({ length: (LAST - 1) / STEP + 1 }, (_, index) => 1 + index * STEP))(
    "001-16 001-23 is healed by the next run where it is killed at request %i",
    async (request) => {
      await using killed = await killAndRunAgain(repository, { request });
      expect(killed.first.signal).toBe("SIGKILL");
      expect(flawsOf(killed)).toEqual([]);
    },
  );
});
