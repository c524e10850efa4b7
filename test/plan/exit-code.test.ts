import { describe, expect, it } from "vitest";
import type { ActionResult, ApplyOutcome, BlockedCode, Plan } from "#model";
import { exitCode, type ExitCode, type RunResult } from "#plan";
import { action, blockedItem, planWith, result, tagAction } from "../support/actions.ts";

const COPY = action();
const SPARE = action({ site: "bergen", bestEffort: true });
const LATER = action({ version: "v2", notBefore: "2027-01-01T00:00:00Z" });
const DELETE = action({ op: "delete", destructive: true });
const MOVE = tagAction("stable");

function blockedBy(code: BlockedCode, bestEffort = false): Plan {
  return planWith([], { blocked: [blockedItem({ code, bestEffort })] });
}

function outcome(results: readonly ActionResult[], over: Partial<ApplyOutcome> = {}): ApplyOutcome {
  return {
    planDigest: planWith([]).digest,
    planned: results.length,
    observed: results.filter(({ status }) => status === "done").length,
    startedAt: "2026-11-20T12:00:00Z",
    finishedAt: "2026-11-20T12:00:01Z",
    interrupted: false,
    results,
    ...over,
  };
}

function ran(...results: readonly ActionResult[]): RunResult {
  return { plan: planWith(results.map(({ action: of }) => of)), outcome: outcome(results) };
}

describe("the exit code is the first that applies of 1, 4, 3, 5, 0", () => {
  it.for<readonly [string, RunResult, ExitCode]>([
    ["nothing to do", { plan: planWith([]) }, 0],
    ["nothing to do, asked in detail", { plan: planWith([]), detailed: true }, 0],
    ["changes", { plan: planWith([COPY]) }, 0],
    ["changes, asked in detail", { plan: planWith([COPY]), detailed: true }, 5],
    ["notes change nothing", { plan: planWith([], { notes: [{ code: "x", message: "y" }] }) }, 0],
    ["source-missing", { plan: blockedBy("source-missing") }, 1],
    ["source-unknown", { plan: blockedBy("source-unknown") }, 1],
    ["target-unknown", { plan: blockedBy("target-unknown") }, 1],
    ["revision-missing", { plan: blockedBy("revision-missing") }, 1],
    ["tag-waits", { plan: blockedBy("tag-waits") }, 1],
    ["target-unknown at a best-effort site", { plan: blockedBy("target-unknown", true) }, 3],
    ["foreign-move", { plan: blockedBy("foreign-move") }, 4],
    [
      "foreign-move at a best-effort site is refused all the same",
      { plan: blockedBy("foreign-move", true) },
      4,
    ],
    ["tag-would-go-back", { plan: blockedBy("tag-would-go-back") }, 4],
    ["still-needed", { plan: blockedBy("still-needed") }, 4],
    ["store-not-supported", { plan: blockedBy("store-not-supported") }, 4],
    ["a destructive action that may not run", { plan: planWith([DELETE]), detailed: true }, 4],
    ["a limit", { plan: planWith([MOVE], { overLimit: [MOVE.id] }) }, 4],
    ["something waits for its time", { plan: planWith([LATER]), detailed: true }, 3],
    [
      "unknown before refused before best effort before changes",
      {
        plan: planWith([COPY], {
          blocked: [
            blockedItem({ bestEffort: true }),
            blockedItem({ code: "foreign-move" }),
            blockedItem(),
          ],
        }),
        detailed: true,
      },
      1,
    ],
    [
      "refused before best effort",
      {
        plan: planWith([COPY], {
          blocked: [blockedItem({ bestEffort: true }), blockedItem({ code: "foreign-move" })],
        }),
        detailed: true,
      },
      4,
    ],
    [
      "best effort before changes",
      { plan: { ...blockedBy("target-unknown", true), actions: [COPY] }, detailed: true },
      3,
    ],
    ["applied", ran(result(COPY, "done")), 0],
    ["applied, with changes: those are done", { ...ran(result(COPY, "done")), detailed: false }, 0],
    ["failed", ran(result(COPY, "failed", "unauthorized"), result(SPARE, "done")), 1],
    ["skipped because another failed", ran(result(MOVE, "skipped", "tag-waits")), 1],
    ["failed at a best-effort site", ran(result(COPY, "done"), result(SPARE, "failed")), 3],
    ["skipped until its time", ran(result(COPY, "done"), result(LATER, "skipped")), 3],
    ["failed although its time had come", ran(result(LATER, "failed")), 1],
    ["refused", ran(result(COPY, "done"), result(DELETE, "refused")), 4],
    ["left out", { ...ran(result(COPY, "done")), leftOut: [result(DELETE, "refused")] }, 4],
    [
      "failed before left out",
      { ...ran(result(COPY, "failed")), leftOut: [result(DELETE, "refused")] },
      1,
    ],
    [
      "blocked beside what was done",
      { ...ran(result(COPY, "done")), plan: { ...blockedBy("source-missing"), actions: [COPY] } },
      1,
    ],
    [
      "planned and observed differ",
      { plan: planWith([COPY]), outcome: outcome([result(COPY, "done")], { planned: 2 }) },
      1,
    ],
    [
      "done and not observed",
      { plan: planWith([COPY]), outcome: outcome([result(COPY, "done")], { observed: 0 }) },
      1,
    ],
    [
      "interrupted",
      { plan: planWith([COPY]), outcome: outcome([result(COPY, "failed")], { interrupted: true }) },
      130,
    ],
  ])("%s", ([, run, expected]) => {
    expect(exitCode(run)).toBe(expected);
  });
});
