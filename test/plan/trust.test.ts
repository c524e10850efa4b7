import { describe, expect, it } from "vitest";
import type { Action, Channel, Plan, VersionLine } from "#model";
import { approve, exitCode, parsePlanDocument, planDocument } from "#plan";
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
  target,
  type TargetOptions,
} from "../support/state.ts";
import {
  decision,
  EVIDENCE,
  gated,
  nameOf,
  reason,
  soaking,
  type Decide,
  type Gated,
  type SiteLift,
} from "../support/trust-plans.ts";

const OSLO = repo("registry.oslo.example.com/prod/payments/api");
const BERGEN = repo("registry.bergen.example.com/prod/payments/api");
const V1 = line("v1.0.0");
const V2 = line("v2.0.0");
const MOVING = new Map([["stable", "newest-stable"]] as const);
const LATER = "2026-11-22T00:00:00.000Z";

interface Case {
  readonly lines?: readonly VersionLine[];
  readonly channels?: readonly Channel[];
  readonly oslo?: TargetOptions;
  readonly bergen?: TargetOptions;
  readonly decide?: Decide;
  readonly lift?: SiteLift;
  readonly revoked?: Readonly<Record<string, string>>;
  readonly absent?: readonly string[];
  /** Site → environment. */
  readonly sites?: Readonly<Record<string, string>>;
}

function run({ lines = [V1], channels = [channel("prod")], sites = {}, ...given }: Case): Gated {
  const whole = desiredState(channels, [desiredArtifact("payments/api", { lines })]);
  const desired = {
    ...whole,
    sites: new Map(
      [...whole.sites].map(([name, site]) => [name, { ...site, environment: sites[name] }]),
    ),
  };
  const sources =
    given.absent === undefined ? [] : [source(SOURCE, { absent: given.absent, has: [] })];
  const targets = [target(OSLO, given.oslo), target(BERGEN, given.bergen)];
  const actual = actualState(desired, { targets, sources });
  const { decide, revoked, lift } = given;
  return gated(desired, {
    actual,
    ...(decide && { decide }),
    ...(revoked && { revoked }),
    ...(lift && { lift }),
  });
}

function always(verdict: "refuse" | "unknown" | "warn"): Decide {
  return (step) => decision(step, verdict);
}

function onlyFor(version: string, verdict: "refuse" | "unknown"): Decide {
  return (step) => (step.line.version === version ? decision(step, verdict) : undefined);
}

function steps({ steps: found }: Gated): readonly string[] {
  return found.map((step) => {
    const { version, channel: name, environment } = nameOf(step);
    return [version, name, environment ?? "-"].join(" ");
  });
}

function waiting(plan: Plan): readonly string[] {
  return plan.actions.map(({ op, site, tag, notBefore }) =>
    [op, site, tag, notBefore ?? "now"].filter((part) => part !== null).join(" "),
  );
}

const two = [channel("prod", { require: ["oslo", "bergen"], moving: MOVING })];

describe("the steps of a plan", () => {
  it.for<readonly [string, Case, readonly string[]]>([
    ["a copy with its tag is one", {}, ["v1.0.0 prod -"]],
    ["a tag alone", { oslo: { digests: ["v1.0.0"] } }, ["v1.0.0 prod -"]],
    ["what is completely placed is none", { oslo: { tags: { "v1.0.0": "v1.0.0" } } }, []],
    [
      "a moving tag alone",
      { channels: [channel("prod", { moving: MOVING })], oslo: { tags: { "v1.0.0": "v1.0.0" } } },
      ["v1.0.0 prod -"],
    ],
    ["sites of one environment share one", { channels: two }, ["v1.0.0 prod -"]],
    [
      "environments do not",
      { channels: two, sites: { oslo: "eu", bergen: "us" } },
      ["v1.0.0 prod us", "v1.0.0 prod eu"],
    ],
    ["what the source lacks is none", { absent: ["v1.0.0"] }, []],
    ["what cannot be looked at is none", { oslo: { fault: fault() } }, []],
    ["a foreign tag is none", { oslo: { tags: { "v1.0.0": "other" } } }, []],
    [
      "each version of one digest is one",
      { lines: [V1, line("v1.0.0-rc.1", { digest: "v1.0.0" })] },
      ["v1.0.0 prod -", "v1.0.0-rc.1 prod -"],
    ],
    [
      "what leaves is none",
      { lines: [line("v1.0.0", { in: [] })], oslo: { tags: { "v1.0.0": "v1.0.0" } } },
      [],
    ],
  ])("%s", ([, given, expected]) => {
    expect(steps(run(given)).toSorted()).toEqual(expected.toSorted());
  });

  it("know where each version would be written", () => {
    const [step] = run({ channels: two }).steps;
    expect([...(step?.repositories ?? [])].toSorted()).toEqual([BERGEN, OSLO]);
  });

  it("of kpromo's manifests are asked about too", () => {
    const desired = desiredState(
      [],
      [kpromoArtifact("k8s/etcd", { a: ["v3"], b: ["v4"] }, [OSLO, BERGEN])],
    );
    const { plan } = gated(desired, { decide: onlyFor("v3", "refuse") });
    expect(plan.actions.map(({ op, version }) => `${op} ${version}`)).toEqual([
      "copy v4",
      "tag v4",
      "copy v4",
      "tag v4",
    ]);
    expect(plan.blocked.map(({ code, version }) => `${code} ${version ?? ""}`)).toEqual([
      "trust.signature v3",
      "trust.signature v3",
    ]);
  });
});

describe("003-19 a step that policy lets through", () => {
  it("is planned as without trust, with its decision, and the evidence that lets it in", () => {
    const { plan } = run({ lines: [V1, V2], channels: two });
    const plain = planOf(desiredState(two, [desiredArtifact("payments/api", { lines: [V1, V2] })]));
    expect(plan.digest).toBe(plain.digest);
    expect(plan.actions.map(({ id }) => id)).toEqual(plain.actions.map(({ id }) => id));
    const copy = plan.actions.find(({ op }) => op === "copy");
    expect(copy).toMatchObject({
      decision: { trust: "verified", verdict: "allow", warnings: [] },
      admittedBy: [EVIDENCE],
    });
    expect(copy?.decision?.explanation).toMatch(/payments\/api@v/);
    expect(plan.actions.every((action) => action.decision !== undefined)).toBe(true);
  });

  it("with a warning is planned, and says what is warned of", () => {
    const { plan } = run({ decide: always("warn") });
    expect(actionRows(plan)).toEqual(["copy v1.0.0 prod/oslo", "tag v1.0.0 prod/oslo v1.0.0"]);
    expect(plan.actions[0]?.decision).toMatchObject({
      verdict: "warn",
      warnings: [{ code: "trust.signature", verdict: "warn" }],
    });
    expect(exitCode({ plan })).toBe(0);
  });

  it("stands in the document: decisions on actions, admittedBy on copies alone", () => {
    const { plan } = run({});
    const { actions } = planDocument(plan);
    expect(actions).toMatchObject([
      { op: "copy", decision: { trust: "verified", verdict: "allow" }, admittedBy: [EVIDENCE] },
      { op: "tag", decision: { trust: "verified", verdict: "allow" } },
    ]);
    expect(Array.isArray(actions) && actions[1]).not.toHaveProperty("admittedBy");
    const parsed = parsePlanDocument(JSON.stringify(planDocument(plan)), "plan.json");
    expect(parsed).toEqual({ kind: "plan", ids: new Set(plan.actions.map(({ id }) => id)) });
  });

  it("counts among what is warned of", () => {
    expect(planDocument(run({ decide: always("warn") }).plan)).toMatchObject({
      summary: { warned: 2, blocked: 0 },
    });
  });
});

describe("003-32 a step that policy refuses", () => {
  it.for<readonly [string, Case, readonly string[], readonly string[], number]>([
    [
      "is blocked, and copied nowhere",
      { decide: always("refuse") },
      [],
      ["trust.signature v1.0.0 prod/oslo"],
      4,
    ],
    [
      "that is not known is exit 1",
      { decide: always("unknown") },
      [],
      ["trust.signature v1.0.0 prod/oslo"],
      1,
    ],
    [
      "at a best-effort site not known is exit 3",
      {
        channels: [channel("prod", { require: ["oslo"], bestEffort: ["bergen"] })],
        sites: { bergen: "us" },
        decide: (step) => (step.environment === "us" ? decision(step, "unknown") : undefined),
      },
      ["copy v1.0.0 prod/oslo", "tag v1.0.0 prod/oslo v1.0.0"],
      ["trust.signature v1.0.0 prod/bergen"],
      3,
    ],
    [
      "blocks itself alone (promise 7)",
      { lines: [V1, V2], decide: onlyFor("v2.0.0", "refuse") },
      ["copy v1.0.0 prod/oslo", "tag v1.0.0 prod/oslo v1.0.0"],
      ["trust.signature v2.0.0 prod/oslo"],
      4,
    ],
    [
      "in one channel goes to another that allows it",
      {
        lines: [line("v1.0.0", { in: ["dev", "prod"] })],
        channels: [channel("dev"), channel("prod")],
        decide: (step) => (step.channel === "prod" ? decision(step, "refuse") : undefined),
      },
      ["copy v1.0.0 dev/oslo", "tag v1.0.0 dev/oslo v1.0.0"],
      ["trust.signature v1.0.0 prod/oslo"],
      4,
    ],
    [
      "gets no tag where its digest is",
      { oslo: { digests: ["v1.0.0"] }, decide: always("refuse") },
      [],
      ["trust.signature v1.0.0 prod/oslo"],
      4,
    ],
    [
      "is not repaired",
      {
        oslo: {
          tags: { "v1.0.0": "v1.0.0" },
          facets: new Map([
            [
              digestOf("v1.0.0"),
              {
                missing: [{ mediaType: "x", digest: digestOf("blob"), size: 1 }],
                missingEvidence: [],
                divergedEvidence: [],
                fault: undefined,
              },
            ],
          ]),
        },
        decide: always("refuse"),
      },
      [],
      ["trust.signature v1.0.0 prod/oslo"],
      4,
    ],
    [
      "under one name goes under another of the same digest, which its copy then carries",
      {
        lines: [line("v1.0.0-rc.1", { digest: "v1.0.0" }), V1],
        decide: onlyFor("v1.0.0-rc.1", "refuse"),
      },
      ["copy v1.0.0 prod/oslo", "tag v1.0.0 prod/oslo v1.0.0"],
      ["trust.signature v1.0.0-rc.1 prod/oslo"],
      4,
    ],
    [
      "is not held against what is in place",
      { oslo: { tags: { "v1.0.0": "v1.0.0" } }, decide: always("refuse") },
      [],
      [],
      0,
    ],
  ])("%s", ([, given, actions, blocked, code]) => {
    const { plan } = run(given);
    expect(actionRows(plan)).toEqual(actions);
    expect(blockedRows(plan)).toEqual(blocked);
    expect(exitCode({ plan })).toBe(code);
  });

  it("says each reason that stops it, with its fix, and the key that it would be", () => {
    const reasons = [
      reason({ code: "trust.sbom", message: "No SBOM.", fix: "attach one" }),
      reason({ code: "revoked", message: "It is revoked.", fix: "promote another" }),
      reason({ code: "trust.provenance", verdict: "warn" }),
    ];
    const { plan } = run({ decide: (step) => decision(step, "refuse", { reasons }) });
    expect(plan.blocked).toMatchObject([
      { code: "revoked", reason: "It is revoked.", hint: "promote another", verdict: "refuse" },
      { code: "trust.sbom", reason: "No SBOM.", hint: "attach one", verdict: "refuse" },
    ]);
    expect(plan.blocked[0]?.key).toMatchObject({ op: "copy", version: "v1.0.0", to: OSLO });
    expect(planDocument(plan)).toMatchObject({
      blocked: [{ code: "revoked", verdict: "refuse" }, { code: "trust.sbom" }],
    });
  });

  it("promise 3: a step that nobody decided about is not known, and not taken", () => {
    const { plan } = run({ decide: (step) => decision(step, "refuse", { reasons: [] }) });
    expect(plan.actions).toEqual([]);
    expect(plan.blocked).toMatchObject([{ code: "trust.undecided", verdict: "unknown" }]);
    expect(exitCode({ plan })).toBe(1);
  });

  it("where channels share a repository, is refused to all of them", () => {
    const channels = [channel("dev", { to: "shared" }), channel("prod", { to: "shared" })];
    const lines = [line("v1.0.0", { in: ["dev", "prod"] })];
    for (const refusing of ["dev", "prod"]) {
      const { plan } = run({
        channels,
        lines,
        decide: (step) => (step.channel === refusing ? decision(step, "refuse") : undefined),
      });
      expect(actionRows(plan), refusing).toEqual([]);
      expect(blockedRows(plan)).toEqual([
        "trust.signature v1.0.0 dev/oslo",
        "trust.signature v1.0.0 prod/oslo",
      ]);
      const other = plan.blocked.find((item) => item.channel !== refusing);
      expect(other?.reason).toContain(`The repository is also that of ${refusing}`);
    }
  });

  it("gives its tag to nobody else", () => {
    const channels = [
      channel("dev", { to: "shared", immutable: ["x"] }),
      channel("prod", { to: "shared", immutable: ["x"] }),
    ];
    const lines = [line("v1.0.0", { in: ["dev"] }), line("v2.0.0", { in: ["prod"] })];
    const { plan } = run({
      channels,
      lines,
      decide: (step) => (step.channel === "dev" ? decision(step, "refuse") : undefined),
    });
    expect(actionRows(plan)).toEqual(["copy v2.0.0 prod/oslo"]);
    expect(blockedRows(plan)).toEqual([
      "trust.signature v1.0.0 dev/oslo",
      "foreign-move v2.0.0 prod/oslo",
    ]);
  });
});

describe("a moving tag", () => {
  const prod = [channel("prod", { moving: MOVING })];

  it.for<readonly [string, Case, readonly string[], readonly string[], number]>([
    [
      "stays where its version is refused, and is not moved to an older one",
      { lines: [V1, V2], channels: prod, decide: onlyFor("v2.0.0", "refuse") },
      ["copy v1.0.0 prod/oslo", "tag v1.0.0 prod/oslo v1.0.0"],
      ["trust.signature v2.0.0 prod/oslo", "trust.signature v2.0.0 prod/oslo stable"],
      4,
    ],
    [
      "stays on a digest that is there, where the step is refused",
      {
        lines: [V1, V2],
        channels: prod,
        oslo: { tags: { "v1.0.0": "v1.0.0", "v2.0.0": "v2.0.0", stable: "v1.0.0" } },
        decide: always("refuse"),
      },
      [],
      ["trust.signature v2.0.0 prod/oslo stable"],
      4,
    ],
    [
      "that is not known is exit 1",
      {
        channels: prod,
        oslo: { tags: { "v1.0.0": "v1.0.0" } },
        decide: always("unknown"),
      },
      [],
      ["trust.signature v1.0.0 prod/oslo stable"],
      1,
    ],
    [
      "waits for a required site that refuses the version, and is refused with it",
      {
        channels: two,
        sites: { oslo: "eu", bergen: "us" },
        decide: (step) => (step.environment === "us" ? decision(step, "refuse") : undefined),
      },
      ["copy v1.0.0 prod/oslo", "tag v1.0.0 prod/oslo v1.0.0"],
      [
        "trust.signature v1.0.0 prod/bergen",
        "trust.signature v1.0.0 prod/bergen stable",
        "trust.signature v1.0.0 prod/oslo stable",
      ],
      4,
    ],
    [
      "waits for a required site where it is not known, and is not known either",
      {
        channels: two,
        sites: { oslo: "eu", bergen: "us" },
        decide: (step) => (step.environment === "us" ? decision(step, "unknown") : undefined),
      },
      ["copy v1.0.0 prod/oslo", "tag v1.0.0 prod/oslo v1.0.0"],
      [
        "trust.signature v1.0.0 prod/bergen",
        "trust.signature v1.0.0 prod/bergen stable",
        "trust.signature v1.0.0 prod/oslo stable",
      ],
      1,
    ],
    [
      "does not count a refused best-effort site for its quorum",
      {
        channels: [channel("prod", { bestEffort: ["bergen"], quorum: 2, moving: MOVING })],
        sites: { oslo: "eu", bergen: "us" },
        decide: (step) => (step.environment === "us" ? decision(step, "refuse") : undefined),
      },
      ["copy v1.0.0 prod/oslo", "tag v1.0.0 prod/oslo v1.0.0"],
      [
        "trust.signature v1.0.0 prod/bergen",
        "trust.signature v1.0.0 prod/bergen stable",
        "trust.signature v1.0.0 prod/oslo stable",
      ],
      4,
    ],
    [
      "moves where the refusing site is not needed",
      {
        channels: [channel("prod", { bestEffort: ["bergen"], moving: MOVING })],
        sites: { oslo: "eu", bergen: "us" },
        decide: (step) => (step.environment === "us" ? decision(step, "refuse") : undefined),
      },
      ["copy v1.0.0 prod/oslo", "tag v1.0.0 prod/oslo stable", "tag v1.0.0 prod/oslo v1.0.0"],
      ["trust.signature v1.0.0 prod/bergen", "trust.signature v1.0.0 prod/bergen stable"],
      4,
    ],
    [
      "that waits for a site nobody can read too is exit 1",
      {
        channels: [channel("prod", { require: ["oslo", "bergen"], moving: MOVING })],
        bergen: { fault: fault() },
        oslo: { tags: { "v1.0.0": "v1.0.0" } },
        decide: always("refuse"),
      },
      [],
      ["target-unknown - prod/bergen", "tag-waits v1.0.0 prod/oslo stable"],
      1,
    ],
  ])("%s", ([, given, actions, blocked, code]) => {
    const { plan } = run(given);
    expect(actionRows(plan)).toEqual(actions);
    expect(withTags(plan)).toEqual(blocked.toSorted());
    expect(exitCode({ plan })).toBe(code);
  });

  it("that waits says which site refuses the version and why", () => {
    const { plan } = run({
      channels: two,
      sites: { oslo: "eu", bergen: "us" },
      decide: (step) => (step.environment === "us" ? decision(step, "refuse") : undefined),
    });
    const waits = plan.blocked.find(({ site, key }) => site === "oslo" && key?.tag === "stable");
    expect(waits?.reason).toMatch(/complete at bergen, where trust refuses it: Rule images/);
  });
});

function withTags({ blocked }: Plan): readonly string[] {
  return blocked
    .map(({ code, version, channel: name, site, key }) =>
      [
        code,
        version ?? "-",
        `${name ?? "-"}/${site ?? "-"}`,
        ...(key?.tag === "stable" ? ["stable"] : []),
      ].join(" "),
    )
    .toSorted();
}

describe("a version that lacks nothing but soak", () => {
  it("is planned, every action of its step not before its time", () => {
    const { plan } = run({
      channels: [channel("prod", { moving: MOVING })],
      decide: (step) => soaking(step, LATER),
    });
    expect(waiting(plan)).toEqual([
      `copy oslo ${LATER}`,
      `tag oslo stable ${LATER}`,
      `tag oslo v1.0.0 ${LATER}`,
    ]);
    expect(plan.blocked).toEqual([]);
    expect(plan.actions[0]?.decision?.verdict).toBe("wait");
    expect(exitCode({ plan })).toBe(3);
  });

  it("is inside the plan's digest, which its time does not change", () => {
    const soaked = run({ decide: (step) => soaking(step, LATER) });
    expect(soaked.plan.digest).toBe(run({}).plan.digest);
    expect(planDocument(soaked.plan)).toMatchObject({
      actions: [{ notBefore: LATER }, { notBefore: LATER }],
    });
  });

  it("holds the moving tags of other sites back for as long", () => {
    const { plan } = run({
      channels: two,
      sites: { oslo: "eu", bergen: "us" },
      decide: (step) => (step.environment === "us" ? soaking(step, LATER) : undefined),
    });
    expect(waiting(plan)).toEqual([
      `copy bergen ${LATER}`,
      `tag bergen stable ${LATER}`,
      `tag bergen v1.0.0 ${LATER}`,
      "copy oslo now",
      `tag oslo stable ${LATER}`,
      "tag oslo v1.0.0 now",
    ]);
    expect(exitCode({ plan })).toBe(3);
    const done = approve(plan, { what: { kind: "all" }, channel: undefined });
    expect(done.leftOut).toEqual([]);
  });

  it("000-11 waits no more at the site where that was lifted, and as long as before at the others", () => {
    const { plan } = run({
      channels: [channel("prod", { require: ["oslo", "bergen"] })],
      decide: (step) => soaking(step, LATER),
      lift: { site: "oslo", decide: (step) => decision(step, "warn") },
    });
    expect(waiting(plan)).toEqual([
      `copy bergen ${LATER}`,
      `tag bergen v1.0.0 ${LATER}`,
      "copy oslo now",
      "tag oslo v1.0.0 now",
    ]);
    const verdicts = plan.actions.map((action) => action.decision?.verdict);
    expect(verdicts).toEqual(["wait", "wait", "warn", "warn"]);
  });

  it("waits only for as many of the best-effort sites as the quorum needs", () => {
    const sites = ["bergen", "narvik"];
    const { plan } = run({
      channels: [channel("prod", { bestEffort: sites, quorum: 2, moving: MOVING })],
      sites: { oslo: "eu", bergen: "us", narvik: "no" },
      decide: (step) => (step.environment === "us" ? soaking(step, LATER) : undefined),
    });
    const stable = plan.actions.find(({ tag, site }) => tag === "stable" && site === "oslo");
    expect(stable?.notBefore).toBeUndefined();
  });

  it("a tag waits with the copy of its digest under another name", () => {
    const { plan } = run({
      lines: [line("v1.0.0-rc.1", { digest: "v1.0.0" }), V1],
      decide: (step) => (step.line.version === "v1.0.0-rc.1" ? soaking(step, LATER) : undefined),
    });
    expect(waiting(plan)).toEqual([
      `copy oslo ${LATER}`,
      `tag oslo v1.0.0 ${LATER}`,
      `tag oslo v1.0.0-rc.1 ${LATER}`,
    ]);
  });

  it("that is refused for more is blocked", () => {
    const reasons = [reason(), reason({ code: "requires.soak" })];
    const { plan } = run({ decide: (step) => decision(step, "refuse", { reasons }) });
    expect(blockedRows(plan)).toEqual([
      "requires.soak v1.0.0 prod/oslo",
      "trust.signature v1.0.0 prod/oslo",
    ]);
  });

  it("in two channels of one repository waits for the later time", () => {
    const channels = [channel("dev", { to: "shared" }), channel("prod", { to: "shared" })];
    const { plan } = run({
      channels,
      lines: [line("v1.0.0", { in: ["dev", "prod"] })],
      decide: (step) => (step.channel === "prod" ? soaking(step, LATER) : undefined),
    });
    expect(waiting(plan)).toEqual([`copy oslo ${LATER}`, `tag oslo v1.0.0 ${LATER}`]);
  });
});

describe("003-13 what is revoked and in place", () => {
  const here = { tags: { "v1.0.0": "v1.0.0" } };

  it("is noted with its sites, and its removal proposed as a step of its own", () => {
    const { plan } = run({
      channels: two,
      oslo: { tags: { ...here.tags, stable: "v1.0.0" } },
      bergen: here,
      revoked: { "v1.0.0": "key lost" },
      decide: always("refuse"),
    });
    expect(noteCodes(plan)).toEqual(["revoked-in-place"]);
    expect(plan.notes[0]?.message).toMatch(
      /v1\.0\.0 .*revoked \(key lost\).* prod at bergen, oslo/,
    );
    expect(actionRows(plan)).toEqual([
      "delete v1.0.0 prod/bergen",
      "untag v1.0.0 prod/bergen v1.0.0",
      "untag v1.0.0 prod/oslo v1.0.0",
    ]);
    expect(plan.actions.every(({ destructive }) => destructive)).toBe(true);
    expect(plan.blocked.find(({ code }) => code === "still-needed")?.reason).toContain("stable");
    expect(exitCode({ plan })).toBe(4);
    const { plan: done, leftOut } = approve(plan, { what: { kind: "all" }, channel: undefined });
    expect(done.actions).toEqual([]);
    expect(leftOut.map(({ code }) => code)).toContain("destructive-not-enabled");
  });

  it("is deleted after the tags that leave it, in the plan", () => {
    const { plan } = run({ oslo: here, revoked: { "v1.0.0": "bad" } });
    const [remove, untag] = plan.actions;
    expect([remove?.op, untag?.op]).toEqual(["delete", "untag"]);
    expect(remove?.gate?.require).toEqual([untag?.id]);
  });

  it.for<readonly [string, Case, readonly string[]]>([
    ["nothing is proposed where it is not placed", { decide: always("refuse") }, []],
    [
      "nothing where a tag cannot be read: that is blocked",
      { oslo: { digests: ["v1.0.0"], faults: { "v1.0.0": fault() } } },
      [],
    ],
    [
      "a digest that no tag names is deleted",
      { oslo: { digests: ["v1.0.0"] }, decide: always("refuse") },
      ["delete v1.0.0 prod/oslo"],
    ],
    [
      "a part of an index that is not revoked stays",
      { oslo: { ...here, heldBy: { "v1.0.0": ["index"] } } },
      ["untag v1.0.0 prod/oslo v1.0.0"],
    ],
  ])("%s", ([, given, actions]) => {
    const { plan } = run({ ...given, revoked: { "v1.0.0": "bad" } });
    expect(actionRows(plan)).toEqual(actions);
  });

  it("is in another version left alone, and the moving tag goes on to it", () => {
    const { plan } = run({
      lines: [V1, V2],
      channels: [channel("prod", { moving: MOVING })],
      oslo: { tags: { "v1.0.0": "v1.0.0", stable: "v1.0.0" } },
      revoked: { "v1.0.0": "bad" },
    });
    const rows = actionRows(plan);
    expect(rows).toContain("tag v2.0.0 prod/oslo stable");
    const remove = plan.actions.find(({ op }) => op === "delete");
    expect(remove?.gate?.require.length).toBe(2);
  });
});

describe("without a trust policy", () => {
  it("nothing of trust is in a plan", () => {
    const desired = desiredState(two, [desiredArtifact("payments/api", { lines: [V1] })]);
    const plain = planOf(desired);
    const members = new Set(plain.actions.flatMap((action: Action) => Object.keys(action)));
    expect(members.has("decision") || members.has("admittedBy")).toBe(false);
    expect(JSON.stringify(planDocument(plain))).not.toMatch(/decision|admittedBy|verdict/);
  });
});
