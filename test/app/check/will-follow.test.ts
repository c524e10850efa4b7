import { describe, expect, it } from "vitest";
import { stepSummary } from "#report";
import { blockedItem, planWith } from "../../support/actions.ts";
import { CHANNELS, SITES } from "../../support/workspace.ts";
import { exampleReport } from "../../report/github/comments.ts";
import { checked, commentOf, openPair } from "./checked.ts";

describe("what is asked for and not done at once", { timeout: 60_000 }, () => {
  it("a freeze: will follow when it is over, and why", async () => {
    const window =
      "freeze: [{ from: 2026-11-20T00:00:00Z, to: 2026-12-01T00:00:00Z, reason: year end }]";
    await using pair = await openPair();
    const { workspace } = pair;
    const promotions = workspace.read("promotions/payments/api.yaml");
    workspace.git("reset", "-q", "--hard", "HEAD^1");
    workspace.commit({
      "policies/channels.yaml": CHANNELS.replace(
        "    tags: { moving",
        `    ${window}\n    tags: { moving`,
      ),
    });
    workspace.commit({ "promotions/payments/api.yaml": promotions });
    const answer = await checked(workspace);
    for (const text of [commentOf(answer), stepSummary(answer.report)]) {
      expect(text).toContain("#### Will follow");
      expect(text).toMatch(
        /\*\*payments\/api\*\* `v1\.4\.2` → prod at `oslo` \(copy, .*\) will follow when it is 2026&#45;12&#45;01T00&#58;00&#58;00.*Z: prod is frozen until .*year end/,
      );
    }
  });

  it("a site that cannot be read: will follow when it can", async () => {
    await using pair = await openPair();
    const { workspace } = pair;
    const promotions = workspace.read("promotions/payments/api.yaml");
    workspace.git("reset", "-q", "--hard", "HEAD^1");
    workspace.commit({
      "policies/sites.yaml": `${SITES}  bergen: { stores: { oci: registry.bergen.example.com } }\n`,
      "policies/registries.yaml": `${workspace.read("policies/registries.yaml")}  registry.bergen.example.com: { endpoint: "http://127.0.0.1:1" }\n`,
      "policies/channels.yaml": CHANNELS.replace(
        "after: [staging]\n    sites: { require: [oslo] }",
        "after: [staging]\n    sites: { require: [oslo], bestEffort: [bergen] }",
      ),
    });
    workspace.commit({ "promotions/payments/api.yaml": promotions });
    const answer = await checked(workspace);
    const comment = commentOf(answer);
    expect(comment).toMatch(
      /- \*\*payments\/api\*\* → prod at `bergen` \(.*`v1\.4\.2` to be there.*\) will follow when this is over: /,
    );
    expect(answer.exitCode).toBe(3);
  });

  it("several versions and sites for one reason: one item", () => {
    const blocked = ["v1.0.0", "v1.1.0"].flatMap((version) =>
      ["oslo", "bergen"].map((site) =>
        blockedItem({ version, site, channel: "prod", code: "source-unknown", reason: "gone" }),
      ),
    );
    const text = stepSummary(exampleReport({ plan: planWith([], { blocked }), changes: [] }));
    expect(text.match(/^- .*will follow when this is over: gone\.$/gm)).toEqual([
      expect.stringContaining("prod at `oslo`, `bergen` (`v1.0.0`, `v1.1.0`) will follow"),
    ]);
  });

  it("nothing that waits: says nothing of it", async () => {
    await using pair = await openPair();
    expect(commentOf(await checked(pair.workspace))).not.toContain("Will follow");
  });
});
