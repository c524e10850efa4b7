import { describe, expect, it } from "vitest";
import { explainLines } from "#report";
import { blockedItem } from "../../support/actions.ts";
import { digestOf } from "../../support/state.ts";
import { examplePage, examplePlan, exampleReport } from "./comments.ts";

const MISSING = {
  what: "sbom",
  by: "ci",
  found: "nothing was found",
  who: "the release workflow",
  fix: "attach one",
};

describe("what a pull request does with one artifact", () => {
  it.for<readonly [string, RegExp]>([
    ["payments/api@v1.4.2", /^v1\.4\.2 in prod: .*copy v1\.4\.2 at oslo.*; trust verified\.$/m],
    ["payments/api@1.4.2", /^v1\.4\.2 in prod: /m],
    [`payments/api@${digestOf("v1.4.2")}`, /^v1\.4\.2 in prod: /m],
    [`payments/api@${digestOf("v1.4.2").slice(7, 15)}`, /^v1\.4\.2 in prod: /m],
    ["payments/api@v1.3.0", /delete v1\.3\.0/],
    ["payments/api", /retires payments\/api v1\.3\.0: out of support\./],
    ["payments/web", /^v2\.1\.0 .*refused, trust\.sbom: rule .* To do: attach a bill/m],
    ["payments/other", /^Nothing that was planned here is about payments\/other/],
    ["payments/api@v9", /^Nothing that was planned here/],
    ["no artifact", /^Nothing that was planned here/],
  ])("000-08 is told for %s", ([artifact, said]) => {
    expect(explainLines(exampleReport(), artifact).join("\n")).toMatch(said);
  });

  it("is told of the version that was named, and of no other", () => {
    const lines = explainLines(exampleReport(), "payments/api@v1.4.2").join("\n");
    expect(lines).not.toContain("v1.3.0");
    expect(lines).not.toContain("payments/web");
  });

  it("names what is missing as `waybill why` does, once and not for each place", () => {
    const refused = { artifact: "payments/api", version: "v1.4.2", channel: "prod" };
    const blocked = ["oslo", "bergen"].map((site) =>
      blockedItem({ ...refused, site, code: "trust.sbom", verdict: "refuse" }),
    );
    const report = exampleReport({
      plan: { ...examplePlan(), actions: [], blocked },
      pages: [examplePage({ missing: [MISSING] })],
      changes: [],
    });
    expect(explainLines(report, "payments/api")).toEqual([
      "v1.4.2 in prod misses sbom (ci): nothing was found. the release workflow: attach one.",
    ]);
  });

  it("is short however much there is", () => {
    const blocked = Array.from({ length: 40 }, (_, at) =>
      blockedItem({ artifact: "payments/api", version: `v${at}`, code: "source-missing" }),
    );
    const report = exampleReport({ plan: { ...examplePlan(), actions: [], blocked } });
    const lines = explainLines(report, "payments/api");
    expect(lines).toHaveLength(9);
    expect(lines.at(-1)).toMatch(/^And \d+ more lines in the plan\.$/);
  });

  it("says what is asked for where no store was read", () => {
    const place = { artifact: "payments/api", version: "v1.4.2", digest: digestOf("v1.4.2") };
    const [, , , copy] = examplePlan().actions;
    if (copy === undefined) throw new Error("no action");
    const desired = [
      { ...place, kind: "enters", channel: "prod", site: "oslo", to: copy.to, tags: [] } as const,
    ];
    const report = exampleReport({ result: "desired-only", plan: undefined, pages: [], desired });
    expect(explainLines(report, "payments/api@v1.4.2")).toEqual([
      "v1.4.2 in prod at oslo: asked for; what is there is not known.",
    ]);
  });
});
