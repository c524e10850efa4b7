import { describe, expect, it } from "vitest";
import type { ChangeLimit, Lift, Plan } from "#model";
import { buildPlan, type PlanInput } from "#plan";
import { decide } from "#policy";
import { noteCodes } from "../support/plans.ts";
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
function planMoves(
  moves: number,
  others: number,
  from = "v1.0.0",
  more: Partial<PlanInput> = {},
): Plan {
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
  return buildPlan({
    desired,
    decisions: decide({ desired, now: new Date("2026-11-20T12:00:00Z") }),
    actual: actualState(desired, { targets }),
    scope: { kind: "all" },
    commit: undefined,
    base: undefined,
    ...more,
  });
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

describe("limits that a channel sets", () => {
  const move = { count: undefined, share: undefined, floor: 10 };
  it.for<readonly [string, ChangeLimit, number, boolean]>([
    ["count: 2 of 2", { ...move, count: 2 }, 2, false],
    ["count: 3 of 2", { ...move, count: 2 }, 3, true],
    ["count: 0", { ...move, count: 0 }, 1, true],
    ["share: more than the floor, and more than it", { ...move, share: 0.3, floor: 3 }, 4, true],
    ["share: not more than the floor", { ...move, share: 0.3, floor: 4 }, 4, false],
    ["share: all of it", { ...move, share: 1, floor: 0 }, 4, false],
    ["count and share: the stricter", { count: 50, share: 0.3, floor: 3 }, 4, true],
  ])("%s", ([, limit, moves, isOver]) => {
    const limits = new Map([["prod", { move: limit, remove: undefined }]]);
    const plan = planMoves(moves, 0, "v1.0.0", { limits });
    expect(plan.overLimit?.length ?? 0).toBe(isOver ? moves : 0);
  });

  it("count for that channel alone", () => {
    const limits = new Map([["dev", { move: { ...move, count: 0 }, remove: undefined }]]);
    expect(planMoves(3, 0, "v1.0.0", { limits })).not.toHaveProperty("overLimit");
  });
});

describe("a frozen channel", () => {
  const frozen = new Map([["prod", { until: "2027-01-02T00:00:00Z", reasons: ["year end"] }]]);

  it("lets nothing happen before its end, and the plan stays the same", () => {
    const plan = planMoves(2, 0, "v1.0.0", { frozen });
    expect(plan.actions.map(({ notBefore }) => notBefore)).toEqual([
      "2027-01-02T00:00:00Z",
      "2027-01-02T00:00:00Z",
    ]);
    expect(plan.digest).toBe(planMoves(2, 0).digest);
    expect(plan.notes).toEqual([
      {
        code: "frozen",
        message:
          "prod is frozen until 2027-01-02T00:00:00Z (year end): what is planned there waits.",
      },
    ]);
  });

  it.for<readonly [string, Partial<Lift>, boolean]>([
    ["everywhere in it", {}, true],
    ["at its site", { site: "oslo" }, true],
    ["at another site", { site: "bergen" }, false],
    ["in another channel", { channel: "dev" }, false],
    ["of what another pull request changed", { artifacts: new Set(["payments/other"]) }, false],
    ["by an override of something else", { limit: "soak" }, false],
  ])("000-11 is thawed %s, or not", ([, more, isThawed]) => {
    const { actions } = planMoves(1, 0);
    const artifacts = new Set(actions.map(({ artifact }) => artifact));
    const lift: Lift = { limit: "freeze", artifacts, channel: "prod", site: undefined, why: "" };
    const plan = planMoves(1, 0, "v1.0.0", { frozen, lifts: [{ ...lift, ...more }] });
    expect(plan.actions.map(({ notBefore }) => notBefore === undefined)).toEqual([isThawed]);
    expect(plan.notes).toHaveLength(isThawed ? 0 : 1);
  });

  it("says nothing where nothing is planned there", () => {
    expect(planMoves(0, 2, "v1.0.0", { frozen }).notes).toEqual([]);
  });
});
