import { describe, expect, it } from "vitest";
import { actionRows, planOf } from "../support/plans.ts";
import {
  actualState,
  channel,
  desiredArtifact,
  desiredState,
  line,
  repo,
  target,
} from "../support/state.ts";
import type { Plan } from "#model";

const OSLO = repo("registry.oslo.example.com/prod/payments/api");

/** v1.0.0 is retired, and this is what the tags of its place name. */
function plan(immutable: readonly string[], tags: Readonly<Record<string, string>>): Plan {
  const desired = desiredState(
    [channel("prod", { immutable })],
    [desiredArtifact("payments/api", { lines: [line("v1.0.0", { state: "retired" })] })],
  );
  return planOf(desired, actualState(desired, { targets: [target(OSLO, { tags })] }));
}

describe("contract §3: tags of a version that left and that are not provably ours", () => {
  it.for<readonly [string, readonly string[], Readonly<Record<string, string>>, string]>([
    ["no version tag in this channel", ["r-{version}"], { "r-v1.0.0": "v1.0.0" }, "r-v1.0.0"],
    [
      "the version tag names other content",
      ["{version}", "r-{version}"],
      { "v1.0.0": "other", "r-v1.0.0": "v1.0.0" },
      "r-v1.0.0, v1.0.0",
    ],
  ])("are noted as foreign: %s", ([, immutable, tags, named]) => {
    const { notes, ...made } = plan(immutable, tags);
    expect(actionRows(made)).toEqual([]);
    expect(notes).toMatchObject([
      { code: "foreign-content", message: expect.stringContaining(`list: ${named};`) },
    ]);
  });

  it("are not noted where they are taken away", () => {
    const tags = { "v1.0.0": "v1.0.0", "r-v1.0.0": "v1.0.0" };
    expect(plan(["{version}", "r-{version}"], tags).notes).toEqual([]);
  });
});
