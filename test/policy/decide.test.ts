import { describe, expect, it } from "vitest";
import { placeKey, type Channel, type Decisions, type Pin, type VersionLine } from "#model";
import { decide } from "#policy";
import {
  channel,
  desiredArtifact,
  desiredState,
  kpromoArtifact,
  line,
  pin,
  repo,
} from "../support/state.ts";

const NOW = new Date("2026-11-20T12:00:00Z");
const AT_OSLO = placeKey("payments/api", "prod", "oslo");

interface Case {
  readonly moving: Readonly<
    Record<string, "newest-stable" | "newest-prerelease" | "newest-in-line">
  >;
  readonly lines: readonly VersionLine[];
  readonly pins?: Readonly<Record<string, Pin>>;
  readonly sites?: Partial<Channel>;
}

function decideAll({ moving, lines, pins, sites }: Case): Decisions {
  const prod = channel("prod", { moving: new Map(Object.entries(moving)), ...sites });
  const artifact = desiredArtifact("payments/api", {
    lines,
    pins: new Map([["prod", new Map(Object.entries(pins ?? {}))]]),
  });
  return decide({ desired: desiredState([prod, channel("dev")], [artifact]), now: NOW });
}

/** Tag → version at one place, and the tags without a candidate. */
function decided(decisions: Decisions, at = AT_OSLO): Readonly<Record<string, string | undefined>> {
  const tags = [...(decisions.moving.get(at) ?? [])].map(([tag, to]) => [tag, to.line.version]);
  const none = (decisions.noCandidate.get(at) ?? []).map((tag) => [tag, undefined]);
  return Object.fromEntries([...tags, ...none]);
}

const RELEASES = [
  line("v1.5.0-rc.2"),
  line("v1.5.0-rc.10"),
  line("v1.4.2"),
  line("v1.4.10"),
  line("v1.3.9"),
  line("v2.0.0"),
];
const DEPRECATED = [line("v1.4.2"), line("v1.5.0", { state: "deprecated" })];

describe("002-36 a moving tag names the newest version that its rule asks for", () => {
  it.for<readonly [string, Case, Readonly<Record<string, string | undefined>>]>([
    [
      "002-20 latest and stable are the newest stable version, never a pre-release",
      { moving: { latest: "newest-stable", stable: "newest-stable" }, lines: RELEASES.slice(0, 5) },
      { latest: "v1.4.10", stable: "v1.4.10" },
    ],
    [
      "candidate is the newest pre-release, its numbers compared as numbers",
      { moving: { candidate: "newest-prerelease" }, lines: RELEASES },
      { candidate: "v1.5.0-rc.10" },
    ],
    [
      "major.minor is the newest patch of each line",
      { moving: { "{major}.{minor}": "newest-in-line" }, lines: RELEASES },
      { "1.4": "v1.4.10", "1.3": "v1.3.9", "2.0": "v2.0.0" },
    ],
    [
      "002-84 a major line has a tag of its own",
      { moving: { "v{major}": "newest-in-line" }, lines: RELEASES },
      { v1: "v1.4.10", v2: "v2.0.0" },
    ],
    [
      "002-84 a release branch that a literal key names",
      {
        moving: {
          "release-1.4": "newest-in-line",
          "1": "newest-in-line",
          "k8s-v1.3": "newest-in-line",
        },
        lines: RELEASES,
      },
      { "release-1.4": "v1.4.10", "1": "v1.4.10", "k8s-v1.3": "v1.3.9" },
    ],
    [
      "a literal key that names a patch",
      { moving: { "1.4.2-current": "newest-in-line" }, lines: RELEASES },
      { "1.4.2-current": "v1.4.2" },
    ],
    [
      "a literal key that names no line has no candidate",
      { moving: { k8s: "newest-in-line" }, lines: RELEASES },
      { k8s: undefined },
    ],
    [
      "templates of other rules and with whole versions",
      {
        moving: { "{major}-candidate": "newest-prerelease", "{version}-signed": "newest-stable" },
        lines: RELEASES.slice(0, 3),
      },
      { "1-candidate": "v1.5.0-rc.10", "v1.4.2-signed": "v1.4.2" },
    ],
    [
      "a placeholder that only the image can fill stays",
      { moving: { "{major}-{shortRevision}": "newest-in-line" }, lines: RELEASES.slice(2, 3) },
      { "1-{shortRevision}": "v1.4.2" },
    ],
    [
      "a version without v, and build metadata that is no tag character",
      {
        moving: {
          stable: "newest-stable",
          "{version}-x": "newest-stable",
          "{patch}": "newest-in-line",
        },
        lines: [line("1.4.1+build.7"), line("1.4.0")],
      },
      {
        stable: "1.4.1+build.7",
        "1.4.1_build.7-x": "1.4.1+build.7",
        "1.4.0-x": "1.4.0",
        "1": "1.4.1+build.7",
        "0": "1.4.0",
      },
    ],
    [
      "build metadata does not order; the text decides between equals",
      {
        moving: { stable: "newest-stable" },
        lines: [line("1.4.1+b"), line("1.4.1+c"), line("1.4.1+a")],
      },
      { stable: "1.4.1+c" },
    ],
    [
      "a line with a state is no candidate, and its tag stays",
      {
        moving: { stable: "newest-stable", "{major}.{minor}": "newest-in-line" },
        lines: DEPRECATED,
      },
      { stable: "v1.4.2", "1.4": "v1.4.2", "1.5": undefined },
    ],
    [
      "a retired line is no candidate either",
      {
        moving: { stable: "newest-stable", "v{major}": "newest-in-line" },
        lines: [line("v1.0.0", { state: "retired" })],
      },
      { stable: undefined, v1: undefined },
    ],
    [
      "003-25 a version of another channel is no candidate: published is not promoted",
      {
        moving: { stable: "newest-stable" },
        lines: [line("v1.4.2"), line("v1.9.0", { in: ["dev"] }), line("v1.8.0", { in: [] })],
      },
      { stable: "v1.4.2" },
    ],
    [
      "only pre-releases: no stable candidate, and no line tag for them",
      {
        moving: { stable: "newest-stable", "{major}.{minor}": "newest-in-line" },
        lines: RELEASES.slice(0, 2),
      },
      { stable: undefined },
    ],
    [
      "a version that is not SemVer takes no part",
      { moving: { stable: "newest-stable" }, lines: [line("nightly"), line("v1.0.0")] },
      { stable: "v1.0.0" },
    ],
    ["002-37 a channel without moving tags decides nothing", { moving: {}, lines: RELEASES }, {}],
  ])("%s", ([, given, expected]) => {
    expect(decided(decideAll(given))).toEqual(expected);
  });

  it("says why", () => {
    const { moving } = decideAll({
      moving: { latest: "newest-stable", candidate: "newest-prerelease", v1: "newest-in-line" },
      lines: RELEASES,
    });
    const why = [...(moving.get(AT_OSLO) ?? [])].map(([tag, { why }]) => [tag, why]);
    expect(Object.fromEntries(why)).toEqual({
      latest: "newest-stable",
      candidate: "newest-prerelease",
      v1: "newest-in-line",
    });
  });

  it("003-39 is computed per site, from the lines that mean that site", () => {
    const decisions = decideAll({
      moving: { stable: "newest-stable" },
      lines: [line("v1.4.2", { in: ["prod@oslo"] }), line("v1.4.1")],
      sites: { bestEffort: ["bergen"] },
    });
    expect(decided(decisions)).toEqual({ stable: "v1.4.2" });
    const atBergen = placeKey("payments/api", "prod", "bergen");
    expect(decided(decisions, atBergen)).toEqual({ stable: "v1.4.1" });
  });

  it("does not depend on the order of lines in the file", () => {
    const moving = { stable: "newest-stable", "{major}.{minor}": "newest-in-line" } as const;
    expect(decided(decideAll({ moving, lines: RELEASES.toReversed() }))).toEqual(
      decided(decideAll({ moving, lines: RELEASES })),
    );
  });

  it("kpromo's manifests have no moving tags, whatever its channel declares", () => {
    const image = kpromoArtifact("k8s/etcd", { a: ["v1.0.0"] }, [repo("a.example.com/etcd")]);
    const kpromo = channel("kpromo", {
      to: undefined,
      moving: new Map([["latest", "newest-stable"]]),
    });
    const decisions = decide({ desired: desiredState([kpromo], [image]), now: NOW });
    expect([...decisions.moving, ...decisions.noCandidate]).toEqual([]);
  });
});

describe("pins hold a moving tag at a version", () => {
  const moving = { stable: "newest-stable", "{major}.{minor}": "newest-in-line" } as const;

  it.for<
    readonly [string, Readonly<Record<string, Pin>>, Readonly<Record<string, string | undefined>>]
  >([
    ["a pin wins over the rule", { stable: pin("v1.3.9") }, { stable: "v1.3.9" }],
    ["a pin of a resolved name", { "1.4": pin("v1.4.2") }, { "1.4": "v1.4.2" }],
    ["a pin without the v that the line has", { stable: pin("1.3.9") }, { stable: "v1.3.9" }],
    [
      "a pin to a version that is not here: the tag stays",
      { stable: pin("v9.0.0") },
      { stable: undefined },
    ],
  ])("%s", ([, pins, expected]) => {
    expect(decided(decideAll({ moving, lines: RELEASES, pins }))).toMatchObject(expected);
  });

  it("a deprecated version may be pinned", () => {
    const pins = { stable: pin("v1.5.0"), "1.5": pin("v1.5.0") };
    expect(decided(decideAll({ moving, lines: DEPRECATED, pins }))).toMatchObject({
      stable: "v1.5.0",
      "1.5": "v1.5.0",
    });
  });

  it("a pin of a tag that the channel does not have makes none", () => {
    const pins = { gold: pin("v1.3.9") };
    expect(decided(decideAll({ moving, lines: RELEASES, pins }))).not.toHaveProperty("gold");
  });

  it.for<readonly [string, string | undefined, boolean]>([
    ["without an end", undefined, false],
    ["before its end", "2026-11-20T12:00:01Z", false],
    ["at its end", "2026-11-20T12:00:00Z", true],
    ["after it, in another zone", "2026-11-20T12:30:00+01:00", true],
  ])("an expired pin still pins and is flagged: %s", ([, until, expired]) => {
    const pins = { stable: pin("v1.3.9", { until }) };
    const { moving: tags } = decideAll({ moving, lines: RELEASES, pins });
    expect(tags.get(AT_OSLO)?.get("stable")).toMatchObject({
      line: { version: "v1.3.9" },
      why: "pinned",
      pin: pins.stable,
      pinExpired: expired,
    });
  });
});
