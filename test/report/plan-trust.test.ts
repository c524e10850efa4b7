import { describe, expect, it } from "vitest";
import type { ActionDecision, Blocked, Plan } from "#model";
import { makeStyle, planMarkdown, planText } from "#report";
import { action, blockedItem, planWith, tagAction } from "../support/actions.ts";
import { reason } from "../support/trust-plans.ts";
import { HOSTILE } from "./rich-plan.ts";

const LATER = "2026-11-22T00:00:00.000Z";

function decided(over: Partial<ActionDecision> = {}): { readonly decision: ActionDecision } {
  return {
    decision: {
      trust: "verified",
      verdict: "allow",
      explanation: "payments/api@v1.0.0 may enter prod: verified by images.",
      warnings: [],
      ...over,
    },
  };
}

function text(plan: Plan): string {
  return planText(plan, makeStyle(false));
}

function refused(over: Partial<Blocked> = {}): Blocked {
  return blockedItem({
    code: "trust.sbom",
    verdict: "refuse",
    reason: "No SBOM",
    hint: "add",
    ...over,
  });
}

describe("000-20 trust in a plan is told in words", () => {
  it("once a decision, however many actions its step has", () => {
    const plan = planWith([action(decided()), tagAction("v1.0.0", decided())]);
    expect(text(plan).split("verified by images").length - 1).toBe(1);
    expect(text(plan)).toContain("      trust verified: payments/api@v1.0.0 may enter prod");
    expect(planMarkdown(plan)).toContain(
      "- **trust verified**: payments/api&#64;\u200bv1.0.0 may enter",
    );
  });

  it.for<readonly [string, Partial<ActionDecision>, string]>([
    ["unverified and allowed", { trust: "unverified" }, "trust unverified"],
    [
      "with a warning",
      { trust: "failed_verification", verdict: "warn" },
      "trust failed verification, with a warning",
    ],
    ["waiting", { verdict: "wait" }, "trust verified, waits for its time"],
  ])("%s", ([, over, words]) => {
    const plan = planWith([action(decided(over))]);
    expect(text(plan)).toContain(`${words}: `);
    expect(planMarkdown(plan)).toContain(`**${words}**`);
  });

  it("with every warning and what to do about it", () => {
    const warnings = [reason({ verdict: "warn" }), reason({ code: "trust.sbom", fix: "" })];
    const plan = planWith([action(decided({ verdict: "warn", warnings }))]);
    expect(text(plan)).toMatch(/! warning {2}trust\.signature: Rule images.*\n +to do: sign it/);
    expect(text(plan)).toContain("! warning  trust.sbom:");
    expect(text(plan)).toContain("1 with a warning");
    expect(planMarkdown(plan)).toContain("- **warning** `trust.signature`: Rule images");
  });

  it("what waits says until when, in both", () => {
    const plan = planWith([action({ ...decided({ verdict: "wait" }), notBefore: LATER })]);
    expect(text(plan)).toContain(`waits until ${LATER}`);
    expect(text(plan)).toContain("1 not before its time");
    expect(planMarkdown(plan)).toContain("waits until 2026&#45;11&#45;22T00&#58;00&#58;00.000Z");
  });

  it("what is refused at many sites and for many tags for one reason is told once", () => {
    const { id: _, ...key } = tagAction("stable");
    const blocked = [
      refused(),
      refused({ key }),
      refused({ site: "bergen" }),
      refused({ reason: "another" }),
    ];
    const shown = text(planWith([], { blocked }));
    expect(shown.match(/! refused/g)?.length).toBe(2);
    expect(shown).toContain("! refused  v1.0.0 for prod at oslo, bergen: trust.sbom");
    expect(shown).toContain("not written: stable");
    const page = planMarkdown(planWith([], { blocked }));
    expect(page).toContain("- **refused** `v1.0.0` `oslo` `bergen` `trust.sbom`: No SBOM.");
    expect(page).toContain("Not written: `stable`.");
  });

  it("what is not known is another word than what is refused", () => {
    const plan = planWith([], { blocked: [refused({ verdict: "unknown" }), refused()] });
    expect(text(plan)).toContain("! undecided  v1.0.0 for prod at oslo: trust.sbom");
    expect(text(plan)).toContain("! refused  v1.0.0 for prod at oslo: trust.sbom");
  });

  it("what blocks for other reasons is told as before, one by one", () => {
    const plan = planWith([], { blocked: [blockedItem(), blockedItem({ site: "bergen" })] });
    expect(text(plan).match(/! blocked/g)?.length).toBe(2);
  });

  it("foreign text cannot dress up as ours", () => {
    const plan = planWith([action(decided({ explanation: HOSTILE }))], {
      blocked: [refused({ reason: HOSTILE, hint: HOSTILE })],
    });
    expect(text(plan)).not.toContain("\u001b");
    expect(planMarkdown(plan)).not.toContain("<img");
    expect(planMarkdown(plan)).not.toContain("@team");
  });
});
