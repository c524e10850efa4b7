import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openTrustWorkspace, trustFile } from "../support/trust-workspace.ts";
import { gate, sign } from "./gate.ts";

interface Listener extends AsyncDisposable {
  readonly host: string;
  /** The path and the credentials of each request. */
  readonly asked: string[];
}

async function listen(
  answer: (host: string) => Readonly<Record<string, string>>,
): Promise<Listener> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(`${request.url ?? ""} ${request.headers.authorization ?? "nobody"}`);
    response.writeHead(401, answer(host)).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    host,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

describe("threat 6: a token realm that steals credentials or reaches inside", () => {
  it("of a host that holds signatures gets no credentials, and what it has is not known", async () => {
    await using thief = await listen(() => ({}));
    await using evil = await listen(() => ({
      "www-authenticate": `Bearer realm="http://${thief.host}/token",service="x"`,
    }));
    await using workspace = await openTrustWorkspace({
      "policies/trust.yaml": trustFile().replace(
        "key: { file: policies/trust/ci.pub }",
        `key: { file: policies/trust/ci.pub }, signatureRepository: ${evil.host}/signatures`,
      ),
    });
    const folder = mkdtempSync(join(tmpdir(), "waybill-threat-"));
    try {
      const file = join(folder, "auth.json");
      const auth = Buffer.from("user:secret").toString("base64");
      writeFileSync(file, JSON.stringify({ auths: { [evil.host]: { auth } } }));
      expect(await gate(workspace, { env: { WAYBILL_REGISTRY_AUTH_FILE: file } })).toEqual([
        "unknown trust.signature",
      ]);
      expect(evil.asked.length).toBeGreaterThan(0);
      expect(thief.asked.filter((each) => !each.endsWith(" nobody"))).toEqual([]);
      sign(workspace, workspace.ci);
      // What is proved beside the image needs nobody else.
      expect(await gate(workspace)).toEqual(["copy", "tag"]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
