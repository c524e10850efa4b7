import { describe, expect, it } from "vitest";
import type { Action, Channel, DesiredState, Pin, Plan, VersionLine } from "#model";
import { actionRows, blockedRows, noteCodes, planOf } from "../support/plans.ts";
import {
  actualState,
  channel,
  desiredArtifact,
  desiredState,
  digestOf,
  fault,
  line,
  pin,
  repo,
  source,
  SOURCE,
  target,
  type TargetOptions,
} from "../support/state.ts";

const OSLO = repo("registry.oslo.example.com/prod/payments/api");
const BERGEN = repo("registry.bergen.example.com/prod/payments/api");
const NARVIK = repo("registry.narvik.example.com/prod/payments/api");
const V1 = line("v1.0.0");
const V2 = line("v2.0.0");

interface Case {
  readonly lines?: readonly VersionLine[];
  readonly pins?: Readonly<Record<string, Pin>>;
  readonly prod?: Partial<Channel>;
  readonly oslo?: TargetOptions;
  readonly bergen?: TargetOptions;
  readonly narvik?: TargetOptions;
  readonly absent?: readonly string[];
}

function desiredOf({ lines = [V1, V2], pins = {}, prod = {} }: Case): DesiredState {
  const moving = new Map([["stable", "newest-stable"]] as const);
  const byChannel = new Map([["prod", new Map(Object.entries(pins))]]);
  return desiredState(
    [channel("prod", { moving, ...prod })],
    [desiredArtifact("payments/api", { lines, pins: byChannel })],
  );
}

function plan(given: Case): Plan {
  const desired = desiredOf(given);
  const targets = [
    target(OSLO, given.oslo),
    target(BERGEN, given.bergen),
    target(NARVIK, given.narvik),
  ];
  const has = desired.artifacts
    .flatMap(({ lines }) => lines.map(({ version }) => version))
    .filter((version) => !given.absent?.includes(version));
  const sources = given.absent === undefined ? [] : [source(SOURCE, { absent: given.absent, has })];
  return planOf(desired, actualState(desired, { targets, sources }));
}

const BOTH = { "v1.0.0": "v1.0.0", "v2.0.0": "v2.0.0" };
const RETAG = [
  line("v1.4.2", { digest: "x", from: "v1.4.2-rc.3" }),
  line("v1.4.2-rc.3", { digest: "x" }),
  line("v1.4.2-rc.4"),
];

describe("a moving tag at one site", () => {
  it.for<readonly [string, Case, readonly string[], readonly string[]]>([
    ["is new", { oslo: { tags: BOTH } }, ["tag v2.0.0 prod/oslo stable"], []],
    ["is where it should be", { oslo: { tags: { ...BOTH, stable: "v2.0.0" } } }, [], []],
    [
      "moves forward",
      { oslo: { tags: { ...BOTH, stable: "v1.0.0" } } },
      ["tag v2.0.0 prod/oslo stable"],
      [],
    ],
    [
      "moves off something that git does not list",
      { oslo: { tags: { ...BOTH, stable: "strange" } } },
      ["tag v2.0.0 prod/oslo stable"],
      [],
    ],
    [
      "comes with the copy of its version",
      { lines: [V2] },
      ["copy v2.0.0 prod/oslo", "tag v2.0.0 prod/oslo stable", "tag v2.0.0 prod/oslo v2.0.0"],
      [],
    ],
    [
      "never goes back by itself to an older version",
      {
        lines: [V1, line("v2.0.0", { state: "deprecated" })],
        oslo: { tags: { ...BOTH, stable: "v2.0.0" } },
      },
      [],
      ["tag-would-go-back v1.0.0 prod/oslo"],
    ],
    [
      "not even from a pre-release that somebody put under it",
      {
        lines: [V1, line("v1.1.0-rc.1")],
        oslo: { tags: { "v1.0.0": "v1.0.0", "v1.1.0-rc.1": "v1.1.0-rc.1", stable: "v1.1.0-rc.1" } },
      },
      [],
      ["tag-would-go-back v1.0.0 prod/oslo"],
    ],
    [
      "goes back where a pin says so",
      { pins: { stable: pin("v1.0.0") }, oslo: { tags: { ...BOTH, stable: "v2.0.0" } } },
      ["tag v1.0.0 prod/oslo stable"],
      [],
    ],
    [
      "moves from a released candidate to the next one",
      {
        lines: RETAG,
        prod: { moving: new Map([["candidate", "newest-prerelease"]]) },
        oslo: {
          tags: { "v1.4.2": "x", "v1.4.2-rc.3": "x", "v1.4.2-rc.4": "v1.4.2-rc.4", candidate: "x" },
        },
      },
      ["tag v1.4.2-rc.4 prod/oslo candidate"],
      [],
    ],
    [
      "of unknown content stays",
      { oslo: { tags: BOTH, faults: { stable: fault() } } },
      [],
      ["target-unknown v2.0.0 prod/oslo"],
    ],
    [
      "waits for a version that the source lacks",
      { oslo: { tags: { "v1.0.0": "v1.0.0" } }, absent: ["v2.0.0"] },
      [],
      ["source-missing v2.0.0 prod/oslo", "tag-waits v2.0.0 prod/oslo"],
    ],
    [
      "waits for a version whose own tag is on something else",
      { oslo: { tags: { "v1.0.0": "v1.0.0", "v2.0.0": "strange" } } },
      [],
      ["foreign-move v2.0.0 prod/oslo", "tag-waits v2.0.0 prod/oslo"],
    ],
    [
      "needs the revision that its name asks for",
      {
        lines: [V1],
        prod: { moving: new Map([["{major}-{shortRevision}", "newest-in-line"]]) },
        oslo: { tags: { "v1.0.0": "v1.0.0" } },
      },
      [],
      ["revision-missing v1.0.0 prod/oslo"],
    ],
    [
      "at a target that could not be read is not mentioned beside it",
      { oslo: { fault: fault() } },
      [],
      ["target-unknown - prod/oslo"],
    ],
  ])("%s", ([, given, actions, blocked]) => {
    const made = plan(given);
    expect(actionRows(made)).toEqual(actions);
    expect(blockedRows(made)).toEqual(blocked);
  });

  it("carries what it names now, and says why it moves", () => {
    const [move] = plan({ oslo: { tags: { ...BOTH, stable: "v1.0.0" } } }).actions;
    expect(move).toMatchObject({ expect: digestOf("v1.0.0"), digest: digestOf("v2.0.0") });
    expect(move?.reason).toBe("v2.0.0 is the newest stable; names v1.0.0 now");
  });

  it.for<readonly [string, Case, string]>([
    [
      "newest-prerelease",
      { lines: [line("v1.0.0-rc.1")], prod: { moving: new Map([["c", "newest-prerelease"]]) } },
      "newest pre-release",
    ],
    [
      "newest-in-line",
      { lines: [V1], prod: { moving: new Map([["v1", "newest-in-line"]]) } },
      "of its line",
    ],
    ["pinned", { pins: { stable: pin("v1.0.0") } }, "pinned to v1.0.0 (INC-812)"],
    [
      "pinned without a reason",
      { pins: { stable: pin("v1.0.0", { reason: undefined }) } },
      "pinned to v1.0.0",
    ],
  ])("gives its reason: %s", ([, given, words]) => {
    const moving = plan(given).actions.find(({ tag, version }) => tag !== null && tag !== version);
    expect(moving?.reason).toContain(words);
  });

  it("tag-would-go-back names both versions and the command that says so", () => {
    const [blocked] = plan({
      lines: [V1, line("v2.0.0", { state: "deprecated" })],
      oslo: { tags: { ...BOTH, stable: "v2.0.0" } },
    }).blocked;
    expect(blocked?.reason).toMatch(/v2\.0\.0 .* newer than v1\.0\.0/);
    expect(blocked?.hint).toContain("waybill rollback payments/api --channel prod --to v1.0.0");
    expect(blocked?.key).toMatchObject({ op: "tag", tag: "stable", expect: digestOf("v2.0.0") });
  });

  it("notes an expired pin once, and what has no candidate", () => {
    const made = plan({
      lines: [V1],
      pins: { stable: pin("v1.0.0", { until: "2026-01-01T00:00:00Z" }) },
      prod: {
        require: ["oslo", "bergen"],
        moving: new Map([
          ["stable", "newest-stable"],
          ["candidate", "newest-prerelease"],
        ]),
      },
    });
    expect(noteCodes(made)).toEqual(["no-candidate", "pin-expired"]);
    expect(made.notes[0]?.message).toContain("candidate");
    expect(made.notes[1]?.message).toContain("2026-01-01T00:00:00Z");
  });

  it("does not note the missing candidate of a channel that holds nothing of the artifact", () => {
    const made = plan({ lines: [line("v1.0.0", { in: ["dev"] })] });
    expect([noteCodes(made), blockedRows(made)]).toEqual([[], []]);
    const left = plan({ lines: [line("v1.0.0", { in: [] })], oslo: { foreign: ["stable"] } });
    expect(noteCodes(left)).toEqual(["no-candidate"]);
  });

  it("a moving tag that two channels of one repository compute differently goes to the first", () => {
    const moving = new Map([["stable", "newest-stable"]] as const);
    const channels = [channel("a", { to: "x", moving }), channel("b", { to: "x", moving })];
    const lines = [line("v1.0.0", { in: ["a"] }), line("v2.0.0", { in: ["b"] })];
    const made = planOf(desiredState(channels, [desiredArtifact("p/n", { lines })]));
    expect(actionRows(made).filter((row) => row.includes("stable"))).toEqual([
      "tag v1.0.0 a/oslo stable",
    ]);
    expect(blockedRows(made)).toEqual(["foreign-move v2.0.0 b/oslo"]);
  });
});

describe("a moving tag moves only when require and quorum hold the complete artifact", () => {
  const two = { require: ["oslo", "bergen"] };
  const here = { tags: BOTH };
  const lacks = { tags: { "v1.0.0": "v1.0.0" } };
  const dead = { fault: fault() };
  const partial = {
    tags: BOTH,
    facets: new Map([
      [
        digestOf("v2.0.0"),
        {
          missing: [{ mediaType: "x", digest: digestOf("blob"), size: 1 }],
          missingEvidence: [],
          divergedEvidence: [],
          fault: undefined,
        },
      ],
    ]),
  };

  it.for<readonly [string, Case, readonly string[], readonly string[]]>([
    ["everywhere already", { prod: two, oslo: here, bergen: here }, ["bergen", "oslo"], []],
    [
      "a required site is dead: no tag moves, at none of them",
      { prod: two, oslo: here, bergen: dead },
      [],
      ["tag-waits v2.0.0 prod/oslo"],
    ],
    [
      "a required site has it under an unreadable name",
      {
        prod: two,
        oslo: here,
        bergen: { tags: { "v1.0.0": "v1.0.0" }, faults: { "v2.0.0": fault() } },
      },
      [],
      ["tag-waits v2.0.0 prod/bergen", "tag-waits v2.0.0 prod/oslo"],
    ],
    [
      "a best-effort site is dead: it blocks nobody",
      { prod: { bestEffort: ["bergen"] }, oslo: here, bergen: dead },
      ["oslo"],
      [],
    ],
    [
      "a best-effort site cannot have it: only its own tag waits",
      {
        prod: { bestEffort: ["bergen"] },
        oslo: here,
        bergen: { tags: { ...BOTH, "v2.0.0": "?" } },
      },
      ["oslo"],
      ["tag-waits v2.0.0 prod/bergen"],
    ],
    [
      "the quorum asks for a best-effort site that is dead",
      {
        prod: { bestEffort: ["bergen", "narvik"], quorum: 3 },
        oslo: here,
        bergen: here,
        narvik: dead,
      },
      [],
      ["tag-waits v2.0.0 prod/bergen", "tag-waits v2.0.0 prod/oslo"],
    ],
    [
      "the quorum is met without the dead site",
      {
        prod: { bestEffort: ["bergen", "narvik"], quorum: 2 },
        oslo: here,
        bergen: here,
        narvik: dead,
      },
      ["bergen", "oslo"],
      [],
    ],
    [
      "a line that leaves out a best-effort site does not count there",
      {
        lines: [V1, line("v2.0.0", { in: ["prod@oslo"] })],
        prod: { bestEffort: ["bergen"], quorum: 2 },
        oslo: here,
        bergen: { tags: { ...BOTH, stable: "v1.0.0" } },
      },
      [],
      ["tag-waits v2.0.0 prod/oslo"],
    ],
  ])("%s", ([, given, sites, waits]) => {
    const made = plan(given);
    expect(moves(made).map(({ site }) => site)).toEqual(sites);
    expect(moves(made).map(({ gate }) => gate)).toEqual(sites.map(() => undefined));
    expect(blockedRows(made).filter((row) => row.startsWith("tag-waits"))).toEqual(waits);
  });

  it("waits for the copies of this plan at the other required sites", () => {
    const made = plan({ prod: two, oslo: here, bergen: lacks });
    const [bergen, oslo] = moves(made);
    expect(bergen?.gate).toBeUndefined();
    expect(oslo?.gate).toEqual({ require: [copyAt(made, "bergen")], atLeast: 0, anyOf: [] });
  });

  it("waits for a repair at another required site, and for its own with the tag itself", () => {
    const made = plan({ prod: two, oslo: here, bergen: partial });
    expect(copyAt(made, "bergen")).toBeDefined();
    expect(moves(made).map(({ gate }) => gate?.require)).toEqual([
      undefined,
      [copyAt(made, "bergen")],
    ]);
  });

  it("does not take a site for complete of which a closer look failed", () => {
    const torn = { missing: [], missingEvidence: [], divergedEvidence: [], fault: fault() };
    const facets = new Map([[digestOf("v2.0.0"), torn]]);
    const made = plan({ prod: two, oslo: here, bergen: { tags: BOTH, facets } });
    expect(moves(made)).toEqual([]);
    expect(blockedRows(made)).toContain("tag-waits v2.0.0 prod/oslo");
  });

  it("waits for enough of the best-effort sites where the quorum asks for more than the required", () => {
    const made = plan({
      prod: { bestEffort: ["bergen", "narvik"], quorum: 2 },
      oslo: here,
      bergen: lacks,
      narvik: lacks,
    });
    const ids = ["bergen", "narvik"].map((site) => copyAt(made, site) ?? "none").toSorted();
    const gates = new Map(moves(made).map(({ site, gate }) => [site, gate]));
    expect(gates.get("oslo")).toEqual({ require: [], atLeast: 1, anyOf: ids });
    expect(gates.get("bergen")).toBeUndefined();
  });

  it("names the sites that it waits for, and the key that it would be", () => {
    const [first] = plan({ prod: two, oslo: here, bergen: dead }).blocked.filter(
      ({ code }) => code === "tag-waits",
    );
    expect(first?.reason).toContain("bergen");
    expect(first?.key).toMatchObject({ op: "tag", tag: "stable", expect: null, site: "oslo" });
    const [quorum] = plan({
      prod: { bestEffort: ["bergen"], quorum: 2 },
      oslo: { tags: { ...BOTH, stable: "v1.0.0" } },
      bergen: dead,
    }).blocked.filter(({ code }) => code === "tag-waits");
    expect(quorum?.reason).toMatch(/quorum of prod needs 1 more site .*bergen/);
    expect(quorum?.key?.expect).toBe(digestOf("v1.0.0"));
  });

  it("a required site that has no place for the artifact never holds it", () => {
    const desired = desiredOf({ prod: two });
    const artifacts = desired.artifacts.map((artifact) => ({
      ...artifact,
      places: artifact.places.filter(({ site }) => site === "oslo"),
    }));
    const state = { ...desired, artifacts };
    const made = planOf(state, actualState(state, { targets: [target(OSLO, here)] }));
    expect(blockedRows(made)).toEqual(["tag-waits v2.0.0 prod/oslo"]);
  });
});

function moves(made: Plan): readonly Action[] {
  return made.actions.filter(({ tag }) => tag === "stable");
}

function copyAt(made: Plan, site: string): string | undefined {
  return made.actions.find((action) => action.op === "copy" && action.site === site)?.id;
}
