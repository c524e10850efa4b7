import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import type { Fault, FaultMatch } from "../support/registry/index.ts";
import { layoutReader } from "../support/real/walk.ts";
import { openWorld, type World, type WorldOptions } from "./world.ts";

/** A run that was stopped has two seconds; the machine that runs the tests may be busy. */
const STILL_THERE_MS = 6_000;

interface Row {
  readonly when: string;
  readonly host: "source" | "target";
  readonly match: FaultMatch;
  readonly fault: Fault;
  readonly options?: WorldOptions;
  /** The run had a plan already. */
  readonly planned: boolean;
}

const PUT = { kind: "upload", method: "PUT", times: Infinity } as const;
const GET = { kind: "blob", method: "GET", times: Infinity } as const;
const LATER = { kind: "answer", status: 429, headers: { "Retry-After": "100" } } as const;

const ROWS: readonly Row[] = [
  {
    when: "while the target lists its tags",
    host: "target",
    match: { kind: "tags" },
    fault: { kind: "hang" },
    planned: false,
  },
  {
    when: "while an upload is slow to be taken",
    host: "target",
    match: PUT,
    fault: { kind: "hang" },
    planned: true,
  },
  {
    when: "while a blob comes slowly",
    host: "source",
    match: GET,
    fault: { kind: "slow", bytesPerSecond: 100 },
    planned: true,
  },
  {
    when: "while it waits as it was told to",
    host: "target",
    match: PUT,
    fault: LATER,
    planned: true,
  },
  {
    when: "while a layout is written from a slow source",
    host: "source",
    match: GET,
    fault: { kind: "slow", bytesPerSecond: 100 },
    options: { store: "oci-layout:./var" },
    planned: true,
  },
];

describe("a run that is stopped", { timeout: 60_000 }, () => {
  it.for(ROWS.map((row) => [row.when, row] as const))(
    "by Ctrl-C %s ends at once, says what remains, and the next one does it",
    async ([, row]) => {
      await using world = await openWorld({ layerBytes: 200_000, ...row.options });
      const met = world[row.host].fault({ match: row.match, do: row.fault });
      const { child, ended } = world.repository.start(["apply", "--yes"]);
      while (met.met === 0) await sleep(10);
      await sleep(50);
      child.kill("SIGINT");
      const end = await Promise.race([ended, sleep(STILL_THERE_MS, undefined, { ref: false })]);
      expect(end, "it has ended").toBeDefined();
      expect(end).toMatchObject({ code: 130, signal: null });
      const said = `${end?.stdout}${end?.stderr}`;
      expect(said).not.toMatch(/\n\s+at .*:\d+:\d+/u);
      if (row.planned) {
        expect(end?.stdout).toContain(
          "Planned 2 actions, observed 0: 2 skipped. Interrupted: the next run does what is left.",
        );
      } else expect(said).toMatch(/interrupted/i);
      await isHealed(world, row);
    },
  );

  it("twice by Ctrl-C ends at once, whatever it is doing, and the next one does it", async () => {
    await using world = await openWorld();
    const row = { host: "target", match: PUT, fault: { kind: "hang" } } as const;
    const met = world.target.fault({ match: row.match, do: row.fault });
    const { child, ended } = world.repository.start(["apply", "--yes"]);
    while (met.met === 0) await sleep(10);
    child.kill("SIGINT");
    child.kill("SIGINT");
    expect(await ended).toMatchObject({ code: 130, signal: null });
    await isHealed(world, { ...row, when: "twice", planned: true });
  });
});

async function isHealed(world: World, row: Row): Promise<void> {
  world.source.clearFaults();
  world.target.clearFaults();
  const next = await world.run("apply", "--yes");
  expect(next.code, next.stdout).toBe(0);
  if (row.options?.store === undefined) expect(world.lacks()).toEqual([]);
  else {
    const tags = await layoutReader(world.repository.path("var/prod/api")).tags();
    expect(tags.get("v1.0.0")).toBe(world.app.digest);
  }
}
