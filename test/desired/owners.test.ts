import { describe, expect, it } from "vitest";
import { readPolicies } from "#desired";
import { CHANNELS_RIGHTS, OWNERS } from "../support/owners-files.ts";
import { check, CHANNELS, POLICIES, spot, unmark } from "../support/promotions.ts";
import { OWNERS_CODES } from "./owners-codes.ts";

const PATH = "policies/owners.yaml";
const CHANNELS_PATH = "policies/channels.yaml";

function owners(groups: string, rest = ""): string {
  return `apiVersion: waybill.dev/v1\nkind: Owners\ngroups: { ${groups} }\n${rest}`;
}

function guarded(text: string): string {
  return `${CHANNELS}  guarded: { to: "g/{project}/{name}", sites: { require: [oslo] }, ${text} }\n`;
}

type Row = readonly [code: string, text: string];

const OWN: readonly Row[] = [
  ["unknown-group", owners("a: { people: [x] }", 'owners: [{ paths: ["**"], from: [¦b] }]\n')],
  ["unknown-group", owners("a: { people: [x] }", "admins: [a, ¦sre]\n")],
  ["no-members", owners("a: {}", "admins: ¦[a]\n")],
  ["no-members", owners("a: { apps: [bot] }", 'owners: [{ paths: ["**"], from: ¦[a] }]\n')],
  ["no-members", owners("a: { people: [x] }", "admins: ¦[]\n")],
  ["person-twice", owners('a: { people: ["x#1", ¦X] }')],
  ["account-form", owners('a: { people: [¦"@x"] }')],
  ["account-form", owners('a: { people: [¦"x#0"] }')],
  ["account-form", owners("a: { teams: [¦sre] }")],
  ["account-form", owners('a: { apps: [¦"bot[bot]"] }')],
  ["glob-form", owners("a: { people: [x] }", 'owners: [{ paths: [¦"a?"], from: [a] }]\n')],
];

const OF_CHANNELS: readonly Row[] = [
  ["unknown-group", guarded("promoters: [¦nobody]")],
  ["unknown-group", guarded("approvals: { count: 1, from: [sre, ¦nobody] }")],
  ["unknown-group", guarded("overrides: [¦nobody]")],
  ["no-members", guarded("promoters: ¦[]")],
  ["no-members", guarded("promoters: ¦[empty]")],
  ["no-members", guarded("approvals: { from: ¦[bots] }")],
  ["no-members", guarded("overrides: ¦[bots]")],
  ["time-form", guarded("freeze: [{ from: ¦tomorrow, to: 2027-01-01T00:00:00Z }]")],
  ["time-form", guarded("freeze: [{ from: 2026-12-01, to: ¦2026-13-01 }]")],
  ["freeze-empty", guarded("freeze: [¦{ from: 2027-01-02, to: 2027-01-01 }]")],
  ["freeze-empty", guarded('freeze: [¦{ days: [sat], from: "09:00", to: "09:00" }]')],
  ["clock-form", guarded('freeze: [{ days: [sat], from: ¦"9:00", to: "10:00" }]')],
  ["clock-form", guarded('freeze: [{ days: [sat], from: "00:00", to: ¦"24:01" }]')],
  [
    "unknown-time-zone",
    guarded('freeze: [{ days: [sat], from: "00:00", to: "24:00", timeZone: ¦Europe/Osslo }]'),
  ],
  [
    "unknown-time-zone",
    guarded('freeze: [{ days: [sat], from: "00:00", to: "24:00", timeZone: ¦"+01:00" }]'),
  ],
  ["freeze-form", guarded("freeze: [{ from: 2026-12-01, to: 2026-12-02, timeZone: ¦UTC }]")],
  [
    "freeze-always",
    guarded(
      'freeze: [¦{ days: [mon, tue, wed, thu, fri], from: "00:00", to: "24:00" }, { days: [sat, sun], from: "00:00", to: "24:00" }]',
    ),
  ],
  ["floor-without-share", guarded("limits: { remove: { count: 3, floor: ¦2 } }")],
];

describe("what an owners file says wrong", () => {
  it.for(OWN.map(([code, text], index) => [`${code} ${index}`, code, text] as const))(
    "%s",
    ([, code, marked]) => {
      const { text, marks } = unmark(marked);
      const { diagnostics } = check([{ path: PATH, text }, ...POLICIES]);
      expect(diagnostics.map(spot)).toEqual(marks.map((mark) => `${PATH}:${mark} ${code}`));
    },
  );
});

describe("what channels say wrong of people, times and limits", () => {
  const groups = owners("sre: { people: [x] }, empty: {}, bots: { apps: [bot] }");
  it.for(OF_CHANNELS.map(([code, text], index) => [`${code} ${index}`, code, text] as const))(
    "%s",
    ([, code, marked]) => {
      const { text, marks } = unmark(marked);
      const files = [
        { path: PATH, text: groups },
        { path: CHANNELS_PATH, text },
        ...POLICIES.filter(({ path }) => path !== CHANNELS_PATH),
      ];
      expect(check(files).diagnostics.map(spot)).toEqual(
        marks.map((mark) => `${CHANNELS_PATH}:${mark} ${code}`),
      );
    },
  );

  it("groups without an owners file are unknown", () => {
    const text = guarded("promoters: [sre]");
    const files = [
      { path: CHANNELS_PATH, text },
      ...POLICIES.filter(({ path }) => path !== CHANNELS_PATH),
    ];
    expect(check(files).diagnostics.map(({ code }) => code)).toEqual(["unknown-group"]);
  });

  it("each code is said by a row", () => {
    const said = new Set([...OWN, ...OF_CHANNELS].map(([code]) => code));
    // Their rows stand in overrides.test.ts.
    expect(OWNERS_CODES.filter((code) => !said.has(code) && !code.startsWith("override-"))).toEqual(
      [],
    );
  });
});

describe("what they say right", () => {
  const { policies, diagnostics } = readPolicies([
    { path: PATH, text: OWNERS },
    { path: CHANNELS_PATH, text: `${CHANNELS}${CHANNELS_RIGHTS}` },
  ]);

  it("000-08 003-29 names who owns what, pinned where a number is given", () => {
    expect(diagnostics).toEqual([]);
    const sre = policies.owners?.owners.groups.get("sre");
    expect(sre).toMatchObject({
      people: [{ login: "alice" }, { login: "bob", id: 583231 }],
      teams: ["org/sre"],
      apps: ["release-bot"],
    });
    expect(policies.owners?.owners.admins).toEqual(["sre"]);
    expect(policies.owners?.owners.rows[1]?.kinds).toBeUndefined();
  });

  it("003-33 says of a channel who may, when, and how much", () => {
    expect(policies.channels?.channels.get("guarded")).toMatchObject({
      promoters: ["sre"],
      approvals: { count: 2, from: ["sre"], codeOwners: true },
      overrides: ["sre"],
      freeze: [{ kind: "span" }, { kind: "weekly", days: ["sun", "sat"], timeZone: "Europe/Oslo" }],
      limits: { remove: { count: 10, share: 0.3, floor: 10 }, move: { count: 50, floor: 10 } },
    });
    expect(policies.channels?.channels.get("dev")?.approvals).toBeUndefined();
  });
});
