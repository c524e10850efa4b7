import { describe, expect, it } from "vitest";
import type { TrustDecision } from "#model";
import { makeStyle, whyDocument, whyOf, whyText, type WhyQuestion } from "#report";
import { revocations, IMAGE } from "../../support/trust-questions.ts";
import { channel, line, repo } from "../../support/state.ts";
import { complete, decided, POLICY } from "./cases.ts";

const NONE = makeStyle(false);
const SOURCE = repo("registry.example.com/payments-staging/api");
const OSLO = repo("registry.oslo.example.com/prod/payments/api");

function question(decision: TrustDecision, over: Partial<WhyQuestion> = {}): WhyQuestion {
  return {
    decision,
    policyDigest: undefined,
    now: new Date("2026-11-21T12:00:00Z"),
    policy: POLICY,
    channel: channel("prod", { after: ["staging"] }),
    line: line("v1.4.2"),
    file: "promotions/payments/api.yaml",
    isListed: false,
    held: [],
    site: undefined,
    source: { repository: SOURCE, outcome: "pass", found: "it is, as that digest" },
    sites: [],
    otherEnvironments: [],
    ...over,
  };
}

const THERE = { site: "oslo", required: true, repository: OSLO } as const;
const LISTED = { isListed: true, held: ["staging"] } as const;

function told(asked: WhyQuestion): string {
  return whyText(asked, whyOf(asked), NONE);
}

function gates(asked: WhyQuestion): readonly string[] {
  return told(asked).match(/^ {2}\d \w+: .+$/gm) ?? [];
}

describe("waybill why for a terminal", () => {
  it("001-01 says at each of the six gates what is asked, what is missing, and who can supply it", async () => {
    await expect(told(question(decided()))).toMatchFileSnapshot("../../golden/why.txt");
  });

  it("ends with nothing missing where everything is there", async () => {
    const asked = question(complete(), {
      ...LISTED,
      sites: [{ ...THERE, outcome: "pass", found: "it is, as tag v1.4.2" }],
    });
    await expect(told(asked)).toMatchFileSnapshot("../../golden/why-complete.txt");
    expect(whyOf(asked).missing).toEqual([]);
  });

  it("001-01 shows six gates in order, and the last waits for those before", () => {
    expect(gates(question(complete()))).toEqual([
      "  1 build: open",
      "  2 scan: open (nothing is asked)",
      "  3 sign: open",
      "  4 publish: open",
      "  5 promote: CLOSED",
      "  6 mirror: waits for the gates before",
    ]);
  });

  it("says that it is allowed, and not there yet", () => {
    const sites = [{ ...THERE, outcome: "fail", found: "no tag v1.4.2" }] as const;
    const asked = question(complete(), { ...LISTED, sites });
    const [head = ""] = told(asked).split("\n");
    expect(head).toBe("payments/api@v1.4.2 in prod: allowed, and not there yet");
    expect(gates(asked).at(-1)).toBe("  6 mirror: CLOSED");
    expect(whyOf(asked).missing).toEqual([
      expect.objectContaining({
        gate: "mirror",
        found: "no tag v1.4.2",
        who: "whoever runs waybill apply (the job after a merge)",
      }),
    ]);
  });

  it("closes no gate for a site of best effort, and says that it is not there", () => {
    const sites = [{ ...THERE, required: false, outcome: "fail", found: "no tag v1.4.2" }] as const;
    const asked = question(complete(), { ...LISTED, sites });
    expect(whyOf(asked).missing).toEqual([]);
    expect(told(asked)).toContain("(best effort)");
    expect(told(asked)).toContain("and this only warns");
  });

  it("says what could not be read, and that it is not known", () => {
    const asked = question(complete({ evidence: [], faulty: true }), {
      source: {
        repository: SOURCE,
        outcome: "unknown",
        found: "registry.example.com did not answer",
      },
    });
    expect(told(asked).split("\n")[0]).toContain("NOT KNOWN");
    expect(gates(asked)[2]).toBe("  3 sign: NOT KNOWN");
    expect(told(asked)).toContain("to do: make the source readable for Waybill");
  });

  it("003-13 says who took it back", () => {
    const asked = question(
      complete({ revocations: revocations(`digest: "${IMAGE}", reason: leaks`) }),
      LISTED,
    );
    expect(whyOf(asked).missing).toContainEqual(
      expect.objectContaining({ gate: "promote", what: "nobody took it back: not revoked" }),
    );
    expect(told(asked)).toContain("revoked");
  });

  it("says of a version that waits until when", () => {
    const facts = {
      promotions: [
        { channel: "staging", site: "oslo", time: "2026-11-21T06:00:00Z" },
        { channel: "staging", site: "bergen", time: "2026-11-21T06:00:00Z" },
      ],
    };
    const asked = question(complete({ requires: "soak: 24h", facts }), LISTED);
    expect(told(asked)).toContain("  waits      until 2026-11-22T06:00:00.000Z");
    expect(told(asked)).toContain("who can: nobody: it passes by itself");
  });

  it("names other environments, whose answer may differ", () => {
    const asked = question(complete(), { otherEnvironments: ["no"] });
    expect(told(asked)).toContain("name a site of no with --site for theirs");
  });
});

describe("waybill.dev/why/v1", () => {
  it("is one verify result, what is asked and what is missing", () => {
    const asked = question(decided(), { site: "oslo" });
    const document = whyDocument(asked, whyOf(asked));
    expect(document).toMatchObject({
      schema: "waybill.dev/why/v1",
      policyDigest: null,
      now: "2026-11-21T12:00:00.000Z",
      artifact: "payments/api",
      version: "v1.4.2",
      channel: "prod",
      site: "oslo",
      trust: "failed_verification",
      decision: "refuse",
      rules: [expect.objectContaining({ rule: "payments-images", outcome: "fail" })],
    });
    const { missing, asked: all } = document as unknown as {
      readonly missing: readonly object[];
      readonly asked: readonly object[];
    };
    expect(missing).toHaveLength(7);
    for (const item of missing)
      expect(Object.keys(item)).toEqual(["gate", "what", "who", "fix", "found"]);
    for (const item of all)
      expect(Object.keys(item)).toEqual(["gate", "what", "by", "mode", "outcome", "found"]);
  });
});
