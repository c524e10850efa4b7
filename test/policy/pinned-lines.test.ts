import { describe, expect, it } from "vitest";
import { placeKey, type Pin } from "#model";
import { decide } from "#policy";
import { channel, desiredArtifact, desiredState, line, pin } from "../support/state.ts";

/** What git gives the moving tags of prod at oslo, where only a candidate is listed. */
function decided(
  pins: Readonly<Record<string, Pin>>,
): Readonly<Record<string, string | undefined>> {
  const moving = new Map([["{major}.{minor}", "newest-in-line"]] as const);
  const artifact = desiredArtifact("payments/api", {
    lines: [line("v1.0.0-rc.1"), line("v2.0.0-rc.1", { in: ["dev"] })],
    pins: new Map([["prod", new Map(Object.entries(pins))]]),
  });
  const desired = desiredState([channel("prod", { moving }), channel("dev")], [artifact]);
  const decisions = decide({ desired, now: new Date("2026-11-20T12:00:00Z") });
  const at = placeKey("payments/api", "prod", "oslo");
  const tags = [...(decisions.moving.get(at) ?? [])].map(([tag, to]) => [tag, to.line.version]);
  const none = (decisions.noCandidate.get(at) ?? []).map((tag) => [tag, undefined]);
  return Object.fromEntries([...tags, ...none]);
}

describe("promise 2: a pin of a line that has no stable version", () => {
  it.for<readonly [string, Readonly<Record<string, Pin>>, Readonly<Record<string, unknown>>]>([
    ["without it the line has no tag", {}, {}],
    ["gives the line its tag", { "1.0": pin("v1.0.0-rc.1") }, { "1.0": "v1.0.0-rc.1" }],
    [
      "to a version that is not here: the tag stays",
      { "2.0": pin("v2.0.0-rc.1") },
      { "2.0": undefined },
    ],
    ["of another line's name gives nothing", { "3.0": pin("v1.0.0-rc.1") }, {}],
  ])("%s", ([, pins, expected]) => {
    expect(decided(pins)).toStrictEqual(expected);
  });
});
