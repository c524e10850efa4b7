import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { PROMOTION } from "#model";
import { BOT, hostOf, openKeylessWorld, ROOT } from "../app/trust/keyless-world.ts";
import { mustRun, requireTool } from "../support/real/program.ts";
import { leftOut, openMatrix } from "../support/real/tables.ts";
import { ISSUER, SUBJECT } from "../support/sigstore.ts";

const missing = requireTool("cosign");
const matrix = openMatrix();
if (missing !== undefined) leftOut("2 rows of the matrix: what waybill attests keyless", missing);

describe.skipIf(missing !== undefined)("what we attest keyless", { timeout: 180_000 }, () => {
  it("000-22 cosign accepts it under the same root, and for no other identity", async () => {
    await using world = await openKeylessWorld();
    const { run, sign, services, stamps, workspace, app } = world;
    const vouchers = [hostOf(services.fulcio), hostOf(stamps.url)];
    expect((await run(["apply", "--yes", ...sign], vouchers)).code).toBe(0);
    const bundle = join(workspace.root, ".git", "promotion.json");
    const exported = ["evidence", "export", "payments/api@v1.0.0", "--type", "promotion"];
    await run([...exported, "--as", "bundle", "--out", bundle]);
    const home = await mkdtemp(join(tmpdir(), "waybill-keyless-"));
    async function accepts(identity: string): Promise<string> {
      const who = ["--certificate-identity", identity, "--certificate-oidc-issuer", ISSUER];
      const root = ["--trusted-root", join(workspace.root, ROOT), "--insecure-ignore-sct"];
      const digest = ["--digest", app.digest.slice("sha256:".length), "--digestAlg", "sha256"];
      const what = [
        "--new-bundle-format",
        "--bundle",
        bundle,
        "--type",
        PROMOTION,
        "--use-signed-timestamps",
      ];
      const args = ["verify-blob-attestation", ...what, ...who, ...root, ...digest];
      return mustRun("cosign", args, { env: { HOME: home } });
    }
    try {
      await accepts(BOT);
      matrix.judged({
        maker: "waybill",
        what: "bundle, keyless, with log entry and timestamp",
        judge: "cosign verify-blob-attestation",
        verdict: "accepted",
      });
      await expect(accepts(SUBJECT)).rejects.toThrow(/identit/);
      matrix.judged({
        maker: "waybill",
        what: "bundle, keyless, for another identity",
        judge: "cosign verify-blob-attestation",
        verdict: "refused",
      });
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  });
});
