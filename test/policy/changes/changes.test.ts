import { describe, expect, it } from "vitest";
import type { Change, DesiredArtifact } from "#model";
import { changesBetween, decide, enteringVersions } from "#policy";
import { channel, desiredArtifact, desiredState, line, pin } from "../../support/state.ts";

const CHANNELS = [
  channel("staging"),
  channel("prod", { moving: new Map([["stable", "newest-stable"]]) }),
];
const NOW = new Date("2026-11-20T12:00:00Z");

type Options = Parameters<typeof desiredArtifact>[1];

function stateOf(...artifacts: readonly DesiredArtifact[]): ReturnType<typeof desiredState> {
  return desiredState(CHANNELS, [...artifacts]);
}

function said(artifact: Options | undefined): Parameters<typeof changesBetween>[0]["now"] {
  const desired =
    artifact === undefined ? stateOf() : stateOf(desiredArtifact("payments/api", artifact));
  return { desired, decisions: decide({ desired, now: NOW }) };
}

function changes(before: Options | undefined, now: Options | undefined): readonly Change[] {
  return changesBetween({
    before: said(before),
    now: said(now),
    artifacts: new Set(["payments/api"]),
  });
}

function row(change: Change): string {
  switch (change.kind) {
    case "enters":
    case "leaves":
      return `${change.kind} ${change.version} ${change.channel}/${change.site}`;
    case "moves":
      return `moves ${change.tag} ${change.before ?? "-"} ${change.version}`;
    case "registers":
    case "deprecates":
    case "retires":
    case "pins":
    case "lifts":
    case "forgets":
    case "edits":
      return [change.kind, change.version, change.detail]
        .filter((part) => part !== undefined)
        .join(" ");
  }
}

const OLD = line("v1.0.0", { in: ["staging", "prod"] });
const NEXT = line("v1.1.0", { in: ["staging"] });
const PROMOTED = line("v1.1.0", { in: ["staging", "prod"] });
const PINNED = new Map([["prod", new Map([["stable", pin("v1.0.0")]])]]);

describe("what a pull request asks for", () => {
  it.for<readonly [string, Options | undefined, Options | undefined, readonly string[]]>([
    ["nothing, where nothing differs", { lines: [OLD] }, { lines: [OLD] }, []],
    [
      "a version that is registered",
      { lines: [OLD] },
      { lines: [OLD, line("v2.0.0", { in: [] })] },
      ["registers v2.0.0"],
    ],
    [
      "a version that is promoted, and the tag that follows it",
      { lines: [NEXT, OLD] },
      { lines: [PROMOTED, OLD] },
      ["enters v1.1.0 prod/oslo", "moves stable v1.0.0 v1.1.0"],
    ],
    [
      "a first version",
      undefined,
      { lines: [NEXT] },
      ["registers v1.1.0", "enters v1.1.0 staging/oslo"],
    ],
    [
      "a version that is retired",
      { lines: [NEXT] },
      { lines: [line("v1.1.0", { state: "retired", reason: "old" })] },
      ["retires v1.1.0 old", "leaves v1.1.0 staging/oslo"],
    ],
    [
      "a version that is deprecated",
      { lines: [NEXT] },
      { lines: [line("v1.1.0", { in: ["staging"], state: "deprecated", reason: "old" })] },
      ["deprecates v1.1.0 old"],
    ],
    [
      "a pin",
      { lines: [PROMOTED, OLD] },
      { lines: [PROMOTED, OLD], pins: PINNED },
      ["pins v1.0.0 stable in prod", "moves stable v1.1.0 v1.0.0"],
    ],
    [
      "a pin that is lifted",
      { lines: [PROMOTED, OLD], pins: PINNED },
      { lines: [PROMOTED, OLD] },
      ["lifts v1.0.0 stable in prod", "moves stable v1.0.0 v1.1.0"],
    ],
    [
      "a line that is gone",
      { lines: [NEXT, line("v0.1.0", { state: "retired" })] },
      { lines: [NEXT] },
      ["forgets v0.1.0"],
    ],
  ])("%s", ([, before, now, rows]) => {
    expect(changes(before, now).map(row)).toEqual(rows);
  });
});

describe("a version that enters", () => {
  it("is compared with the newest that the channel has, site by site", () => {
    const [before, now] = [said({ lines: [NEXT, OLD] }), said({ lines: [PROMOTED, OLD] })];
    const asked = changesBetween({ before, now, artifacts: new Set(["payments/api"]) });
    expect(
      enteringVersions({ before: before.desired, now: now.desired, changes: asked }),
    ).toMatchObject([
      {
        artifact: "payments/api",
        channel: "prod",
        from: ["staging"],
        against: { version: "v1.0.0" },
        places: [{ site: "oslo", before: "v1.0.0", after: "v1.1.0" }],
      },
    ]);
  });

  it("has nothing before it in a channel that is empty", () => {
    const [before, now] = [said(undefined), said({ lines: [NEXT] })];
    const asked = changesBetween({ before, now, artifacts: new Set(["payments/api"]) });
    const [entering] = enteringVersions({
      before: before.desired,
      now: now.desired,
      changes: asked,
    });
    expect(entering).toMatchObject({
      from: [],
      against: undefined,
      places: [{ before: undefined, after: "v1.1.0" }],
    });
  });
});
