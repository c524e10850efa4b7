import { describe, expect, it } from "vitest";
import type { Action } from "#model";
import { approve, type Approval, type Approved } from "#plan";
import { actionRows } from "../support/plans.ts";
import { action, blockedItem, planWith, tagAction } from "../support/actions.ts";
import { digestOf, repo } from "../support/state.ts";

const COPY = action();
const TAG = tagAction("v1.0.0");
const STABLE = tagAction("stable", { expect: digestOf("old") });
const DELETE = action({
  op: "delete",
  destructive: true,
  digest: digestOf("old"),
  from: undefined,
});
const TEST_COPY = action({ channel: "test", to: repo("registry.oslo.example.com/test") });
const ALL: Approval = { what: { kind: "all" }, channel: undefined };

function named(...actions: readonly Action[]): Approval {
  return { what: { kind: "keys", ids: new Set(actions.map(({ id }) => id)) }, channel: undefined };
}

function codes({ leftOut }: Approved): readonly string[] {
  return leftOut.map(({ action: of, status, code }) => `${of.op} ${status} ${code ?? ""}`);
}

describe("approving a plan", () => {
  it("approves all of it, in its order and with its digest", () => {
    const plan = planWith([COPY, TAG]);
    const { plan: approved, leftOut } = approve(plan, ALL);
    expect(approved).toEqual(plan);
    expect(leftOut).toEqual([]);
  });

  it("never a destructive action, whoever names it: each is reported", () => {
    const untag = action({ op: "untag", destructive: true, tag: "v0", expect: digestOf("old") });
    const plan = planWith([DELETE, untag, COPY]);
    for (const approval of [ALL, named(DELETE, untag, COPY)]) {
      const approved = approve(plan, approval);
      expect(approved.plan.actions).toEqual([COPY]);
      expect(codes(approved)).toEqual([
        "delete refused destructive-not-enabled",
        "untag refused destructive-not-enabled",
      ]);
    }
  });

  it("does what is both in the file and still needed, and lists what is beyond it", () => {
    const approved = approve(planWith([COPY, TAG, STABLE]), named(COPY, TAG, TEST_COPY));
    expect(approved.plan.actions).toEqual([COPY, TAG]);
    expect(codes(approved)).toEqual(["tag refused beyond-plan"]);
    expect(approved.leftOut[0]?.action).toBe(STABLE);
  });

  it("approves nothing where nothing is named", () => {
    const approved = approve(planWith([COPY, TAG]), named());
    expect(approved.plan.actions).toEqual([]);
    expect(codes(approved)).toEqual(["copy refused beyond-plan", "tag refused beyond-plan"]);
  });

  it("leaves out what builds on an action that is left out", () => {
    const gated = tagAction("stable", { gate: { require: [TEST_COPY.id], atLeast: 0, anyOf: [] } });
    const quorum = tagAction("edge", { gate: { require: [], atLeast: 1, anyOf: [TEST_COPY.id] } });
    const plan = planWith([COPY, TAG, TEST_COPY, gated, quorum]);
    expect(codes(approve(plan, named(TAG, gated, quorum)))).toEqual([
      "copy refused beyond-plan",
      "tag skipped waits-for-refused",
      "copy refused beyond-plan",
      "tag skipped waits-for-refused",
      "tag skipped waits-for-refused",
    ]);
    expect(approve(plan, ALL).plan.actions).toEqual(plan.actions);
    expect(codes(approve(plan, named(COPY, TAG, gated, quorum)))).toEqual([
      "copy refused beyond-plan",
      "tag skipped waits-for-refused",
      "tag skipped waits-for-refused",
    ]);
  });

  it("moves over a limit only where each is named", () => {
    const plan = planWith([COPY, STABLE], { overLimit: [STABLE.id] });
    expect(codes(approve(plan, ALL))).toEqual(["tag refused limit"]);
    expect(approve(plan, named(COPY, STABLE)).plan.actions).toEqual([COPY, STABLE]);
  });

  it("of one channel only: the others are no part of the run", () => {
    const blocked = [
      blockedItem({ channel: "prod" }),
      blockedItem({ channel: "test" }),
      blockedItem({ channel: undefined }),
    ];
    const plan = planWith([COPY, TAG, TEST_COPY], { blocked });
    const approved = approve(plan, { ...ALL, channel: "test" });
    expect(approved.plan.actions).toEqual([TEST_COPY]);
    expect(approved.plan.blocked.map(({ channel }) => channel)).toEqual(["test", undefined]);
    expect(approved.leftOut).toEqual([]);
    expect(approved.plan.digest).toBe(plan.digest);
  });

  it("of one channel, with what it needs of another that shares its repository", () => {
    const shared = tagAction("v1.0.0-test", { channel: "test" });
    const gated = tagAction("stable", {
      channel: "test",
      to: TEST_COPY.to,
      gate: { require: [COPY.id], atLeast: 0, anyOf: [] },
    });
    const plan = planWith([COPY, TAG, shared, gated]);
    expect(actionRows(approve(plan, { ...ALL, channel: "test" }).plan)).toEqual([
      "copy v1.0.0 prod/oslo",
      "tag v1.0.0 test/oslo v1.0.0-test",
      "tag v1.0.0 test/oslo stable",
    ]);
  });
});
