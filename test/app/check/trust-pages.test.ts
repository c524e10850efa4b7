import { describe, expect, it } from "vitest";
import { bundleFor, referrerOf, SPDX } from "../../support/attached.ts";
import { image, seed } from "../../support/images.ts";
import { promotion, versionLine } from "../../support/workspace.ts";
import { openTrustWorld, promoted, rule, trustFile } from "../trust/world.ts";
import { checked, commentOf, pageIn } from "./checked.ts";

const SIGNATURE = rule("      - signature: { anyOf: [ci] }\n");
const SIGNED_AND_LISTED = rule(
  "      - signature: { anyOf: [ci] }\n      - sbom: { formats: [spdx], signedBy: [ci] }\n",
);

const BOTH = "channels: [staging, prod]";

describe("what a check tells under a trust policy", { timeout: 60_000 }, () => {
  it("001-01 000-20 what is missing, by whose rule, and who can supply it, as why does", async () => {
    await using world = await openTrustWorld({
      "policies/trust.yaml": trustFile(SIGNED_AND_LISTED),
    });
    world.supply(bundleFor(world.api, world.keys.ci));
    world.supply(referrerOf(world.api, "application/spdx+json", JSON.stringify(SPDX)));
    world.workspace.commit(promoted(world.api, "staging, prod"));
    const answer = await checked(world.workspace);
    const { evidence, missing } = pageIn(answer.report);
    expect(evidence).toEqual(
      expect.arrayContaining([
        "signature (bundle), by ci: counts",
        "bill of materials in spdx 2.3 (1 entry), unsigned: does not count",
      ]),
    );
    expect(missing).toEqual([
      expect.objectContaining({
        by: "rule payments-images",
        who: expect.stringContaining("ci"),
        fix: expect.stringContaining("bill of materials"),
      }),
    ]);
    const comment = commentOf(answer);
    expect(comment).toContain("**Missing**, and who can supply it:");
    expect(comment).toContain(
      "**ci &#40;the key policies/trust/ci.pub&#41;**: attach a bill of materials in spdx, attested by ci.",
    );
    expect([answer.report.result, answer.exitCode]).toEqual(["blocked", 4]);
  });

  it("000-19 000-20 which evidence counted", async () => {
    await using world = await openTrustWorld({ "policies/trust.yaml": trustFile(SIGNATURE) });
    world.supply(bundleFor(world.api, world.keys.ci));
    world.supply(bundleFor(world.api, world.keys.stranger));
    world.workspace.commit(promoted(world.api, "staging, prod"));
    const { evidence, missing } = pageIn((await checked(world.workspace)).report);
    expect(evidence.toSorted()).toEqual([
      "signature (bundle), by ci: counts",
      "signature (bundle), by none of the policy's authorities: not counted",
    ]);
    expect(missing).toEqual([]);
  });

  it("000-31 002-66 a way back that today's rules refuse is none", async () => {
    await using world = await openTrustWorld({ "policies/trust.yaml": trustFile(SIGNATURE) });
    const { workspace, api, keys } = world;
    const next = image({ seed: "next" });
    const listed = { predicateType: "https://spdx.dev/Document", predicate: SPDX };
    for (const built of [next, bundleFor(next, keys.ci), bundleFor(next, keys.ci, listed)])
      seed(workspace.source.repository("staging/api"), built);
    world.supply(bundleFor(api, keys.ci));
    workspace.commit(promoted(api, "staging, prod"));
    expect((await world.run("apply", "--yes")).exitCode).toBe(0);
    workspace.commit({ "policies/trust.yaml": trustFile(SIGNED_AND_LISTED) });
    const [old, newest] = [versionLine("v1.4.2", api, BOTH), versionLine("v1.5.0", next, BOTH)];
    workspace.commit({ "promotions/payments/api.yaml": promotion("api", newest, old) });
    const { report } = await checked(workspace);
    expect(report.result).toBe("changes");
    expect(
      pageIn({ pages: report.pages.filter(({ channel }) => channel === "prod") }).rollback,
    ).toEqual({
      kind: "version",
      version: "v1.4.2",
      digest: api.digest,
      sites: [{ site: "oslo", isReady: false, missing: expect.stringContaining("sbom") }],
    });
  });
});

describe("003-11 a pull request that edits policy", { timeout: 60_000 }, () => {
  it("says in the comment what would turn", async () => {
    await using world = await openTrustWorld({ "policies/trust.yaml": trustFile(SIGNATURE) });
    world.supply(bundleFor(world.api, world.keys.ci));
    world.workspace.commit(promoted(world.api, "staging, prod"));
    world.workspace.commit({ "policies/trust.yaml": trustFile(SIGNED_AND_LISTED) });
    const answer = await checked(world.workspace);
    expect(answer.report.policy?.turned?.turns).toEqual([
      expect.objectContaining({
        artifact: "payments/api",
        version: "v1.4.2",
        channel: "prod",
        from: { trust: "verified", decision: "allow" },
        to: { trust: "failed_verification", decision: "refuse" },
      }),
    ]);
    const comment = commentOf(answer);
    expect(comment).toContain("**This pull request edits policy**: `policies/trust.yaml`.");
    expect(comment).toMatch(/1 decision of \d+ about what is placed would turn/);
    expect(comment).toMatch(
      /\| payments\/api&#64;.*v1\.4\.2 for prod.* \| allowed \(verified\) \| REFUSED \(failed verification\) \|/,
    );
  });
});
