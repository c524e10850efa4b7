import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { BLOCKED } from "../../support/sockets.ts";
import { ISSUER, SUBJECT } from "../../support/sigstore.ts";
import { BOT, hostOf, openKeylessWorld, ROOT } from "./keyless-world.ts";

const ASKED = ["verify", "payments/api@v1.0.0", "--channel", "prod"] as const;

describe("keyless, end to end, by whole processes", { timeout: 60_000 }, () => {
  it("000-22 002-44 apply signs with a token, and with every socket but the stores' blocked verify, plan and verify-bundle accept it", async () => {
    await using world = await openKeylessWorld();
    const { run, sign, services, stamps, app, workspace } = world;
    const vouchers = [hostOf(services.fulcio), hostOf(stamps.url)];
    const applied = await run(["apply", "--yes", ...sign], vouchers);
    expect(applied.stderr).not.toContain("failed");
    expect(applied.code).toBe(0);
    // One certificate for both statements; each is logged and stamped.
    expect(services.asked.filter((one) => one.includes("signingCert"))).toHaveLength(1);
    expect(services.asked.filter((one) => one.includes("/log/entries"))).toHaveLength(2);
    expect(stamps.asked()).toBe(2);

    const verified = await run([...ASKED, "--format", "json"]);
    expect(verified.code, verified.stderr).toBe(0);
    expect(JSON.parse(verified.stdout)).toMatchObject({
      results: [{ trust: "verified", decision: "allow", digest: app.digest }],
    });
    const plan = await run(["plan", "--deep", "--format", "json"]);
    expect(JSON.parse(plan.stdout)).toMatchObject({ actions: [], blocked: [] });

    const bundle = join(workspace.root, ".git", "promotion.json");
    const exported = ["evidence", "export", "payments/api@v1.0.0", "--type", "promotion"];
    expect((await run([...exported, "--as", "bundle", "--out", bundle])).code).toBe(0);
    for (const [subject, code] of [
      [BOT, 0],
      [SUBJECT, 1],
    ] as const) {
      const identity = ["--certificate-identity", subject, "--certificate-oidc-issuer", ISSUER];
      const root = ["--trusted-root", join(workspace.root, ROOT)];
      const args = ["verify-bundle", "--bundle", bundle, ...identity, ...root, app.digest];
      const said = await run(args);
      expect(said.code, said.stdout + said.stderr).toBe(code);
    }
  });

  it("the sockets are blocked indeed: what needs Fulcio ends at its first word to it", async () => {
    await using world = await openKeylessWorld();
    const { code } = await world.run(["apply", "--yes", ...world.sign]);
    expect(code).toBe(BLOCKED);
  });

  it("what another identity signed is not ours, and not accepted", async () => {
    await using world = await openKeylessWorld();
    const { workspace, run, sign, services, stamps } = world;
    const trust = workspace.read("policies/trust.yaml").replaceAll(BOT, `${BOT}-of-another`);
    workspace.commit({ "policies/trust.yaml": trust });
    const refused = await run(
      ["apply", "--yes", ...sign],
      [hostOf(services.fulcio), hostOf(stamps.url)],
    );
    expect(refused.code).toBe(1);
    expect(refused.stdout + refused.stderr).toContain("does not verify under policies/trust.yaml");
  });

  it("proofs of a run before are believed by whoever looks, and never by apply", async () => {
    await using world = await openKeylessWorld();
    const { workspace, run, sign } = world;
    const folder = join(workspace.root, ".git", "caches", "waybill", "proofs");
    expect((await run(ASKED)).code).toBe(0);
    const kept = readdirSync(folder);
    expect(kept.length).toBeGreaterThan(0);
    for (const name of kept) {
      const file = join(folder, name);
      writeFileSync(file, readFileSync(file, "utf8").replaceAll(SUBJECT, "https://forged.test"));
    }
    const looked = await run(ASKED);
    expect(looked.code).toBe(4);
    expect(looked.stdout).toContain("https://forged.test");
    // Apply would refuse as well if it believed them; it proved by itself, and is ended where it asks for a certificate.
    const applied = await run(["apply", "--yes", ...sign]);
    expect(applied.code).toBe(BLOCKED);
  });
});
