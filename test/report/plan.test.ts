import { describe, expect, it } from "vitest";
import type { Plan } from "#model";
import { makeStyle, planMarkdown, planText } from "#report";
import { action, blockedItem, planWith, tagAction } from "../support/actions.ts";
import { digestOf, repo } from "../support/state.ts";
import { HOSTILE, richPlan } from "./rich-plan.ts";

const NONE = makeStyle(false);
const COLOURS = makeStyle(true);

/** Takes the looks of a style away again. */
function bare(text: string): string {
  return text.replaceAll(/\u001b\[(?:1|2|22|31|32|33|39)m/g, "");
}

function cargo(over: Parameters<typeof action>[0]): string {
  return planText(planWith([action(over)]), NONE);
}

describe("a plan for a terminal", () => {
  it("says what, where, why, what is blocked and what to do about it", async () => {
    await expect(planText(richPlan(), NONE)).toMatchFileSnapshot("../golden/plan.txt");
  });

  it("says in colour what it says without", () => {
    const plan = richPlan();
    expect(planText(plan, COLOURS)).not.toBe(planText(plan, NONE));
    expect(bare(planText(plan, COLOURS))).toBe(planText(plan, NONE));
  });

  it("lets no control character of foreign text through", () => {
    const text = planText(richPlan(), NONE);
    expect(text).toContain("evil`|@team\ufffd[31m<img src=x>");
    expect(text.replaceAll("\n", "")).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  });

  it("aligns the rows of a place, digests included", () => {
    const rows = planText(richPlan(), NONE)
      .split("\n")
      .filter((row) => /^ {4}[+~-] /.test(row));
    expect(rows.length).toBeGreaterThan(8);
    for (const row of rows) expect(row).toMatch(/^ {4}[+~-] [a-z ]{3,9} {2}\S+ +[0-9a-f]{12}/);
  });

  it("shows digests that begin alike as long as it takes to tell them apart", () => {
    const alike = ["a", "b"].map(
      (end) => `sha256:${"0".repeat(40)}${end.repeat(24)}` as ReturnType<typeof digestOf>,
    );
    const text = planText(planWith(alike.map((digest) => action({ digest }))), NONE);
    expect(text).toContain(` ${"0".repeat(40)}a `);
    expect(text).toContain(` ${"0".repeat(40)}b `);
  });

  it("puts destructive actions of a place first, and calls them so", () => {
    const text = planText(
      planWith([
        tagAction("stable"),
        action({ op: "delete", destructive: true, reason: "retired" }),
      ]),
      NONE,
    );
    expect(text.indexOf("- delete")).toBeLessThan(text.indexOf("+ tag"));
    expect(text).toContain("destructive: retired");
  });

  it.for([
    ["nothing to do", planWith([], { unchanged: 3 }), "Nothing to do; 3 already in place."],
    [
      "one copy",
      planWith([action({ bytes: 1_234_567 })]),
      "To do: 1 copy of 1.2 MB; 0 already in place.",
    ],
    [
      "each kind",
      planWith([
        action({ op: "delete", destructive: true }),
        tagAction("old", { op: "untag", destructive: true, expect: digestOf("v1.0.0") }),
        tagAction("v1.0.0"),
        tagAction("stable", { expect: digestOf("v0.9.0") }),
        action({ op: "attest" }),
      ]),
      "To do: 1 delete (destructive), 1 untag (destructive), 1 new tag, 1 tag moved, 1 attestation; 0 already in place.",
    ],
    [
      "only what is blocked",
      planWith([], { blocked: [blockedItem()] }),
      "Nothing to do; 1 blocked; 0 already in place.",
    ],
  ] as const)("ends with the counts: %s", ([, plan, sentence]: readonly [string, Plan, string]) => {
    expect(planText(plan, NONE).trimEnd().split("\n").at(-1)).toBe(sentence);
  });

  it.for([
    [
      "a scope since a revision",
      planWith([], { scope: { kind: "since", revision: "main", artifacts: ["payments/api"] } }),
      "Looked at what differs since main (1 artifact); tags compared",
    ],
    ["a deep look", planWith([], { depth: "deep" }), "closure and referrers proved"],
    ["a commit", planWith([], { commit: "0".repeat(40) }), "everything, at 000000000000;"],
  ] as const)("says what was looked at: %s", ([, plan, words]: readonly [string, Plan, string]) => {
    expect(planText(plan, NONE)).toContain(words);
  });

  it("shows twenty notes, and counts the rest", () => {
    const notes = Array.from({ length: 23 }, (_, at) => ({ code: "n", message: `note ${at}` }));
    const text = planText(planWith([], { notes }), NONE);
    expect(text.match(/^note: /gm)).toHaveLength(20);
    expect(text).toContain("and 3 more notes, all in --format json");
  });

  it("says what travels with a copy, and how", () => {
    const layout = { from: repo("oci-layout:./a"), to: repo("oci-layout:./b/c") };
    expect(cargo(layout)).toContain("(1.0 kB, linked where possible)");
    const inside = { from: repo("registry.oslo.example.com/staging/api") };
    expect(cargo(inside)).toContain("(1.0 kB, mounted)");
    expect(cargo({})).toContain("it is not there (1.0 kB)");
    expect(cargo({ bytes: undefined })).toMatch(/it is not there$/m);
    expect(cargo({ notBefore: "2026-12-01T00:00:00Z" })).toContain(
      "waits until 2026-12-01T00:00:00Z",
    );
  });

  it("groups what has no channel or site under its repository alone", () => {
    const text = planText(planWith([action({ channel: null, site: null })]), NONE);
    expect(text).toContain("\n  registry.oslo.example.com/prod/payments/api\n");
  });
});

describe("a plan as Markdown", () => {
  it("says the same, verdict first, destructive actions open", async () => {
    await expect(planMarkdown(richPlan())).toMatchFileSnapshot("../golden/plan.md");
  });

  it("escapes foreign text: no mention, no markup, no end of a cell", () => {
    const text = planMarkdown(richPlan());
    expect(text).not.toContain(HOSTILE);
    expect(text).not.toMatch(/@team|<img|\u001b/);
  });

  it("has rows of as many cells as their heading", () => {
    const rows = planMarkdown(richPlan())
      .split("\n")
      .filter((row) => row.startsWith("|"));
    const tables = rows.join("\n").split(/(?=^\| (?:artifact|action))/m);
    for (const table of tables) {
      const cells = table
        .trimEnd()
        .split("\n")
        .map((row) => row.split(/(?<!\\)\|/).length);
      expect(new Set(cells).size).toBe(1);
    }
    expect(tables.length).toBeGreaterThan(2);
  });
});
