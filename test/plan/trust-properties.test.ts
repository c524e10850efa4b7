import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { trustStepKey, type Action, type Plan, type TrustDecision } from "#model";
import { exitCode, planDocument, type PlannedStep } from "#plan";
import { worlds, type World } from "../support/arbitrary-state.ts";
import { actionRows, planOf } from "../support/plans.ts";
import { simulateApply } from "../support/simulate-apply.ts";
import { digestOf } from "../support/state.ts";
import { decision, gated, nameOf, soaking } from "../support/trust-plans.ts";

const RUNS = { numRuns: 250 };
const LATER = "2026-11-22T00:00:00.000Z";
const VERDICTS = ["allow", "warn", "soak", "unknown", "refuse"] as const;
type Verdict = (typeof VERDICTS)[number];

/** A decision for every step, by a number that its name picks; `worse` takes away from some of them. */
interface Policy {
  readonly verdicts: readonly Verdict[];
  /** Steps whose name picks one of these are refused. */
  readonly worse: readonly number[];
}

const policies: fc.Arbitrary<Policy> = fc.record({
  verdicts: fc.array(fc.constantFrom(...VERDICTS, "allow", "allow"), {
    minLength: 8,
    maxLength: 8,
  }),
  worse: fc.uniqueArray(fc.nat(7), { maxLength: 4 }),
});

const WORDS = ["a", "b", "c", "d", "e"];

function slotOf(step: PlannedStep): number {
  return Number.parseInt(digestOf(trustStepKey(nameOf(step))).slice(7, 9), 16) % 8;
}

function made(step: PlannedStep, verdict: Verdict): TrustDecision {
  return verdict === "soak" ? soaking(step, LATER) : decision(step, verdict);
}

function plannedUnder(
  { desired, actual }: World,
  { verdicts, worse }: Policy,
  revoked: Readonly<Record<string, string>> = {},
): Plan {
  return gated(desired, {
    actual,
    revoked,
    decide: (step) => {
      const slot = slotOf(step);
      const isRevoked = Object.keys(revoked).some((word) => digestOf(word) === step.line.digest);
      const verdict = worse.includes(slot) || isRevoked ? "refuse" : verdicts[slot];
      return made(step, verdict ?? "allow");
    },
  }).plan;
}

/** What an action does to a store, whoever asks for it: places of one repository share what is done there. */
function effects(actions: readonly Action[]): readonly string[] {
  return actions
    .filter(({ destructive }) => !destructive)
    .map(({ op, to, digest, tag, expect: now }) => [op, to, digest, tag, now].join(" "));
}

function missingFrom(all: readonly string[], some: readonly string[]): readonly string[] {
  const known = new Set(all);
  return some.filter((item) => !known.has(item));
}

describe("the made-up decisions", () => {
  it("lead to every verdict, so that no property holds for nothing", () => {
    const plans = fc
      .sample(fc.tuple(worlds, policies), { numRuns: 400, seed: 20261121 })
      .map(([world, policy]) => plannedUnder(world, policy, { a: "bad" }));
    const verdicts = new Set(plans.flatMap((plan) => plan.actions.map((a) => a.decision?.verdict)));
    expect([...verdicts].map(String).toSorted()).toEqual(["allow", "undefined", "wait", "warn"]);
    const blocked = new Set(plans.flatMap((plan) => plan.blocked.map(({ verdict }) => verdict)));
    expect([...blocked].map(String).toSorted()).toEqual(["refuse", "undefined", "unknown"]);
    expect(plans.some(({ notes }) => notes.some(({ code }) => code === "revoked-in-place"))).toBe(
      true,
    );
  });
});

describe("for every state and every decision", () => {
  it("without any refusal the plan is the one without trust", () => {
    fc.assert(
      fc.property(worlds, ({ desired, actual }) => {
        const plain = planOf(desired, actual);
        const { plan } = gated(desired, { actual });
        expect(plan.digest).toBe(plain.digest);
        expect(plan.blocked).toEqual(plain.blocked);
        expect(plan.notes).toEqual(plain.notes);
        expect(plan.unchanged).toBe(plain.unchanged);
      }),
      RUNS,
    );
  });

  it("001-01 nothing is planned that a plan without trust has not", () => {
    fc.assert(
      fc.property(worlds, policies, (world, policy) => {
        const plain = effects(planOf(world.desired, world.actual).actions);
        expect(missingFrom(plain, effects(plannedUnder(world, policy).actions))).toEqual([]);
      }),
      RUNS,
    );
  });

  it("taking positive evidence away never adds an action, nor lets one come sooner", () => {
    fc.assert(
      fc.property(worlds, policies, (world, policy) => {
        const before = plannedUnder(world, { ...policy, worse: [] }).actions;
        const after = plannedUnder(world, policy).actions;
        expect(missingFrom(effects(before), effects(after))).toEqual([]);
        const now = effects(before.filter(({ notBefore }) => notBefore === undefined));
        const nowAfter = effects(after.filter(({ notBefore }) => notBefore === undefined));
        expect(missingFrom(now, nowAfter)).toEqual([]);
      }),
      RUNS,
    );
  });

  it("003-13 adding a revocation never adds an action that is not a removal", () => {
    fc.assert(
      fc.property(worlds, policies, fc.subarray(WORDS), (world, policy, words) => {
        const revoked = Object.fromEntries(words.map((word) => [word, "bad"]));
        const before = effects(plannedUnder(world, policy).actions);
        const after = effects(plannedUnder(world, policy, revoked).actions);
        expect(missingFrom(before, after)).toEqual([]);
      }),
      RUNS,
    );
  });

  it("003-13 no copy and no tag is planned of what is revoked", () => {
    fc.assert(
      fc.property(worlds, policies, fc.subarray(WORDS), (world, policy, words) => {
        const revoked = Object.fromEntries(words.map((word) => [word, "bad"]));
        const digests = new Set(words.map((word) => digestOf(word)));
        const { actions } = plannedUnder(world, policy, revoked);
        expect(
          actions.filter(({ digest, destructive }) => digests.has(digest) && !destructive),
        ).toEqual([]);
      }),
      RUNS,
    );
  });

  it("plan(apply(plan)) is empty", () => {
    fc.assert(
      fc.property(worlds, policies, (world, policy) => {
        const { actions } = plannedUnder(world, policy);
        const actual = simulateApply(world.actual, actions);
        expect(actionRows(plannedUnder({ ...world, actual }, policy))).toEqual([]);
      }),
      RUNS,
    );
  });

  it("what may be done now is done in one run, and leaves only what waits", () => {
    fc.assert(
      fc.property(worlds, policies, (world, policy) => {
        const { actions } = plannedUnder(world, policy);
        const now = actions.filter(
          ({ destructive, notBefore }) => !destructive && notBefore === undefined,
        );
        const actual = simulateApply(world.actual, now);
        const again = plannedUnder({ ...world, actual }, policy).actions;
        expect(
          again.filter(({ destructive, notBefore }) => !destructive && notBefore === undefined),
        ).toEqual([]);
      }),
      RUNS,
    );
  });

  it.for([
    ["any world", RUNS],
    // A second place of the repository put off a copy that a tag had been planned with.
    ["a world that was wrong once", { seed: -924103809, numRuns: 70 }],
  ] as const)(
    "a tag never comes before its own copy, and each gate names actions of the plan: %s",
    ([, runs]) => {
      fc.assert(
        fc.property(worlds, policies, (world, policy) => {
          const { actions } = plannedUnder(world, policy);
          const byId = new Map(actions.map((action) => [action.id, action]));
          const copies = new Map(
            actions
              .filter(({ op }) => op === "copy")
              .map((action) => [`${action.to}@${action.digest}`, action]),
          );
          for (const action of actions) {
            if (action.op === "tag") {
              const copy = copies.get(`${action.to}@${action.digest}`);
              const isThere = world.actual.targets.get(action.to)?.digests.has(action.digest);
              expect(copy !== undefined || isThere).toBe(true);
              if (copy !== undefined) expect(timeOf(action)).toBeGreaterThanOrEqual(timeOf(copy));
            }
            for (const id of action.gate?.require ?? []) {
              expect(byId.has(id)).toBe(true);
              const needed = byId.get(id);
              if (action.op === "tag" && needed)
                expect(timeOf(action)).toBeGreaterThanOrEqual(timeOf(needed));
            }
          }
        }),
        runs,
      );
    },
  );

  it("the order of files and observations changes nothing", () => {
    fc.assert(
      fc.property(worlds, policies, (world, policy) => {
        const { desired } = world;
        const artifacts = desired.artifacts
          .map((artifact) => ({ ...artifact, places: artifact.places.toReversed() }))
          .toReversed();
        const plan = plannedUnder(world, policy);
        const other = plannedUnder({ ...world, desired: { ...desired, artifacts } }, policy);
        expect(planDocument(other)).toEqual(planDocument(plan));
      }),
      RUNS,
    );
  });

  it("the exit code tells what is refused from what is not known", () => {
    fc.assert(
      fc.property(worlds, policies, (world, policy) => {
        const plan = plannedUnder(world, policy);
        const own = { ...plan, blocked: plan.blocked.filter(({ verdict }) => verdict) };
        const isUnknown = own.blocked.some(
          ({ verdict, bestEffort }) => verdict === "unknown" && !bestEffort,
        );
        if (own.blocked.length > 0) expect(exitCode({ plan: own }) === 1).toBe(isUnknown);
      }),
      RUNS,
    );
  });
});

function timeOf({ notBefore }: Action): number {
  return notBefore === undefined ? 0 : Date.parse(notBefore);
}
