import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { seed } from "../support/images.ts";
import { startRegistry } from "../support/registry/index.ts";
import { openTrustWorkspace, signatureOf, trustFile } from "../support/trust-workspace.ts";
import { gate, LET_IN } from "./gate.ts";

describe("threat 7: a redirect to another origin", () => {
  it("of evidence takes no credentials along, and its bytes are those of their digest", async () => {
    const signatures = await startRegistry({
      auth: { kind: "basic", users: { user: { password: "secret" } } },
      redirect: { to: "blob-host", refuseCredentials: true },
    });
    const folder = mkdtempSync(join(tmpdir(), "waybill-threat-"));
    try {
      await using workspace = await openTrustWorkspace({
        "policies/trust.yaml": trustFile().replace(
          "key: { file: policies/trust/ci.pub }",
          `key: { file: policies/trust/ci.pub }, signatureRepository: ${signatures.host}/signatures`,
        ),
      });
      const bundle = signatureOf(workspace.app, workspace.ci);
      seed(signatures.repository("signatures"), bundle);
      const file = join(folder, "auth.json");
      const auth = Buffer.from("user:secret").toString("base64");
      writeFileSync(file, JSON.stringify({ auths: { [signatures.host]: { auth } } }));
      const env = { WAYBILL_REGISTRY_AUTH_FILE: file };
      // The other host answers 400 to whoever brings credentials, and then nothing would be known.
      expect(await gate(workspace, { env })).toEqual(LET_IN);
    } finally {
      rmSync(folder, { recursive: true, force: true });
      await signatures.close();
    }
  });
});
