import { describe, expect, it } from "vitest";
import { actionRows, blockedRows, planOf } from "../support/plans.ts";
import {
  actualState,
  channel,
  desiredArtifact,
  desiredState,
  line,
  repo,
  target,
  type TargetOptions,
} from "../support/state.ts";
import type { Plan } from "#model";

const OSLO = repo("registry.oslo.example.com/prod/payments/api");
const STABLE = { moving: new Map([["stable", "newest-stable"]] as const) };
const PART = line("v1.0.0", { digest: "part", state: "retired" });
const INDEX = line("v2.0.0", { digest: "index", state: "retired" });

/** Both versions leave; the index lists the part. */
function plan(there: TargetOptions = {}, lines = [PART, INDEX]): Plan {
  const desired = desiredState(
    [channel("prod", STABLE)],
    [desiredArtifact("payments/api", { lines })],
  );
  const tags = { "v1.0.0": "part", "v2.0.0": "index", ...there.tags };
  const observed = target(OSLO, { heldBy: { part: ["index"] }, ...there, tags });
  return planOf(desired, actualState(desired, { targets: [observed] }));
}

const UNTAGS = ["untag v1.0.0 prod/oslo v1.0.0", "untag v2.0.0 prod/oslo v2.0.0"];

describe("a part and the index that lists it leave together", () => {
  it("the index goes first", () => {
    const made = plan();
    expect(actionRows(made).toSorted()).toEqual([
      "delete v1.0.0 prod/oslo",
      "delete v2.0.0 prod/oslo",
      ...UNTAGS,
    ]);
    const [part, index] = made.actions.filter(({ op }) => op === "delete");
    const first = index?.digest === INDEX.digest ? index : part;
    const second = first === index ? part : index;
    expect(second?.gate?.require).toEqual([first?.id]);
    expect(first?.gate).toBeUndefined();
  });

  it.for<readonly [string, TargetOptions, readonly string[]]>([
    [
      "a moving tag names the index",
      { tags: { stable: "index" } },
      ["still-needed v1.0.0 prod/oslo", "still-needed v2.0.0 prod/oslo"],
    ],
    [
      "another index that stays lists the index",
      { tags: { stable: "outer" }, heldBy: { part: ["index", "outer"], index: ["outer"] } },
      ["still-needed v1.0.0 prod/oslo", "still-needed v2.0.0 prod/oslo"],
    ],
  ])("promise 4: the part stays where the index does: %s", ([, there, blocked]) => {
    const made = plan(there);
    expect(actionRows(made)).toEqual(UNTAGS);
    expect(blockedRows(made)).toEqual(blocked);
  });

  it("promise 4: the part stays where a moving tag names an index that git does not list", () => {
    const made = plan({ tags: { stable: "strange" }, heldBy: { part: ["strange"] } }, [PART]);
    expect(actionRows(made)).toEqual(["untag v1.0.0 prod/oslo v1.0.0"]);
    expect(blockedRows(made)).toEqual(["still-needed v1.0.0 prod/oslo"]);
    expect(made.blocked[0]?.reason).toContain("the tag stable names it");
  });
});
