import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readPolicies } from "#desired";
import { codeowners } from "#report";
import { CHANNELS } from "../support/promotions.ts";

const GROUPS =
  'groups: { sre: { people: [alice, "bob#583231"], teams: ["org/sre"], apps: [bot] }, pay: { people: [carol, alice] }, bots: { apps: [bot] } }\n';

function written(rest: string): string {
  const { policies, diagnostics } = readPolicies([
    {
      path: "policies/owners.yaml",
      text: `apiVersion: waybill.dev/v1\nkind: Owners\n${GROUPS}${rest}`,
    },
    { path: "policies/channels.yaml", text: CHANNELS },
  ]);
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  const { owners, channels } = policies;
  if (owners === undefined) throw new Error("no owners");
  return codeowners(owners.owners, channels?.channels ?? new Map());
}

/** The lines that ask somebody. */
function rules(rest: string): readonly string[] {
  return written(rest)
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
}

function row(paths: string, from: string): string {
  return `{ paths: [${paths}], from: [${from}] }`;
}

describe("000-08 a CODEOWNERS from owners.yaml", () => {
  it("asks admins for policies and workflows", () => {
    expect(rules("admins: [pay]\n")).toEqual([
      "/policies/** @alice @carol",
      "/.github/** @alice @carol",
      "/CODEOWNERS @alice @carol",
      "/docs/CODEOWNERS @alice @carol",
    ]);
  });

  it.for<readonly [string, string, readonly string[]]>([
    [
      "people and teams",
      row('"promotions/a/**"', "sre"),
      ["/promotions/a/** @alice @bob @org/sre"],
    ],
    [
      "the wider row first, whatever the order, and who satisfies both",
      `${row('"promotions/a/**"', "pay")}, ${row('"promotions/**"', "sre")}`,
      ["/promotions/** @alice @bob @org/sre", "/promotions/a/** @alice"],
    ],
    [
      "** within a part, as the nearest wider pattern",
      row('"promotions/pay**.yaml"', "pay"),
      ["/promotions/pay* @alice @carol", "/promotions/pay*/** @alice @carol"],
    ],
    ["everything", row('"**"', "pay"), ["* @alice @carol"]],
    ["never an empty line", row('"promotions/**"', "bots"), []],
  ])("says %s", ([, text, expected]) => {
    expect(rules(`owners: [${text}]\n`)).toEqual(expected);
  });

  it("asks admins where a row names nobody who could approve", () => {
    expect(rules(`owners: [${row('"promotions/**"', "bots")}]\nadmins: [pay]\n`)).toContain(
      "/promotions/** @alice @carol",
    );
  });

  it("says as comments what the format cannot", () => {
    const text = written(
      'owners: [{ paths: ["promotions/**"], kinds: [iso], from: [sre] }, { paths: ["promotions/*/api.yaml"], from: [pay] }]\n',
    );
    expect(text).toContain("# promotions/**: asked for iso only; here, for every file.");
    expect(text).toContain(
      "# promotions/**: @bob is pinned to account 583231; here the name counts.",
    );
    expect(text).toContain("# Not said here: channel prod asks for 1 of who may write.");
    expect(text).toContain(
      "# policies/**: not said, because a line without owners would ask nobody.",
    );
  });

  it("has an owner wherever owners.yaml has one, whatever the rows", () => {
    const part = fc.constantFrom("promotions", "a", "b", "*", "**", "a**", "x*y");
    const glob = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
    const one = fc.tuple(glob, fc.constantFrom("sre", "pay", "bots"));
    fc.assert(
      fc.property(fc.array(one, { minLength: 1, maxLength: 5 }), (list) => {
        const text = list.map(([path, from]) => row(JSON.stringify(path), from)).join(", ");
        const lines = rules(`owners: [${text}]\nadmins: [pay]\n`);
        expect(lines.every((line) => / @\w/.test(line))).toBe(true);
        expect(lines.length).toBeGreaterThanOrEqual(list.length + 4);
      }),
      { numRuns: 60 },
    );
  });
});
