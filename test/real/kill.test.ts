import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { killLayoutAndRunAgain } from "../kill/layout-scenario.ts";
import {
  fill,
  flawsOf,
  killAndRunAgain,
  killAt,
  openPromotion,
  hostsFile,
  SOURCE,
  TARGET,
  WEB,
} from "../kill/scenario.ts";
import { requireTool } from "../support/real/program.ts";
import type { PromotionsRepository } from "../support/real/promotions-repository.ts";
import { startProxy } from "../support/real/proxy.ts";
import { DISTRIBUTION_3, PROGRAMS } from "../support/real/registries.ts";
import { startServer } from "../support/real/server.ts";
import { differences, registryReader, walk } from "../support/real/walk.ts";
import { PROFILES, startRegistry } from "../support/registry/index.ts";

/** Each test kills some hundred processes, one after the other. */
const PATIENCE_MS = 300_000;

describe("a promotion that is killed at each of its requests", { timeout: PATIENCE_MS }, () => {
  let repository: PromotionsRepository;
  let layouts: PromotionsRepository;

  beforeAll(async () => {
    repository = await openPromotion();
    layouts = await openPromotion("oci-layout:./var");
  });
  afterAll(async () => {
    await repository[Symbol.asyncDispose]();
    await layouts[Symbol.asyncDispose]();
  });

  it.for([
    ["with the referrers API", {}],
    ["like distribution, without it", PROFILES.distribution],
  ] as const)("001-16 001-23 is healed by the next run, on registries %s", async ([, options]) => {
    let killed = true;
    let request = 1;
    for (; killed; request += 1) {
      await using run = await killAndRunAgain(repository, { request }, options);
      killed = run.first.signal === "SIGKILL";
      expect(flawsOf(run), `killed at request ${request}`).toEqual([]);
    }
    console.log(`${request - 2} of ${request - 2} kills healed`);
    expect(request).toBeGreaterThan(40);
  });

  it("001-16 001-23 is healed by the next run, into a layout", async () => {
    let kills = 0;
    for (let request = 1; ; request += 1) {
      const run = await killLayoutAndRunAgain(layouts, { request });
      expect(run.flaws, `killed at request ${request}`).toEqual([]);
      if (run.first.signal !== "SIGKILL") break;
      kills += 1;
    }
    for (let afterMs = 1; afterMs < 30; afterMs += 2) {
      const run = await killLayoutAndRunAgain(layouts, { request: kills, afterMs });
      expect(run.flaws, `killed ${afterMs} ms after the last request`).toEqual([]);
      if (run.first.signal === "SIGKILL") kills += 1;
    }
    console.log(`${kills} of ${kills} kills healed`);
    expect(kills).toBeGreaterThan(14);
  });

  it.skipIf(requireTool(PROGRAMS["distribution-3"] ?? "") !== undefined)(
    "001-16 001-23 is healed by the next run, on distribution 3",
    async () => {
      await using source = await startRegistry();
      fill(source);
      const content = await walk(registryReader(`${source.host}/builds/web`));
      let kills = 0;
      for (let request = 1, signal: string | null = "SIGKILL"; signal !== null; request += 3) {
        await using target = await startServer(DISTRIBUTION_3);
        await using proxy = await startProxy(target.host);
        const hosts = await hostsFile(repository, { [SOURCE]: source.host, [TARGET]: proxy.host });
        const apply = ["apply", "--yes", "--registries", hosts];
        const process = repository.start(apply);
        killAt(process, [proxy], { request });
        ({ signal } = await process.ended);
        const next = await repository.waybill(apply);
        expect(next.code, `killed at ${request}: ${next.stdout}${next.stderr}`).toBe(0);
        const copy = registryReader(`${target.host}/prod/web`);
        expect(await differences(content, copy), `killed at ${request}`).toEqual([]);
        expect((await copy.tags()).get("stable")).toBe(WEB.digest);
        const plan = ["plan", "--deep", "--detailed-exitcode", "--registries", hosts];
        expect((await repository.waybill(plan)).code).toBe(0);
        if (signal !== null) kills += 1;
      }
      console.log(`${kills} of ${kills} kills healed`);
      expect(kills).toBeGreaterThan(8);
    },
  );
});
