import { describe, expect, it } from "vitest";
import { readPolicies, readPromotions } from "#desired";
import type { Channel, VersionLine } from "#model";
import { checkSteps } from "#policy";
import { API, CHANNELS, digest, HEAD, POLICIES, versions } from "../support/promotions.ts";

const D1 = `digest: "${digest(1)}"`;
const D2 = `digest: "${digest(2)}"`;

function linesOf(...lines: readonly string[]): readonly VersionLine[] {
  const text = HEAD + versions(...lines);
  return readPromotions([{ path: API, text }]).documents.flatMap((document) => document.lines);
}

function channelsOf(text: string): ReadonlyMap<string, Channel> {
  const { policies } = readPolicies([
    ...POLICIES.slice(0, 1),
    { path: "policies/channels.yaml", text },
  ]);
  return policies.channels?.channels ?? new Map();
}

const RULES = channelsOf(CHANNELS);

/** What is refused of going from the base's lines to today's: `line:column code`. */
function step(base: readonly string[], now: readonly string[], rules = RULES): readonly string[] {
  const change = { id: "payments/api", lines: linesOf(...now), base: linesOf(...base) };
  return checkSteps([change], rules).map(({ line, column, code }) => `${line}:${column} ${code}`);
}

/** The column of the first channel of a line `version: v1.0.0, digest: …, channels: [`. */
const FIRST = 5 + "{ version: v1.0.0, ".length + D1.length + ", channels: [".length;

function v1(channels: string, more = ""): string {
  return `version: v1.0.0, ${D1}, channels: [${channels}]${more}`;
}

describe("000-05 000-10 000-14 003-24 003-25 a step between channels", () => {
  it.for([
    ["published only", [], [`version: v1.0.0, ${D1}`]],
    ["the first channel", [], [v1("dev")]],
    ["all channels that allow it at once", [], [v1("dev, test, staging")]],
    ["the next channel", [v1("dev")], [v1("dev, test")]],
    ["production after staging", [v1("staging")], [v1("staging, prod")]],
    ["production while staging is left", [v1("staging")], [v1("prod")]],
    ["either of two before", [v1("dev")], [v1("dev, staging")]],
    ["a channel that is held already", [v1("prod")], [v1("prod, dev")]],
    [
      "more sites of a channel that is held",
      [v1("{ channel: prod, environment: eu }")],
      [v1("prod")],
    ],
  ] as const)("is allowed: %s", ([, base, now]) => {
    expect(step(base, now)).toEqual([]);
  });

  it.for([
    ["from nowhere to production", [], [v1("prod")], FIRST],
    [
      "from nowhere to staging and production",
      [],
      [v1("staging, prod, dev")],
      FIRST + "staging, ".length,
    ],
    ["from publication to production", [`version: v1.0.0, ${D1}`], [v1("prod")], FIRST],
    ["from dev to production", [v1("dev")], [v1("dev, prod")], FIRST + "dev, ".length],
    ["to a channel without the one before", [], [v1("test")], FIRST],
  ] as const)("is refused at the channel item: %s", ([, base, now, column]) => {
    expect(step(base, now)).toEqual([`9:${column} step-skipped`]);
  });

  it("names the command that takes the step before", () => {
    const change = {
      id: "payments/api",
      lines: linesOf(v1("dev, prod")),
      base: linesOf(v1("dev")),
    };
    expect(checkSteps([change], RULES)[0]).toMatchObject({
      severity: "error",
      message: "payments/api@v1.0.0 would gain channel prod, and was not in staging before.",
      hint: "merge a promotion to staging first: waybill promote payments/api@v1.0.0 --to staging",
    });
  });

  it("v1.0.0 and 1.0.0 are one version", () => {
    expect(step([v1("staging")], [v1("staging, prod").replace("v1.0.0", "1.0.0")])).toEqual([]);
  });

  it("a release by retag counts as having been where its candidate was at the base", () => {
    const candidate = `version: v1.0.0-rc.1, ${D1}, channels: [dev, test, staging]`;
    const release = `version: v1.0.0, ${D1}, from: v1.0.0-rc.1, channels: [staging, prod]`;
    expect(step([candidate], [candidate, release])).toEqual([]);
    expect(step([], [candidate, release]).map((told) => told.split(" ")[1])).toEqual([
      "step-skipped",
      "step-skipped",
    ]);
  });

  it("a candidate of another digest counts for nothing", () => {
    const candidate = `version: v1.0.0-rc.1, ${D2}, channels: [staging]`;
    const release = `version: v1.0.0, ${D1}, from: v1.0.0-rc.1, channels: [prod]`;
    expect(step([candidate], [candidate, release]).map((told) => told.split(" ")[1])).toEqual([
      "step-skipped",
    ]);
  });

  it("003-39 the order is data: other channels, another order", () => {
    const rules = channelsOf(`apiVersion: waybill.dev/v1
kind: Channels
channels:
  lab: { to: "lab/{name}", sites: { require: [oslo] } }
  field: { to: "field/{name}", after: [lab], sites: { require: [oslo] } }
`);
    expect(step([v1("lab")], [v1("lab, field")], rules)).toEqual([]);
    expect(step([], [v1("lab, field")], rules)).toEqual([
      `9:${FIRST + "lab, ".length} step-skipped`,
    ]);
  });
});

describe("003-26 what is deprecated or retired", () => {
  it.for([
    ["deprecated", [v1("staging")], [v1("staging, prod", ", state: deprecated")]],
    [
      "deprecated",
      [v1("staging", ", state: deprecated")],
      [v1("staging, prod", ", state: deprecated")],
    ],
    ["deprecated", [], [v1("dev", ", state: deprecated")]],
    ["retired", [v1("staging")], [v1("staging, prod", ", state: retired")]],
    ["retired", [`version: v1.0.0, ${D1}, state: retired`], [v1("dev", ", state: retired")]],
  ] as const)("gains no channel: %s", ([state, base, now]) => {
    expect(step(base, now).map((told) => told.split(" ")[1])).toEqual([`promotes-${state}`]);
  });

  it.for([
    ["deprecated", [v1("staging, prod")], [v1("staging, prod", ", state: deprecated")]],
    ["retired", [v1("staging, prod")], [v1("staging, prod", ", state: retired")]],
    ["retired", [v1("staging, prod")], [`version: v1.0.0, ${D1}, state: retired`]],
  ] as const)("may keep what it has: %s", ([, base, now]) => {
    expect(step(base, now)).toEqual([]);
  });
});
