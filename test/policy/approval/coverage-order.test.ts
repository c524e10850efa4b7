import { describe, expect, it } from "vitest";
import type { Action, Change } from "#model";
import { coverActions, type ChangeSource, type MergedRequest } from "#policy";
import { action, tagAction } from "../../support/actions.ts";
import { at, HEAD, questionOf, review } from "../../support/approvals.ts";
import { digestOf } from "../../support/state.ts";

const COPY = action();

function placed(kind: "enters" | "leaves", of: Action, channel = "prod", site = "oslo"): Change {
  const { artifact, version, digest, to } = of;
  return { kind, artifact, version, digest, channel, site, to, tags: [version] };
}

function merged(number: number, changes: readonly Change[], approved: boolean): MergedRequest {
  return {
    kind: "pull-request",
    number,
    question: questionOf({
      channel: "approvals: { from: [sre] }",
      reviews: approved ? [review(5, "bob")] : [],
      pr: { number, state: "merged", mergedAt: at(9) },
    }),
    changes,
    reviewed: new Map([[HEAD, changes]]),
    statements: [],
    isEarlier: false,
  };
}

function answer(of: Action, sources: readonly ChangeSource[]): string {
  const { uncovered } = coverActions({
    actions: [of],
    sources,
    isPinned: () => false,
    isOurs: () => false,
    overLimit: new Set(),
  });
  return uncovered[0]?.code ?? "covered";
}

describe("000-11 a change covers its own channel and site only", () => {
  it.for<readonly [string, string, string, string]>([
    ["its own", "prod", "oslo", "approval-missing"],
    [
      "a channel that asks nobody, with the repository of one that does",
      "dev",
      "oslo",
      "no-approved-change",
    ],
    ["another site", "prod", "rome", "no-approved-change"],
  ])("%s", ([, channel, site, expected]) => {
    expect(answer(COPY, [merged(7, [placed("enters", COPY, channel, site)], false)])).toBe(
      expected,
    );
  });
});
