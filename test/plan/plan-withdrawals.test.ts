import { describe, expect, it } from "vitest";
import type { Channel, DesiredArtifact, Plan, VersionLine } from "#model";
import { actionRows, blockedRows, noteCodes, planOf } from "../support/plans.ts";
import {
  actualState,
  channel,
  desiredArtifact,
  desiredState,
  fault,
  line,
  repo,
  target,
  type TargetOptions,
} from "../support/state.ts";

const OSLO = repo("registry.oslo.example.com/prod/payments/api");
const RETIRED = line("v1.0.0", { state: "retired", reason: "out of support" });
const V2 = line("v2.0.0");

interface Case {
  readonly lines?: readonly VersionLine[];
  readonly prod?: Partial<Channel>;
  readonly there: TargetOptions;
  readonly revisions?: Readonly<Record<string, string>>;
  readonly more?: readonly DesiredArtifact[];
}

function plan({ lines = [RETIRED, V2], prod = {}, there, revisions = {}, more = [] }: Case): Plan {
  const desired = desiredState(
    [channel("prod", prod)],
    [desiredArtifact("payments/api", { lines }), ...more],
  );
  const tags = { "v2.0.0": "v2.0.0", ...there.tags };
  const targets = [target(OSLO, { ...there, tags })];
  return planOf(desired, actualState(desired, { targets, revisions }));
}

const GONE = ["delete v1.0.0 prod/oslo", "untag v1.0.0 prod/oslo v1.0.0"];
const UNTAG = ["untag v1.0.0 prod/oslo v1.0.0"];
const KEPT = ["still-needed v1.0.0 prod/oslo"];
const HERE = { "v1.0.0": "v1.0.0" };
const STABLE = { moving: new Map([["stable", "newest-stable"]] as const) };
const TWINS = [
  line("v1.0.0", { digest: "x", state: "retired", from: "v1.0.0-rc.1" }),
  line("v1.0.0-rc.1", { digest: "x" }),
  V2,
];

describe("what leaves a place", () => {
  it.for<readonly [string, Case, readonly string[], readonly string[]]>([
    ["a retired version: its tag and its digest", { there: { tags: HERE } }, GONE, []],
    [
      "a version that no longer lists the channel",
      { lines: [line("v1.0.0", { in: ["dev"] }), V2], there: { tags: HERE } },
      GONE,
      [],
    ],
    [
      "a version that no longer means the site",
      { lines: [line("v1.0.0", { in: ["prod@bergen"] }), V2], there: { tags: HERE } },
      GONE,
      [],
    ],
    ["a version that is not there: nothing", { there: {} }, [], []],
    [
      "a deprecated version stays",
      { lines: [line("v1.0.0", { state: "deprecated" }), V2], there: { tags: HERE } },
      [],
      [],
    ],
    [
      "its tag names something else: that is foreign",
      { there: { tags: { "v1.0.0": "?" } } },
      [],
      [],
    ],
    ["its digest alone proves nothing of ours", { there: { digests: ["v1.0.0"] } }, [], []],
    [
      "a channel without the version's own tag: nothing proves that it is ours",
      {
        prod: { immutable: ["build-{version}"] },
        there: { tags: { "build-v2.0.0": "v2.0.0", "build-v1.0.0": "v1.0.0" } },
      },
      [],
      [],
    ],
    [
      "every tag that only this line owns",
      {
        prod: { immutable: ["{version}", "{version}-{shortRevision}", "all"] },
        revisions: { "v1.0.0": "1111111aaa", "v2.0.0": "2222222bbb" },
        there: {
          tags: { ...HERE, "v1.0.0-1111111": "v1.0.0", "v2.0.0-2222222": "v2.0.0", all: "v2.0.0" },
        },
      },
      [...GONE, "untag v1.0.0 prod/oslo v1.0.0-1111111"],
      [],
    ],
    [
      "another version of the digest stays: the delete alone is blocked",
      { lines: TWINS, there: { tags: { "v1.0.0": "x", "v1.0.0-rc.1": "x" } } },
      UNTAG,
      KEPT,
    ],
    [
      "both versions of the digest leave: two tags, one delete",
      {
        lines: [TWINS[0] ?? V2, line("v1.0.0-rc.1", { digest: "x", state: "retired" }), V2],
        there: { tags: { "v1.0.0": "x", "v1.0.0-rc.1": "x" } },
      },
      [...GONE, "untag v1.0.0-rc.1 prod/oslo v1.0.0-rc.1"],
      [],
    ],
    [
      "another artifact has the digest in the same repository",
      {
        there: { tags: HERE },
        more: [
          desiredArtifact("other/thing", {
            lines: [line("v7", { digest: "v1.0.0" })],
            places: [
              {
                channel: "prod",
                site: "oslo",
                required: true,
                repository: OSLO,
                wants: [{ line: line("v7", { digest: "v1.0.0" }), tags: [] }],
                leaves: [],
              },
            ],
          }),
        ],
      },
      UNTAG,
      KEPT,
    ],
    [
      "another artifact has it there, by another spelling of the host",
      {
        there: { tags: HERE },
        more: [
          desiredArtifact("other/thing", {
            lines: [line("v7", { digest: "v1.0.0" })],
            places: [
              {
                channel: "prod",
                site: "oslo",
                required: true,
                repository: repo(OSLO.replace("example.com/", "example.com:443/")),
                wants: [{ line: line("v7", { digest: "v1.0.0" }), tags: [] }],
                leaves: [],
              },
            ],
          }),
        ],
      },
      ["copy v7 prod/oslo", ...UNTAG],
      KEPT,
    ],
    [
      "an index that stays lists the digest",
      { there: { tags: HERE, heldBy: { "v1.0.0": ["v2.0.0"] } } },
      UNTAG,
      KEPT,
    ],
    [
      "an index that leaves, or that is foreign, holds nothing",
      { there: { tags: HERE, heldBy: { "v1.0.0": ["strange"] } } },
      GONE,
      [],
    ],
    [
      "an immutable tag of ours names the digest",
      { there: { tags: { ...HERE, "v2.0.0": "v1.0.0" } } },
      UNTAG,
      ["still-needed v1.0.0 prod/oslo", "foreign-move v2.0.0 prod/oslo"],
    ],
    [
      "a moving tag names it and would go back: both are blocked",
      {
        lines: [line("v3.0.0", { state: "retired" }), V2],
        prod: STABLE,
        there: { tags: { "v3.0.0": "v3.0.0", stable: "v3.0.0" } },
      },
      ["untag v3.0.0 prod/oslo v3.0.0"],
      ["tag-would-go-back v2.0.0 prod/oslo", "still-needed v3.0.0 prod/oslo"],
    ],
    [
      "a moving tag names it and nothing can take its place",
      {
        lines: [RETIRED],
        prod: STABLE,
        there: { tags: { ...HERE, stable: "v1.0.0" } },
      },
      UNTAG,
      KEPT,
    ],
    [
      "a moving tag without a candidate that was listed and not read",
      { lines: [RETIRED], prod: STABLE, there: { tags: HERE, foreign: ["stable"] } },
      UNTAG,
      KEPT,
    ],
    [
      "a moving tag that could not be read: no delete",
      { prod: STABLE, there: { tags: HERE, faults: { stable: fault() } } },
      UNTAG,
      ["target-unknown v1.0.0 prod/oslo", "target-unknown v2.0.0 prod/oslo"],
    ],
    [
      "the version's tag could not be read: nothing goes",
      { there: { faults: { "v1.0.0": fault() } } },
      [],
      ["target-unknown v1.0.0 prod/oslo"],
    ],
    [
      "another tag of the line could not be read: no delete",
      {
        prod: { immutable: ["{version}", "{version}-x"] },
        there: { tags: { ...HERE, "v2.0.0-x": "v2.0.0" }, faults: { "v1.0.0-x": fault() } },
      },
      UNTAG,
      ["target-unknown v1.0.0 prod/oslo"],
    ],
    [
      "the whole target could not be read: blocked once, nothing goes",
      { lines: [RETIRED], there: { fault: fault() } },
      [],
      ["target-unknown - prod/oslo"],
    ],
  ])("%s", ([, given, actions, blocked]) => {
    const made = plan(given);
    expect(actionRows(made).toSorted()).toEqual(actions.toSorted());
    expect(blockedRows(made)).toEqual(blocked);
  });

  it("is destructive, expects what it takes away, and says why", () => {
    const [gone, untag] = plan({ there: { tags: HERE } }).actions;
    expect(gone).toMatchObject({
      op: "delete",
      destructive: true,
      tag: null,
      expect: null,
      from: undefined,
    });
    expect(untag).toMatchObject({ op: "untag", destructive: true, expect: RETIRED.digest });
    expect(gone?.reason).toBe("retired (out of support)");
    const [left] = plan({
      lines: [line("v1.0.0", { in: [] }), V2],
      there: { tags: HERE },
    }).actions;
    expect(left?.reason).toBe("no longer listed here");
  });

  it("says what still needs a digest, with the key of the delete that it is not", () => {
    const [blocked] = plan({
      lines: TWINS,
      there: { tags: { "v1.0.0": "x", "v1.0.0-rc.1": "x" } },
    }).blocked;
    expect(blocked?.reason).toContain("payments/api v1.0.0-rc.1");
    expect(blocked?.key).toMatchObject({ op: "delete", version: "v1.0.0", tag: null });
    const back = plan({
      lines: [line("v3.0.0", { state: "retired" }), V2],
      prod: STABLE,
      there: { tags: { "v3.0.0": "v3.0.0", stable: "v3.0.0" } },
    }).blocked;
    expect(
      back.map(({ hint }) => hint.includes("waybill rollback payments/api --channel prod")),
    ).toEqual([true, true]);
  });

  it("a delete comes after the moving tag that leaves the digest in the same plan", () => {
    const made = plan({ prod: STABLE, there: { tags: { ...HERE, stable: "v1.0.0" } } });
    const move = made.actions.find(({ op }) => op === "tag");
    const gone = made.actions.find(({ op }) => op === "delete");
    expect(move).toMatchObject({ tag: "stable", version: "v2.0.0" });
    expect(gone?.gate).toEqual({ require: [move?.id], atLeast: 0, anyOf: [] });
  });

  it("a version that left one of two channels with one repository stays", () => {
    const channels = [channel("prod", { to: "x" }), channel("staging", { to: "x" })];
    const lines = [line("v1.0.0", { in: ["staging"] })];
    const desired = desiredState(channels, [desiredArtifact("p/n", { lines })]);
    const shared = repo("registry.oslo.example.com/x");
    const made = planOf(
      desired,
      actualState(desired, { targets: [target(shared, { tags: HERE })] }),
    );
    expect([actionRows(made), blockedRows(made)]).toEqual([[], []]);
    expect(made.unchanged).toBe(1);
  });

  it("a scoped plan knows what artifacts outside its scope need", () => {
    const other = desiredArtifact("other/thing", { lines: [line("v7", { digest: "v1.0.0" })] });
    const channels = [channel("prod", { to: "shared" })];
    const artifact = desiredArtifact("payments/api", { lines: [RETIRED] });
    const desired = desiredState(channels, [artifact, other]);
    const shared = repo("registry.oslo.example.com/shared");
    const targets = [target(shared, { tags: HERE, foreign: ["v7", "stranger"] })];
    const scope = { kind: "since", revision: "HEAD^", artifacts: ["payments/api"] } as const;
    const made = planOf(desired, actualState(desired, { targets }), scope);
    expect(actionRows(made)).toEqual(UNTAG);
    expect(blockedRows(made)).toEqual(KEPT);
    expect(made.notes.map(({ message }) => message)).toEqual([
      expect.stringMatching(/holds 1 tag that git does not list: stranger/),
    ]);
  });

  it("an empty scope plans nothing", () => {
    const desired = desiredState(
      [channel("prod")],
      [desiredArtifact("payments/api", { lines: [RETIRED, V2] })],
    );
    const made = planOf(desired, actualState(desired), {
      kind: "since",
      revision: "HEAD^",
      artifacts: [],
    });
    expect(made).toMatchObject({ actions: [], blocked: [], notes: [], unchanged: 0 });
  });

  it("foreign content is noted once a place, with its count, and never touched", () => {
    const made = plan({ there: { tags: { "v1.0.0": "strange" }, foreign: ["b", "a"] } });
    expect(actionRows(made)).toEqual([]);
    expect(made.notes).toEqual([
      {
        code: "foreign-content",
        message: expect.stringContaining("3 tags that git does not list: a, b, v1.0.0"),
      },
    ]);
    expect(noteCodes(made)).toEqual(["foreign-content"]);
  });
});
