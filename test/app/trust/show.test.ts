import { describe, expect, it } from "vitest";
import { openTrustWorld, rule, trustFile } from "./world.ts";

describe("waybill trust", () => {
  it("shows the policy of the commit, not that of the work tree, and asks no store", async () => {
    await using world = await openTrustWorld();
    world.workspace.write("policies/trust.yaml", trustFile(rule("      - sbom: {}\n")));
    const { exitCode, out } = await world.run("trust", "show");
    expect(exitCode).toBe(0);
    expect(out).toContain(world.workspace.git("rev-parse", "HEAD").slice(0, 12));
    expect(out).toContain("a signature by ci");
    expect(out).toMatch(/policies\/trust\/ci\.pub: P-256, sha256:[0-9a-f]{64}$/m);
    expect(world.workspace.requests()).toBe(0);
  });

  it("explains a rule, and names the rules where there is none of that name", async () => {
    await using world = await openTrustWorld();
    const { exitCode, out } = await world.run("trust", "explain", "payments-images");
    expect(exitCode).toBe(0);
    expect(out).toContain("Rule payments-images is for project payments, channel prod.");
    const none = await world.run("trust", "explain", "others");
    expect(none.exitCode).toBe(2);
    expect(none.err).toContain("There is no rule others.");
    expect(none.err).toContain("one of payments-images");
  });

  it.for([["show"], ["explain", "payments-images"]] as const)(
    "writes %s as a document where a program asks",
    async (args) => {
      await using world = await openTrustWorld();
      const { exitCode, out } = await world.run("--format", "json", "trust", ...args);
      expect(exitCode).toBe(0);
      expect(JSON.parse(out)).toMatchObject({
        schema: args[0] === "show" ? "waybill.dev/trust/v1" : "waybill.dev/trust-rule/v1",
      });
    },
  );

  it("tells what is wrong with a policy, at its line: exit 2", async () => {
    await using world = await openTrustWorld();
    world.workspace.commit({
      "policies/trust.yaml": "apiVersion: waybill.dev/v1\nkind: Trust\nrules: 3\n",
    });
    const { exitCode, out } = await world.run("trust", "show");
    expect(exitCode).toBe(2);
    expect(out).toContain("policies/trust.yaml:3:");
  });
});
