import { describe, expect, it } from "vitest";
import type { Facets } from "#model";
import { actionRows, blockedRows, planOf } from "../support/plans.ts";
import {
  actualState,
  channel,
  desiredArtifact,
  desiredState,
  digestOf,
  fault,
  line,
  repo,
  source,
  SOURCE,
  target,
  type SourceOptions,
} from "../support/state.ts";

const OSLO = repo("registry.oslo.example.com/prod/payments/api");
const CANDIDATE = line("v1.0.0-rc.1");
const RELEASE = line("v1.0.0", { digest: "v1.0.0-rc.1", from: "v1.0.0-rc.1" });
const PART = { mediaType: "application/octet-stream", digest: digestOf("part"), size: 700 };
const DESIRED = desiredState(
  [channel("prod")],
  [desiredArtifact("payments/api", { lines: [CANDIDATE, RELEASE] })],
);
const GONE: SourceOptions = { absent: ["v1.0.0-rc.1"] };
const HAS: SourceOptions = { has: ["v1.0.0-rc.1"] };

/** The candidate is tagged, its digest has these facets, and the release wants a tag on the same digest. */
function planWith(facets: Partial<Facets>, at: SourceOptions): readonly (readonly string[])[] {
  const whole = { missing: [], missingEvidence: [], divergedEvidence: [], fault: undefined };
  const there = target(OSLO, {
    tags: { "v1.0.0-rc.1": "v1.0.0-rc.1" },
    facets: new Map([[CANDIDATE.digest, { ...whole, ...facets }]]),
  });
  const plan = planOf(
    DESIRED,
    actualState(DESIRED, { targets: [there], sources: [source(SOURCE, at)] }),
  );
  return [actionRows(plan), blockedRows(plan)];
}

describe("a new tag on a digest that is there", () => {
  const tag = "tag v1.0.0 prod/oslo v1.0.0";

  it("is planned where the digest is whole, or made whole first", () => {
    expect(planWith({}, HAS)).toEqual([[tag], []]);
    expect(planWith({ missing: [PART] }, HAS)).toEqual([["copy v1.0.0-rc.1 prod/oslo", tag], []]);
  });

  it("promise 4: is not planned where parts are missing and nobody has them", () => {
    expect(planWith({ missing: [PART] }, GONE)).toEqual([
      [],
      ["source-missing v1.0.0-rc.1 prod/oslo"],
    ]);
  });

  it("promise 3: is not planned where it is not known whether the digest is whole", () => {
    expect(planWith({ fault: fault() }, HAS)).toEqual([
      [],
      ["target-unknown v1.0.0 prod/oslo", "target-unknown v1.0.0-rc.1 prod/oslo"],
    ]);
  });
});
