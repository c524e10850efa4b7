import { describe, expect, it } from "vitest";
import type { Channel, Plan, VersionLine } from "#model";
import { actionRows, blockedRows, planOf } from "../support/plans.ts";
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
  type TargetOptions,
} from "../support/state.ts";

const OSLO = repo("registry.oslo.example.com/prod/payments/api");
const V1 = line("v1.0.0");

interface Case {
  readonly lines?: readonly VersionLine[];
  readonly prod?: Partial<Channel>;
  readonly there?: TargetOptions;
  readonly source?: SourceOptions;
  readonly revisions?: Readonly<Record<string, string>>;
}

function plan({ lines = [V1], prod = {}, there = {}, source: at, revisions }: Case): Plan {
  const desired = desiredState(
    [channel("prod", prod)],
    [desiredArtifact("payments/api", { lines })],
  );
  const actual = actualState(desired, {
    targets: [target(OSLO, there)],
    sources: at === undefined ? [] : [source(SOURCE, at)],
    revisions: revisions ?? {},
  });
  return planOf(desired, actual);
}

const RETAG = [
  line("v1.4.2", { digest: "x", from: "v1.4.2-rc.3" }),
  line("v1.4.2-rc.3", { digest: "x" }),
];
const TWO_TAGS = { immutable: ["{version}", "{version}-{shortRevision}"] };

describe("what should be at a place", () => {
  it.for<readonly [string, Case, readonly string[], readonly string[], number]>([
    [
      "nothing there: a copy and a tag",
      {},
      ["copy v1.0.0 prod/oslo", "tag v1.0.0 prod/oslo v1.0.0"],
      [],
      0,
    ],
    [
      "003-20 the tag at the digest: in place",
      { there: { tags: { "v1.0.0": "v1.0.0" } } },
      [],
      [],
      1,
    ],
    [
      "the digest without its tag: the tag only",
      { there: { digests: ["v1.0.0"] } },
      ["tag v1.0.0 prod/oslo v1.0.0"],
      [],
      0,
    ],
    [
      "the digest under another name: the tag only",
      { lines: RETAG, there: { tags: { "v1.4.2-rc.3": "x" } } },
      ["tag v1.4.2 prod/oslo v1.4.2"],
      [],
      1,
    ],
    [
      "several versions on one digest: one copy, of the first in file order",
      { lines: RETAG },
      [
        "copy v1.4.2 prod/oslo",
        "tag v1.4.2 prod/oslo v1.4.2",
        "tag v1.4.2-rc.3 prod/oslo v1.4.2-rc.3",
      ],
      [],
      0,
    ],
    [
      "the same in the other order",
      { lines: RETAG.toReversed() },
      [
        "copy v1.4.2-rc.3 prod/oslo",
        "tag v1.4.2 prod/oslo v1.4.2",
        "tag v1.4.2-rc.3 prod/oslo v1.4.2-rc.3",
      ],
      [],
      0,
    ],
    [
      "versions of one digest that claim one tag: one tag",
      { lines: RETAG, prod: { immutable: ["one"] } },
      ["copy v1.4.2 prod/oslo", "tag v1.4.2 prod/oslo one"],
      [],
      0,
    ],
    [
      "versions of two digests that claim one tag: the first has it",
      { lines: [V1, line("v2.0.0")], prod: { immutable: ["one"] } },
      ["copy v1.0.0 prod/oslo", "copy v2.0.0 prod/oslo", "tag v1.0.0 prod/oslo one"],
      ["foreign-move v2.0.0 prod/oslo"],
      0,
    ],
    [
      "an immutable tag on another digest: blocked, and nothing copied for it",
      { there: { tags: { "v1.0.0": "strange" } } },
      [],
      ["foreign-move v1.0.0 prod/oslo"],
      0,
    ],
    [
      "one of two tags is foreign: the other goes on",
      {
        prod: TWO_TAGS,
        revisions: { "v1.0.0": "0123456789abcdef" },
        there: { tags: { "v1.0.0": "strange" } },
      },
      ["copy v1.0.0 prod/oslo", "tag v1.0.0 prod/oslo v1.0.0-0123456"],
      ["foreign-move v1.0.0 prod/oslo"],
      0,
    ],
    [
      "002-12 a tag with the image's own revision, and a moving latest",
      {
        prod: { ...TWO_TAGS, moving: new Map([["latest", "newest-stable"]]) },
        revisions: { "v1.0.0": "0123456789abcdef" },
      },
      [
        "copy v1.0.0 prod/oslo",
        "tag v1.0.0 prod/oslo latest",
        "tag v1.0.0 prod/oslo v1.0.0",
        "tag v1.0.0 prod/oslo v1.0.0-0123456",
      ],
      [],
      0,
    ],
    [
      "a tag whose revision nobody knows is blocked, the rest is not",
      { prod: TWO_TAGS },
      ["copy v1.0.0 prod/oslo", "tag v1.0.0 prod/oslo v1.0.0"],
      ["revision-missing v1.0.0 prod/oslo"],
      0,
    ],
    [
      "the only tag needs a revision that nobody knows: nothing is copied for it",
      { prod: { immutable: ["{revision}"] } },
      [],
      ["revision-missing v1.0.0 prod/oslo"],
      0,
    ],
    [
      "the tag could not be read: blocked, other versions are not",
      { lines: [V1, line("v2.0.0")], there: { faults: { "v1.0.0": fault() } } },
      ["copy v2.0.0 prod/oslo", "tag v2.0.0 prod/oslo v2.0.0"],
      ["target-unknown v1.0.0 prod/oslo"],
      0,
    ],
    [
      "the digest could not be read: no copy on a guess",
      { there: { faults: { [digestOf("v1.0.0")]: fault() } } },
      [],
      ["target-unknown v1.0.0 prod/oslo"],
      0,
    ],
    [
      "the whole target could not be read: blocked once",
      { lines: [V1, line("v2.0.0")], there: { fault: fault() } },
      [],
      ["target-unknown - prod/oslo"],
      0,
    ],
    [
      "needed and absent at the source: that version is blocked, the other is not",
      {
        lines: [V1, line("v2.0.0")],
        source: { absent: ["v1.0.0"], has: ["v2.0.0"] },
      },
      ["copy v2.0.0 prod/oslo", "tag v2.0.0 prod/oslo v2.0.0"],
      ["source-missing v1.0.0 prod/oslo"],
      0,
    ],
    [
      "absent at the source and in place: nothing is asked",
      { source: { absent: ["v1.0.0"] }, there: { tags: { "v1.0.0": "v1.0.0" } } },
      [],
      [],
      1,
    ],
    [
      "the source could not be read",
      { source: { fault: fault() } },
      [],
      ["source-unknown v1.0.0 prod/oslo"],
      0,
    ],
    [
      "one digest at the source could not be read",
      { source: { faults: { "v1.0.0": fault() } } },
      [],
      ["source-unknown v1.0.0 prod/oslo"],
      0,
    ],
    [
      "003-20 a version that lists no channel goes nowhere",
      { lines: [line("v1.0.0", { in: [] })] },
      [],
      [],
      0,
    ],
  ])("%s", ([, given, actions, blocked, unchanged]) => {
    const made = plan(given);
    expect(actionRows(made).toSorted()).toEqual(actions.toSorted());
    expect(blockedRows(made)).toEqual(blocked);
    expect(made.unchanged).toBe(unchanged);
  });

  it("gives an action everything that apply and a reader need", () => {
    const [copy, tag] = plan({
      source: { artifacts: [sourceArtifact(V1.digest, { bytes: 42 })] },
    }).actions;
    expect(copy).toMatchObject({
      op: "copy",
      artifact: "payments/api",
      version: "v1.0.0",
      digest: V1.digest,
      channel: "prod",
      site: "oslo",
      from: SOURCE,
      to: OSLO,
      tag: null,
      expect: null,
      bytes: 42,
      kind: "container-image",
      destructive: false,
      repair: false,
      bestEffort: false,
      gate: undefined,
      notBefore: undefined,
    });
    expect(tag).toMatchObject({ op: "tag", tag: "v1.0.0", expect: null, digest: V1.digest });
    expect(copy?.reason).toBe("not there yet");
  });

  it("shows both digests of a foreign move, and the key of the tag that it is not", () => {
    const [blocked] = plan({ there: { tags: { "v1.0.0": "strange" } } }).blocked;
    expect(blocked?.reason).toContain(digestOf("strange"));
    expect(blocked?.reason).toContain(V1.digest);
    expect(blocked?.key).toEqual({
      op: "tag",
      artifact: "payments/api",
      version: "v1.0.0",
      digest: V1.digest,
      channel: "prod",
      site: "oslo",
      to: OSLO,
      tag: "v1.0.0",
      expect: digestOf("strange"),
    });
  });

  it("tells the store's own words and hint where something is not known", () => {
    const trouble = fault({ message: "registry.oslo.example.com said 401.", hint: "log in" });
    const [blocked] = plan({ there: { fault: trouble } }).blocked;
    expect(blocked?.reason).toContain("registry.oslo.example.com said 401.");
    expect(blocked?.hint).toBe("log in");
    const without = plan({ there: { fault: { ...trouble, hint: undefined, retryable: false } } });
    expect(without.blocked[0]?.hint).toContain("put right");
  });

  it("what nobody looked at is unknown, never absent", () => {
    const desired = desiredState(
      [channel("prod")],
      [desiredArtifact("payments/api", { lines: [V1] })],
    );
    const nothing = { depth: "tags", targets: new Map(), sources: new Map(), revisions: new Map() };
    const made = planOf(desired, { ...nothing, depth: "tags" });
    expect(blockedRows(made)).toEqual(["target-unknown - prod/oslo"]);
    const seen = new Map([[OSLO, target(OSLO)]]);
    expect(blockedRows(planOf(desired, { ...nothing, depth: "tags", targets: seen }))).toEqual([
      "source-unknown v1.0.0 prod/oslo",
    ]);
  });
});

describe("several places", () => {
  it("003-36 one artifact in several channels and sites has its own repository in each", () => {
    const channels = [channel("prod", { bestEffort: ["bergen"] }), channel("test")];
    const lines = [line("v1.0.0", { in: ["test", "prod"] }), line("v2.0.0", { in: ["test"] })];
    const made = planOf(desiredState(channels, [desiredArtifact("payments/api", { lines })]));
    expect(actionRows(made).toSorted()).toEqual(
      [
        "copy v1.0.0 prod/bergen",
        "tag v1.0.0 prod/bergen v1.0.0",
        "copy v1.0.0 prod/oslo",
        "tag v1.0.0 prod/oslo v1.0.0",
        "copy v1.0.0 test/oslo",
        "copy v2.0.0 test/oslo",
        "tag v1.0.0 test/oslo v1.0.0",
        "tag v2.0.0 test/oslo v2.0.0",
      ].toSorted(),
    );
    expect(made.actions.filter(({ bestEffort }) => bestEffort).map(({ site }) => site)).toEqual([
      "bergen",
      "bergen",
    ]);
  });

  it("003-39 channels are only names: a made-up one is planned like any other", () => {
    const lines = [line("v1.0.0", { in: ["blue-lagoon"] })];
    const desired = desiredState(
      [channel("blue-lagoon"), channel("prod")],
      [desiredArtifact("payments/api", { lines })],
    );
    expect(actionRows(planOf(desired))).toEqual([
      "copy v1.0.0 blue-lagoon/oslo",
      "tag v1.0.0 blue-lagoon/oslo v1.0.0",
    ]);
  });

  it("channels that share a repository share their actions; the first channel gives the key", () => {
    const channels = [
      channel("prod", { to: "{project}/{name}" }),
      channel("canary", { to: "{project}/{name}", require: [], bestEffort: ["oslo"] }),
    ];
    const lines = [line("v1.0.0", { in: ["prod", "canary"] })];
    const made = planOf(desiredState(channels, [desiredArtifact("payments/api", { lines })]));
    expect(actionRows(made)).toEqual(["copy v1.0.0 canary/oslo", "tag v1.0.0 canary/oslo v1.0.0"]);
    expect(made.actions.map(({ bestEffort }) => bestEffort)).toEqual([false, false]);
  });

  it("a source that lacks a digest is one obstacle a version and channel, not one a site", () => {
    const channels = [channel("prod", { require: ["oslo", "bergen", "narvik"] }), channel("test")];
    const lines = [line("v1.0.0", { in: ["prod", "test"] })];
    const desired = desiredState(channels, [desiredArtifact("payments/api", { lines })]);
    const sources = [source(SOURCE, { absent: ["v1.0.0"] })];
    const { blocked } = planOf(desired, actualState(desired, { sources }));
    expect(blockedRows({ blocked })).toEqual([
      "source-missing v1.0.0 prod/-",
      "source-missing v1.0.0 test/oslo",
    ]);
    expect(blocked[0]?.reason).toContain("3 sites lack it: bergen, narvik, oslo");
    expect(blocked.map(({ key }) => key?.op)).toEqual([undefined, "copy"]);
  });

  it("a dead site blocks its own places and nothing else", () => {
    const channels = [channel("prod", { bestEffort: ["bergen"] })];
    const desired = desiredState(channels, [desiredArtifact("payments/api", { lines: [V1] })]);
    const bergen = repo("registry.bergen.example.com/prod/payments/api");
    const targets = [target(bergen, { fault: fault() })];
    const made = planOf(desired, actualState(desired, { targets }));
    expect(actionRows(made)).toEqual(["copy v1.0.0 prod/oslo", "tag v1.0.0 prod/oslo v1.0.0"]);
    expect(made.blocked).toMatchObject([
      { code: "target-unknown", site: "bergen", bestEffort: true },
    ]);
  });

  it.for(["s3://oslo-artifacts/prod/api", "file:./var/prod/api"])(
    "a store that cannot be used yet blocks its place once: %s",
    (place) => {
      const where = { channel: "prod", site: "oslo", required: true, repository: repo(place) };
      const wants = [V1, line("v2.0.0")].map((item) => ({ line: item, tags: [item.version] }));
      const lines = wants.map((want) => want.line);
      const artifact = desiredArtifact("a/b", { lines, places: [{ ...where, wants, leaves: [] }] });
      const idle = desiredArtifact("a/c", {
        lines,
        places: [{ ...where, wants: [], leaves: wants }],
      });
      const desired = desiredState([channel("prod")], [artifact, idle]);
      const made = planOf(desired, { ...actualState(desired), targets: new Map() });
      expect(actionRows(made)).toEqual([]);
      expect(blockedRows(made)).toEqual(["store-not-supported - prod/oslo"]);
      expect(made.blocked[0]?.reason).toContain(place);
    },
  );

  it("kpromo: one copy a digest and destination, one tag a tag and destination", () => {
    const [a, b] = [repo("a.example.com/etcd"), repo("b.example.com/nested/etcd")];
    const image = kpromoArtifact("k8s/etcd", { x: ["v1", "1"], y: [] }, [a, b]);
    const desired = desiredState([], [image]);
    const targets = [target(a, { tags: { v1: "x", "1": "x" }, digests: ["y"] })];
    const made = planOf(desired, actualState(desired, { targets }));
    expect(actionRows(made).toSorted()).toEqual(
      [
        `copy ${digestOf("y")} kpromo/b.example.com/nested/etcd`,
        "copy v1 kpromo/b.example.com/nested/etcd",
        "tag v1 kpromo/b.example.com/nested/etcd 1",
        "tag v1 kpromo/b.example.com/nested/etcd v1",
      ].toSorted(),
    );
    expect(made.unchanged).toBe(3);
  });

  it("004-09 no action ever writes to a source", () => {
    const channels = [channel("prod", { bestEffort: ["bergen"] }), channel("test")];
    const lines = [line("v1.0.0", { in: ["prod", "test"] }), line("v0.9.0", { state: "retired" })];
    const desired = desiredState(channels, [desiredArtifact("payments/api", { lines })]);
    const targets = [target(OSLO, { tags: { "v0.9.0": "v0.9.0" } })];
    const { actions } = planOf(desired, actualState(desired, { targets }));
    expect(actions.length).toBeGreaterThan(5);
    expect(actions.filter(({ to }) => to === SOURCE)).toEqual([]);
  });
});
