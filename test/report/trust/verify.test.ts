import { describe, expect, it } from "vitest";
import type { RequirementResult, TrustDecision } from "#model";
import { makeStyle, turnsOf, verifyJson, verifyMarkdown, verifyText, type Turned } from "#report";
import { verifyDocument } from "#policy";
import {
  decide,
  policy,
  revocations,
  rule,
  signature,
  IMAGE,
} from "../../support/trust-questions.ts";
import { complete, decided, HOSTILE } from "./cases.ts";

const NONE = makeStyle(false);
const COLOURS = makeStyle(true);
const page = { turned: undefined, whole: false } as const;

/** Takes the looks of a style away again. */
function bare(text: string): string {
  return text.replaceAll(/\u001b\[(?:1|2|22|31|32|33|39)m/g, "");
}

function text(...decisions: readonly TrustDecision[]): string {
  return verifyText({ ...page, decisions }, NONE);
}

function turned(now: TrustDecision, then: TrustDecision): Turned {
  const turns = turnsOf(new Map([["step", now]]), new Map([["step", then]]));
  return { revision: "stricter", policyDigest: undefined, compared: 1, turns };
}

/** One whose only signature is broken, in a stranger's words. */
function forged(): TrustDecision {
  const found = { expected: "a signature", found: HOSTILE };
  const check = { outcome: "fail", check: "crypto", ...found } as const;
  return complete({ evidence: [signature({ by: "ci", check })] });
}

/** What a page does not tell of a requirement's evidence. */
function untold({ evidence }: RequirementResult): readonly string[] {
  const all = text(decided()).replaceAll("\ufffd", "\u001b");
  return evidence.map(({ found = "" }) => found).filter((found) => !all.includes(found));
}

describe("the answer of verify for a terminal", () => {
  it("000-20 002-45 says state, rules, evidence, what to do, and the commands", async () => {
    await expect(text(decided())).toMatchFileSnapshot("../../golden/verify.txt");
  });

  it("000-20 says in colour what it says without", () => {
    const several = { decisions: [decided(), complete()], turned: turned(complete(), decided()) };
    const plain = verifyText({ ...several, whole: true }, NONE);
    const colourful = verifyText({ ...several, whole: true }, COLOURS);
    expect(colourful).not.toBe(plain);
    expect(bare(colourful)).toBe(plain);
  });

  it("lets no control character of foreign text through", () => {
    const shown = text(forged());
    expect(shown).toContain("found evil`|@team\ufffd[31m<img src=x>");
    expect(shown.replaceAll("\n", "")).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  });

  it.for<readonly [string, TrustDecision, string, string]>([
    ["003-11 verified", complete(), "verified: every enforced rule", "allowed"],
    [
      "003-10 unverified, no rule",
      decide({ policy: policy("noMatch: allow") }),
      "unverified: no enforced rule",
      "allowed",
    ],
    [
      "003-10 unverified, nothing there",
      complete({ evidence: [] }),
      "unverified: what the rules ask",
      "REFUSED",
    ],
    [
      "003-12 failed verification",
      decided(),
      "failed verification: it has evidence of a listed",
      "REFUSED",
    ],
    [
      "003-13 revoked",
      complete({ revocations: revocations(`digest: "${IMAGE}", reason: leaks`) }),
      "revoked: it is taken back",
      "REFUSED",
    ],
    [
      "not known",
      complete({ evidence: [], faulty: true }),
      "unverified: what the rules ask",
      "NOT KNOWN",
    ],
    [
      "a warning",
      decide({ policy: policy(rule("r", ["signature: { anyOf: [ci] }"], "    mode: warn\n")) }),
      "unverified: no enforced rule",
      "allowed, with warnings",
    ],
  ])("000-20 says each state and verdict in words: %s", ([, decision, state, verdict]) => {
    const [head = ""] = text(decision).split("\n");
    expect(head).toBe(`payments/api@v1.4.2 for prod: ${verdict}`);
    expect(text(decision)).toContain(`\n  trust      ${state}`);
  });

  it("never says that nothing matches and leaves it there", () => {
    const nothing = text(complete({ evidence: [] }));
    expect(nothing).toContain("found: nothing; no referrer, fallback index or .sig, .att or .sbom");
    expect(nothing).toContain("to do: sign the digest as ci");
    const unread = text(complete({ evidence: [], faulty: true }));
    expect(unread).toContain("found: not known; what evidence there is could not be read");
  });

  it("lists every piece of evidence of an unmet requirement, and why it does not count", () => {
    for (const { requirements } of decided().result.rules) {
      for (const requirement of requirements) {
        if (requirement.outcome !== "pass") expect(untold(requirement)).toEqual([]);
      }
    }
  });

  it("shows of many results a table, and the pages of those that are not simply allowed", () => {
    const both = text(complete(), decided());
    expect(both.match(/^payments\/api@v1\.4\.2 {2}prod /gm)).toHaveLength(2);
    expect(both.match(/^ {2}digest /gm)).toHaveLength(1);
    expect(both.trimEnd().split("\n").at(-1)).toBe("2 results: 1 allowed, 1 refused.");
    const whole = verifyText({ ...page, decisions: [complete(), decided()], whole: true }, NONE);
    expect(whole.match(/^ {2}digest /gm)).toHaveLength(2);
  });

  it("says that there was nothing to verify", () => {
    expect(text()).toBe("Nothing to verify: no version that is not retired is there.\n");
  });

  it("says which results another policy would turn, and which not", () => {
    const turns = verifyText(
      { ...page, decisions: [decided()], turned: turned(complete(), decided()) },
      NONE,
    );
    expect(turns).toContain("Under the policy of stricter 1 of 1 result would turn:\n");
    expect(turns).toContain("allowed (verified) → REFUSED (failed verification)");
    const same = verifyText(
      { ...page, decisions: [complete()], turned: turned(complete(), complete()) },
      NONE,
    );
    expect(same).toContain("Under the policy of stricter nothing would turn (1 result compared).");
  });
});

describe("the answer of verify as Markdown", () => {
  it("says the same, verdict first, with what to do", async () => {
    const decisions = [decided(), complete()];
    const shown = verifyMarkdown({ ...page, decisions, turned: turned(complete(), decided()) });
    await expect(shown).toMatchFileSnapshot("../../golden/verify.md");
  });

  it("escapes foreign text: no mention, no markup, no end of a cell", () => {
    const shown = verifyMarkdown({ ...page, decisions: [decided(), forged()] });
    expect(shown).not.toContain(HOSTILE);
    expect(shown).not.toMatch(/@team|<img|\u001b/);
  });
});

describe("waybill.dev/verify/v1", () => {
  it("has the members of the issue, and no others", () => {
    const head = { policyDigest: IMAGE, now: new Date("2026-11-21T12:00:00Z") };
    const document = verifyDocument([decided().result, complete().result], head);
    const json: unknown = JSON.parse(JSON.stringify(verifyJson(document, undefined)));
    expect(json).toEqual(JSON.parse(JSON.stringify(document)));
    expect(membersOf(json)).toEqual([
      "now policyDigest results schema",
      "artifact channel commands decision digest lifecycle requires rules trust version",
      "mode outcome requirements rule",
      "evidence fix outcome type",
      "evidence outcome type",
      "authority check digest form outcome",
      "authority check digest expected form found outcome",
      "check digest expected form found outcome",
      "expected found name outcome",
    ]);
  });

  it("adds what another policy would turn as policyFrom", () => {
    const head = { policyDigest: IMAGE, now: new Date("2026-11-21T12:00:00Z") };
    const document = verifyDocument([decided().result], head);
    expect(verifyJson(document, turned(complete(), decided()))).toMatchObject({
      policyFrom: {
        revision: "stricter",
        current: null,
        turned: [
          {
            artifact: "payments/api",
            version: "v1.4.2",
            channel: "prod",
            from: { trust: "verified", decision: "allow" },
            to: { trust: "failed_verification", decision: "refuse" },
          },
        ],
      },
    });
  });
});

/** The distinct sets of keys of all objects in a document. */
function membersOf(value: unknown): readonly string[] {
  const found = new Set<string>();
  function walk(item: unknown): void {
    if (typeof item !== "object" || item === null) return;
    if (!Array.isArray(item)) found.add(Object.keys(item).toSorted().join(" "));
    for (const child of Object.values(item)) walk(child);
  }
  walk(value);
  return expectedOrder([...found]);
}

function expectedOrder(sets: readonly string[]): readonly string[] {
  const order = [
    "now",
    "artifact",
    "mode",
    "evidence fix",
    "evidence",
    "authority check digest form",
    "authority",
    "check",
    "expected",
  ];
  function rank(set: string): number {
    return order.findIndex((start) => set.startsWith(start));
  }
  return sets.toSorted((a, b) => rank(a) - rank(b) || a.length - b.length);
}

describe("a signature that does not count", () => {
  it("001-26 is told with the form it has, Notation's included", () => {
    const evidence = [
      {
        ...signature({ form: "notation" }),
        content: {
          kind: "unreadable",
          why: "a Notation signature, which is not evaluated",
        } as const,
      },
    ];
    expect(text(complete({ evidence }))).toContain(
      "of another kind: a Notation signature, which is not evaluated",
    );
  });
});
