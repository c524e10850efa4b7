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

describe("000-11 what was taken back is approved no more", () => {
  const ENTERS = [placed("enters", COPY)];
  const LEAVES = [placed("leaves", COPY)];
  const STABLE = tagAction("stable", { expect: digestOf("v0.9.0") });

  function moved(to: string): Change {
    const { artifact, to: where } = COPY;
    const place = { artifact, channel: "prod", site: "oslo", to: where, tag: "stable" };
    return { kind: "moves", ...place, version: to, digest: digestOf(to), before: undefined };
  }

  it.for<readonly [string, Action, readonly (readonly [readonly Change[], boolean])[], string]>([
    ["it stands", COPY, [[ENTERS, true]], "covered"],
    [
      "it stands beside an edit of its tags",
      COPY,
      [
        [ENTERS, true],
        [[...ENTERS, ...LEAVES], false],
      ],
      "covered",
    ],
    [
      "taken out, and put in again by nobody's approval",
      COPY,
      [
        [ENTERS, true],
        [LEAVES, true],
        [ENTERS, false],
      ],
      "approval-missing",
    ],
    [
      "taken out without approval, and put in again",
      COPY,
      [
        [ENTERS, true],
        [LEAVES, false],
        [ENTERS, false],
      ],
      "approval-missing",
    ],
    [
      "put in again with approval",
      COPY,
      [
        [ENTERS, false],
        [LEAVES, false],
        [ENTERS, true],
      ],
      "covered",
    ],
    [
      "approved twice",
      COPY,
      [
        [ENTERS, true],
        [LEAVES, true],
        [ENTERS, true],
      ],
      "covered",
    ],
    [
      "moved on and back",
      STABLE,
      [
        [[moved("v1.0.0")], true],
        [[moved("v2.0.0")], true],
        [[moved("v1.0.0")], false],
      ],
      "approval-missing",
    ],
    [
      "moved on twice",
      STABLE,
      [
        [[moved("v0.5.0")], true],
        [[moved("v1.0.0")], true],
      ],
      "covered",
    ],
  ])("%s", ([, of, merges, expected]) => {
    const sources = merges.map(([changes, approved], index) =>
      merged(index + 1, changes, approved),
    );
    expect(answer(of, sources)).toBe(expected);
  });
});
