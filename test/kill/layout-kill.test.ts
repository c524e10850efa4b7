import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { PromotionsRepository } from "../support/real/promotions-repository.ts";
import { killLayoutAndRunAgain } from "./layout-scenario.ts";
import { openPromotion } from "./scenario.ts";

describe("a promotion into a layout", { timeout: 120_000 }, () => {
  let repository: PromotionsRepository;

  beforeAll(async () => {
    repository = await openPromotion("oci-layout:./var");
  });
  afterAll(() => repository[Symbol.asyncDispose]());

  it("is whole after one run where nobody is killed", async () => {
    const run = await killLayoutAndRunAgain(repository, { request: Infinity });
    expect(run.first).toMatchObject({ code: 0, signal: null });
    expect(run.second.stdout).toContain("Nothing to do");
    expect(run.flaws).toEqual([]);
    expect(run.asked).toBeGreaterThanOrEqual(LAST);
  });

  it.for([2, 6, 10, LAST])(
    "001-16 001-23 is healed by the next run where it is killed at request %i of the source",
    async (request) => {
      const killed = await killLayoutAndRunAgain(repository, { request });
      expect(killed.first.signal).toBe("SIGKILL");
      expect(killed.flaws).toEqual([]);
    },
  );

  it.for([2, 6, 12])(
    "001-16 is healed by the next run where it is killed while it writes, some %i ms after the last request",
    async (afterMs) => {
      const killed = await killLayoutAndRunAgain(repository, { request: LAST, afterMs });
      expect(killed.flaws).toEqual([]);
    },
  );
});

/** Requests that the source has had when all of its content is on its way. */
const LAST = 14;
