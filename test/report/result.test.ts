import { describe, expect, it } from "vitest";
import type { ActionResult, ApplyOutcome } from "#model";
import {
  advance,
  makeStyle,
  NO_PROGRESS,
  progressLine,
  resultDocument,
  resultLine,
  resultMarkdown,
  resultText,
} from "#report";
import { action, blockedItem, planWith, result, tagAction } from "../support/actions.ts";
import { digestOf } from "../support/state.ts";

const NONE = makeStyle(false);
const copy = action();
const tag = tagAction("v1.0.0");
const stable = tagAction("stable", { expect: digestOf("v0.9.0") });
const gone = action({ op: "delete", destructive: true, version: "v0.1.0" });
const plan = planWith([copy, tag, stable, gone], {
  unchanged: 2,
  blocked: [
    blockedItem({
      version: "v2.0.0",
      code: "source-missing",
      reason: "registry.example.com/staging/api does not hold sha256:…; oslo lacks it",
      hint: "push v2.0.0 again with exactly this digest, or take the channel off the version",
    }),
  ],
});

function outcome(results: readonly ActionResult[], over: Partial<ApplyOutcome> = {}): ApplyOutcome {
  return {
    planDigest: plan.digest,
    planned: results.length,
    observed: results.filter(({ status }) => status === "done").length,
    startedAt: "2026-11-21T12:00:00.000Z",
    finishedAt: "2026-11-21T12:00:01.000Z",
    interrupted: false,
    results,
    ...over,
  };
}

const MIXED = outcome([
  result(copy, "done"),
  {
    ...result(tag, "failed", "tag-moved"),
    message:
      "registry.oslo.example.com/prod/payments/api:v1.0.0 named nothing when the plan was made.",
    hint: "find out who writes there",
    retryable: true,
  },
  {
    ...result(stable, "skipped", "tag-waits"),
    message: "The tag stays: it moves only when every required site holds the artifact.",
  },
  {
    ...result(gone, "refused", "destructive-not-enabled"),
    message:
      "Removals are planned and not carried out by this version of waybill; nothing was removed.",
  },
]);

describe("the end of an apply", () => {
  it("says what was done, what was not and why, and ends with planned and observed", async () => {
    const text = resultText({ outcome: MIXED, plan }, NONE);
    await expect(text).toMatchFileSnapshot("../golden/result.txt");
    expect(text).toContain("Planned 4 actions, observed 1");
  });

  it("says the same as Markdown", async () => {
    await expect(resultMarkdown({ outcome: MIXED, plan })).toMatchFileSnapshot(
      "../golden/result.md",
    );
  });

  it("003-03 names what it did by repository@digest", () => {
    const text = resultText({ outcome: MIXED, plan }, NONE);
    expect(text).toContain(`registry.oslo.example.com/prod/payments/api@${copy.digest}`);
    expect(resultLine(result(copy, "done"), NONE)).toBe(
      `done  copy  payments/api  v1.0.0  ${copy.to}@${copy.digest}`,
    );
  });

  it("says that there was nothing to do, and still what is blocked", () => {
    const empty = { ...plan, actions: [], blocked: [] };
    expect(resultText({ outcome: outcome([]), plan: empty }, NONE)).toBe(
      "Nothing to do; 2 already in place.\n",
    );
    const blocked = resultText({ outcome: outcome([]), plan: { ...plan, actions: [] } }, NONE);
    expect(blocked).toContain("source-missing");
    expect(blocked).toContain("Nothing to do; 2 already in place. Blocked: 1.");
  });

  it("says that it was interrupted, and who does the rest", () => {
    const text = resultText(
      { outcome: outcome([result(copy, "done")], { interrupted: true }), plan },
      NONE,
    );
    expect(text).toContain("Interrupted: the next run does what is left.");
  });

  it("is a document of the contract's keys, and no others", () => {
    expect(resultDocument(MIXED, "abc")).toEqual({
      schema: "waybill.dev/result/v1",
      planDigest: plan.digest,
      commit: "abc",
      planned: 4,
      observed: 1,
      startedAt: "2026-11-21T12:00:00.000Z",
      finishedAt: "2026-11-21T12:00:01.000Z",
      results: [
        { id: copy.id, status: "done" },
        ...MIXED.results.slice(1).map(({ action: { id }, status, code, message, hint }) => ({
          id,
          status,
          code,
          message: hint === undefined ? message : `${message} To do: ${hint}`,
        })),
      ],
    });
    expect(resultDocument(MIXED, undefined)).not.toHaveProperty("commit");
  });
});

describe("progress", () => {
  const events = [
    { kind: "started", actions: 3, bytes: 9_000 },
    { kind: "transferred", host: "registry.oslo.example.com", bytes: 2_000 },
    { kind: "transferred", host: "registry.oslo.example.com", bytes: 1_000 },
    { kind: "blob", digest: copy.digest, to: copy.to, how: "mounted" },
    { kind: "finished", result: result(copy, "done") },
    { kind: "finished", result: result(tag, "failed", "tag-moved") },
  ] as const;
  const progress = events.reduce(advance, NO_PROGRESS);

  it("is a fold over what apply tells, a line of it honest about its rate", () => {
    expect(progressLine(progress, 0.5, 200)).toBe(
      "2 of 3 actions done, 1 failed, 3.0 kB sent [registry.oslo.example.com 3.0 kB]",
    );
    expect(progressLine(progress, 2, 200)).toContain("1.5 kB/s on average");
  });

  it("is never wider than the terminal", () => {
    expect(progressLine(progress, 2, 20)).toBe("2 of 3 actions done…");
    expect(progressLine(progress, 2, 0)).toBe("…");
  });
});
