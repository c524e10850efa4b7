import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  fillRevision,
  placeKey,
  type Action,
  type ActualState,
  type DesiredState,
  type Place,
} from "#model";
import { planDocument } from "#plan";
import { decide } from "#policy";
import { worlds } from "../support/arbitrary-state.ts";
import { actionRows, planOf } from "../support/plans.ts";
import { simulateApply } from "../support/simulate-apply.ts";
import { fault } from "../support/state.ts";

const NOW = new Date("2026-11-20T12:00:00Z");
const RUNS = { numRuns: 250 };

describe("the made-up worlds", () => {
  it("lead to every kind of action and obstacle, so that no property holds for nothing", () => {
    const plans = fc
      .sample(worlds, { numRuns: 600, seed: 20261120 })
      .map(({ desired, actual }) => planOf(desired, actual));
    const ops = new Set(plans.flatMap(({ actions }) => actions.map(({ op }) => op)));
    const codes = new Set(plans.flatMap(({ blocked }) => blocked.map(({ code }) => code)));
    expect([...ops].toSorted()).toEqual(["copy", "delete", "tag", "untag"]);
    expect([...codes].toSorted()).toEqual([
      "foreign-move",
      "source-missing",
      "source-unknown",
      "still-needed",
      "tag-waits",
      "tag-would-go-back",
      "target-unknown",
    ]);
    const actions = plans.flatMap((plan) => plan.actions);
    expect(actions.some(({ op, gate }) => op === "delete" && gate)).toBe(true);
    expect(actions.some(({ op, expect: now }) => op === "tag" && now !== null)).toBe(true);
    expect(actions.some(({ gate }) => (gate?.atLeast ?? 0) > 0)).toBe(true);
    expect(actions.some(({ repair }) => repair)).toBe(true);
  });
});

describe("for every desired and actual state", () => {
  it("plan(apply(plan)) is empty, and nothing that was in place is lost", () => {
    fc.assert(
      fc.property(worlds, ({ desired, actual }) => {
        const plan = planOf(desired, actual);
        const again = planOf(desired, simulateApply(actual, plan.actions));
        expect(actionRows(again)).toEqual([]);
        expect(again.unchanged).toBeGreaterThanOrEqual(plan.unchanged);
      }),
      RUNS,
    );
  });

  it("what may be done today is done in one run, and nothing else becomes possible by it", () => {
    fc.assert(
      fc.property(worlds, ({ desired, actual }) => {
        const plan = planOf(desired, actual);
        const allowed = plan.actions.filter(({ destructive }) => !destructive);
        const again = planOf(desired, simulateApply(actual, allowed));
        expect(again.actions.filter(({ destructive }) => !destructive)).toEqual([]);
      }),
      RUNS,
    );
  });

  it("the order of files, places and observations changes nothing", () => {
    fc.assert(
      fc.property(worlds, ({ desired, actual }) => {
        const plan = planOf(desired, actual);
        const other = planOf(reversed(desired), reversedState(actual));
        expect(planDocument(other)).toEqual(planDocument(plan));
        expect(other.actions).toEqual(plan.actions);
      }),
      RUNS,
    );
  });

  it("003-25 a plan never contains an action that git does not imply", () => {
    fc.assert(
      fc.property(worlds, ({ desired, actual }) => {
        const implied = new Implied(desired, actual);
        const { actions } = planOf(desired, actual);
        expect(actions.filter((action) => !implied.has(action)).map(({ id }) => id)).toEqual([]);
      }),
      RUNS,
    );
  });

  it("an action expects what was seen, and nothing unknown is taken away or moved", () => {
    fc.assert(
      fc.property(worlds, ({ desired, actual }) => {
        for (const { to, tag, expect: expected, digest, op } of planOf(desired, actual).actions) {
          const target = actual.targets.get(to);
          expect(target?.fault).toBeUndefined();
          if (tag !== null) expect(target?.tags.get(tag)).toBe(expected ?? undefined);
          if (tag !== null) expect(target?.faults.has(tag)).toBe(false);
          if (op === "delete") expect(target?.digests.has(digest)).toBe(true);
        }
      }),
      RUNS,
    );
  });

  it("what cannot be read any more is left alone, and stops nobody else from being planned", () => {
    fc.assert(
      fc.property(worlds, fc.nat(), ({ desired, actual }, pick) => {
        const lost = [...actual.targets.keys()][pick % Math.max(1, actual.targets.size)];
        if (lost === undefined) return;
        const before = planOf(desired, actual).actions;
        const after = planOf(desired, withFault(actual, lost)).actions;
        expect(after.filter(({ to }) => to === lost)).toEqual([]);
        expect(copiesBeside(lost, after)).toEqual(copiesBeside(lost, before));
      }),
      RUNS,
    );
  });

  it("a tag comes with its digest: present, or copied by the same plan", () => {
    fc.assert(
      fc.property(worlds, ({ desired, actual }) => {
        const { actions } = planOf(desired, actual);
        const copied = new Set(
          actions.filter(({ op }) => op === "copy").map(({ to, digest }) => `${to}@${digest}`),
        );
        for (const { op, to, digest } of actions) {
          if (op !== "tag") continue;
          const isThere = actual.targets.get(to)?.digests.has(digest) === true;
          expect(isThere || copied.has(`${to}@${digest}`)).toBe(true);
        }
      }),
      RUNS,
    );
  });

  it("ids are unique, and each gate names actions of the same plan", () => {
    fc.assert(
      fc.property(worlds, ({ desired, actual }) => {
        const { actions } = planOf(desired, actual);
        const ids = new Set(actions.map(({ id }) => id));
        expect(ids.size).toBe(actions.length);
        for (const { gate } of actions) {
          expect(
            [...(gate?.require ?? []), ...(gate?.anyOf ?? [])].filter((id) => !ids.has(id)),
          ).toEqual([]);
          expect(gate?.anyOf.length ?? 0).toBeGreaterThanOrEqual(gate?.atLeast ?? 0);
        }
      }),
      RUNS,
    );
  });
});

function copiesBeside(lost: Place["repository"], actions: readonly Action[]): readonly string[] {
  return actions
    .filter(({ op, to }) => op === "copy" && to !== lost)
    .map(({ to, digest }) => `${to}@${digest}`);
}

function reversed(desired: DesiredState): DesiredState {
  const artifacts = desired.artifacts.map((artifact) => ({
    ...artifact,
    places: artifact.places.toReversed(),
  }));
  return {
    ...desired,
    artifacts: artifacts.toReversed(),
    channels: new Map([...desired.channels].toReversed()),
  };
}

function reversedState(actual: ActualState): ActualState {
  const targets = [...actual.targets].toReversed().map(
    ([repository, target]) =>
      [
        repository,
        {
          ...target,
          tags: new Map([...target.tags].toReversed()),
          digests: new Set([...target.digests].toReversed()),
          faults: new Map([...target.faults].toReversed()),
          foreignTags: target.foreignTags.toReversed(),
        },
      ] as const,
  );
  return {
    ...actual,
    targets: new Map(targets),
    sources: new Map([...actual.sources].toReversed()),
  };
}

function withFault(actual: ActualState, lost: Place["repository"]): ActualState {
  const target = actual.targets.get(lost);
  if (target === undefined) return actual;
  const unread = { ...target, fault: fault(), tags: new Map(), digests: new Set<never>() };
  return { ...actual, targets: new Map([...actual.targets, [lost, unread]]) };
}

/** What git implies, written down a second time, without the planner's own code. */
class Implied {
  readonly #wanted = new Set<string>();
  readonly #tags = new Set<string>();
  readonly #immutable = new Set<string>();
  readonly #leaving = new Set<string>();

  constructor(desired: DesiredState, actual: ActualState) {
    const { moving } = decide({ desired, now: NOW });
    for (const artifact of desired.artifacts) {
      for (const place of artifact.places) {
        const { repository, channel, site } = place;
        for (const { line, tags } of place.wants) {
          this.#wanted.add(`${repository}@${line.digest}`);
          for (const tag of tags) {
            const name = fillRevision(tag, actual.revisions.get(line.digest));
            this.#tags.add(`${repository}:${name ?? ""}@${line.digest}`);
            this.#immutable.add(`${repository}:${name ?? ""}`);
          }
        }
        for (const [tag, { line }] of moving.get(placeKey(artifact.id, channel, site)) ?? [])
          this.#tags.add(`${repository}:${tag}@${line.digest}`);
        for (const { line, tags } of place.leaves)
          if (actual.targets.get(repository)?.tags.get(tags[0] ?? "") === line.digest)
            this.#leaving.add(`${repository}@${line.digest}`);
      }
    }
  }

  has({ op, to, digest, tag, expect: expected, destructive }: Action): boolean {
    const at = `${to}@${digest}`;
    switch (op) {
      case "copy":
        return this.#wanted.has(at) && !destructive;
      case "tag": {
        const isOurs = this.#tags.has(`${to}:${tag ?? ""}@${digest}`);
        const isImmutableMove = expected !== null && this.#immutable.has(`${to}:${tag ?? ""}`);
        return isOurs && !isImmutableMove && !destructive;
      }
      case "untag":
        return this.#leaving.has(at) && !this.#immutable.has(`${to}:${tag ?? ""}`) && destructive;
      case "delete":
        return this.#leaving.has(at) && !this.#wanted.has(at) && destructive;
      case "attest":
        return false;
    }
  }
}
