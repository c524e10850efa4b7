import { describe, expect, it } from "vitest";
import type { Evidence, Facets, Plan } from "#model";
import { actionRows, blockedRows, noteCodes, planOf } from "../support/plans.ts";
import {
  actualState,
  channel,
  desiredArtifact,
  desiredState,
  digestOf,
  fault,
  kpromoArtifact,
  line,
  repo,
  source,
  SOURCE,
  sourceArtifact,
  target,
  type SourceOptions,
} from "../support/state.ts";

const OSLO = repo("registry.oslo.example.com/prod/payments/api");
const V1 = line("v1.0.0");
const BLOB = { mediaType: "application/octet-stream", digest: digestOf("blob"), size: 700 };
const SIGNATURE: Evidence = {
  form: "tag",
  subject: V1.digest,
  tag: `${V1.digest.replace(":", "-")}.sig`,
  descriptor: { mediaType: "application/json", digest: digestOf("sig"), size: 30 },
};
const SBOM: Evidence = {
  form: "referrer",
  subject: V1.digest,
  descriptor: {
    mediaType: "application/json",
    digest: digestOf("sbom"),
    size: 5,
    artifactType: "application/spdx+json",
  },
};
const WHOLE: Facets = {
  missing: [],
  missingEvidence: [],
  divergedEvidence: [],
  fault: undefined,
};

function planWith(facets: Partial<Facets>, at: SourceOptions = { has: ["v1.0.0"] }): Plan {
  const desired = desiredState(
    [channel("prod")],
    [desiredArtifact("payments/api", { lines: [V1] })],
  );
  const there = target(OSLO, {
    tags: { "v1.0.0": "v1.0.0" },
    facets: new Map([[V1.digest, { ...WHOLE, ...facets }]]),
  });
  return planOf(desired, actualState(desired, { targets: [there], sources: [source(SOURCE, at)] }));
}

const REPAIR = ["copy v1.0.0 prod/oslo"];
const FULL: SourceOptions = {
  artifacts: [sourceArtifact(V1.digest, { evidence: [SBOM, SIGNATURE] })],
};

describe("each facet is reconciled on its own", () => {
  it.for<
    readonly [string, Partial<Facets>, SourceOptions, readonly string[], readonly string[], number]
  >([
    ["complete", {}, {}, [], [], 1],
    ["a blob is missing", { missing: [BLOB] }, FULL, REPAIR, [], 0],
    ["a signature is missing", { missingEvidence: [SIGNATURE] }, FULL, REPAIR, [], 0],
    [
      "a signature is missing and only that was read",
      { missingEvidence: [SIGNATURE] },
      {},
      REPAIR,
      [],
      0,
    ],
    [
      "a blob is missing and the source lacks it",
      { missing: [BLOB] },
      { absent: ["v1.0.0"] },
      [],
      ["source-missing v1.0.0 prod/oslo"],
      0,
    ],
    [
      "the closer look failed",
      { fault: fault() },
      FULL,
      [],
      ["target-unknown v1.0.0 prod/oslo"],
      0,
    ],
    [
      "part of the closer look failed: what is known is repaired",
      { missingEvidence: [SIGNATURE], fault: fault() },
      FULL,
      REPAIR,
      ["target-unknown v1.0.0 prod/oslo"],
      0,
    ],
    ["diverged evidence is a note", { divergedEvidence: ["sha256-00.sig"] }, {}, [], [], 1],
  ])("%s", ([, facets, at, actions, blocked, unchanged]) => {
    const made = planWith(facets, at);
    expect(actionRows(made)).toEqual(actions);
    expect(blockedRows(made)).toEqual(blocked);
    expect(made.unchanged).toBe(unchanged);
    expect(noteCodes(made)).toEqual(facets.divergedEvidence ? ["diverged-evidence"] : []);
  });

  it("a repair names what lacks, counts only its bytes and carries all evidence", () => {
    const [copy] = planWith({ missing: [BLOB], missingEvidence: [SIGNATURE, SBOM] }, FULL).actions;
    expect(copy).toMatchObject({
      repair: true,
      from: SOURCE,
      bytes: 735,
      evidence: [SBOM, SIGNATURE],
    });
    expect(copy?.reason).toContain(BLOB.digest);
    expect(copy?.reason).toContain("application/spdx+json");
    expect(copy?.reason).toContain(".sig");
  });

  it("evidence that has diverged at the target is never written over", () => {
    const facets = { missingEvidence: [SBOM], divergedEvidence: [SIGNATURE.tag] };
    expect(planWith(facets, FULL).actions[0]?.evidence).toEqual([SBOM]);
  });

  it("the evidence of a fresh copy travels with it", () => {
    const desired = desiredState(
      [channel("prod")],
      [desiredArtifact("payments/api", { lines: [V1] })],
    );
    const made = planOf(desired, actualState(desired, { sources: [source(SOURCE, FULL)] }));
    expect(made.actions[0]).toMatchObject({
      op: "copy",
      repair: false,
      evidence: [SBOM, SIGNATURE],
    });
  });
});

describe("what is worth knowing and changes nothing", () => {
  it("a source that lost what is in place", () => {
    const made = planWith({}, { absent: ["v1.0.0"] });
    expect([actionRows(made), blockedRows(made)]).toEqual([[], []]);
    expect(made.notes).toEqual([
      { code: "source-gone", message: expect.stringContaining(`no longer holds ${V1.digest}`) },
    ]);
  });

  it("a source that could not be listed while everything is in place", () => {
    const made = planWith({}, { fault: fault({ message: "registry.example.com is down." }) });
    expect([actionRows(made), blockedRows(made)]).toEqual([[], []]);
    expect(made.notes).toEqual([
      { code: "source-unknown", message: "registry.example.com is down." },
    ]);
  });

  it("what a thin manifest no longer lists is left behind", () => {
    const place = repo("a.example.com/etcd");
    const desired = desiredState([], [kpromoArtifact("k8s/etcd", { x: ["v1"] }, [place])]);
    const there = target(place, { tags: { v1: "x" }, foreign: ["v0"] });
    const made = planOf(desired, actualState(desired, { targets: [there] }));
    expect([actionRows(made), blockedRows(made)]).toEqual([[], []]);
    expect(made.notes).toEqual([
      { code: "left-behind", message: expect.stringContaining("1 tag that git does not list: v0") },
    ]);
  });

  it("many foreign tags are counted, and a few named", () => {
    const desired = desiredState(
      [channel("prod")],
      [desiredArtifact("payments/api", { lines: [V1] })],
    );
    const foreign = Array.from({ length: 40 }, (_, index) => `t${index + 10}`);
    const there = target(OSLO, { tags: { "v1.0.0": "v1.0.0" }, foreign });
    const [only, ...rest] = planOf(desired, actualState(desired, { targets: [there] })).notes;
    expect(rest).toEqual([]);
    expect(only?.message).toContain(
      "40 tags that git does not list: t10, t11, t12, t13, t14 and 35 more",
    );
  });
});
