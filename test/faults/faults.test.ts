import PQueue from "p-queue";
import { describe, expect, it } from "vitest";
import { describeFaults } from "./describe-faults.ts";
import type { FaultRow } from "./row.ts";
import { FAULTS } from "./rows.ts";
import { runRow, type Outcome } from "./run-row.ts";

/** Most of the time is waiting, so that rows are run side by side and asked for one after the other. */
const queue = new PQueue({ concurrency: 6 });
const outcomes = new Map<FaultRow, Promise<Outcome>>();
for (const row of [...FAULTS.values()].flat()) {
  const outcome = queue.add(() => runRow(row));
  // A row that fails is told by its own test.
  outcome.catch(() => undefined);
  outcomes.set(row, outcome);
}

async function outcomeOf(row: FaultRow): Promise<Outcome> {
  const outcome = await outcomes.get(row);
  if (outcome === undefined) throw new Error(`not run: ${row.what}`);
  return outcome;
}

describe.for([...FAULTS])("%s", { timeout: 120_000 }, ([, rows]) => {
  it.for(rows.map((row) => [`${row.ids ?? ""} ${row.what}`.trim(), row] as const))(
    "%s",
    async ([, row]) => {
      const { code, problems } = await outcomeOf(row);
      expect(problems).toEqual([]);
      expect(code).toBe(row.code);
    },
  );
});

describe("docs/faults.md", { timeout: 120_000 }, () => {
  it("says of each fault what a person reads (vitest -u writes it)", async () => {
    const told = new Map<FaultRow, Outcome>();
    for (const row of outcomes.keys()) told.set(row, await outcomeOf(row));
    await expect(describeFaults(FAULTS, told)).toMatchFileSnapshot("../../docs/faults.md");
  });
});
