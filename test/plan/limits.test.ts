import { describe, expect, it } from "vitest";
import type { Plan } from "#model";
import { noteCodes, planOf } from "../support/plans.ts";
import {
  actualState,
  channel,
  desiredArtifact,
  desiredState,
  line,
  repo,
  target,
} from "../support/state.ts";

/** `moves` artifacts whose `stable` moves from v1 to v2, among `others` that are in place. */
function planMoves(moves: number, others: number, from = "v1.0.0"): Plan {
  const stable = new Map([["stable", "newest-stable"]] as const);
  const names = Array.from({ length: moves + others }, (_, index) => `p/a${index}`);
  const lines = [line("v1.0.0"), line("v2.0.0")];
  const desired = desiredState(
    [channel("prod", { moving: stable })],
    names.map((id) => desiredArtifact(id, { lines })),
  );
  const targets = names.map((id, index) =>
    target(repo(`registry.oslo.example.com/prod/${id}`), {
      tags: {
        "v1.0.0": "v1.0.0",
        "v2.0.0": "v2.0.0",
        ...(index >= moves ? { stable: "v2.0.0" } : from === "" ? {} : { stable: from }),
      },
    }),
  );
  return planOf(desired, actualState(desired, { targets }));
}

describe("moves of existing tags stop and ask when they are many", () => {
  it.for<readonly [string, number, number, boolean]>([
    ["10 of 30", 10, 0, false],
    ["11 of 33: more than 10 and more than 30 %", 11, 0, true],
    ["11 of 36: more than 30 %", 11, 1, true],
    ["11 of 39: more than 10, but not more than 30 %", 11, 2, false],
  ])("%s", ([, moves, others, isOver]) => {
    const plan = planMoves(moves, others);
    expect(plan.actions).toHaveLength(moves);
    expect(plan.overLimit?.length ?? 0).toBe(isOver ? moves : 0);
    expect(noteCodes(plan)).toEqual(isOver ? ["limit"] : []);
  });

  it("counts no new tags", () => {
    const plan = planMoves(40, 0, "");
    expect(plan.actions).toHaveLength(40);
    expect(plan).not.toHaveProperty("overLimit");
  });

  it("says how many, where, and how to answer", () => {
    const [note] = planMoves(12, 0).notes;
    expect(note?.message).toContain("prod at oslo: 12 existing tags of 36 would move (33 %)");
    expect(note?.message).toContain("waybill apply --plan FILE");
  });
});
