import { request } from "node:https";
import { describe, expect, it } from "vitest";
import { selfSigned } from "../support/certificate.ts";
import { startRegistry, type Registry } from "../support/registry/index.ts";

async function ping(registry: Registry, ca: string): Promise<string> {
  return await new Promise((resolve) => {
    const sent = request(new URL("/v2/", registry.origin), { ca, agent: false }, (response) => {
      response.resume();
      resolve(String(response.statusCode));
    });
    sent.once("error", (error: NodeJS.ErrnoException) => {
      resolve(error.code ?? error.message);
    });
    sent.end();
  });
}

describe("TLS", () => {
  it("answers over https to who trusts its certificate", async () => {
    const tls = selfSigned();
    await using registry = await startRegistry({ tls });
    expect(registry.origin).toMatch(/^https:/u);
    expect(await ping(registry, tls.cert)).toBe("200");
    expect(await ping(registry, selfSigned().cert)).not.toBe("200");
    expect(registry.connections).toBe(2);
  });

  it("can have an expired one", async () => {
    const tls = selfSigned(new Date("2021-01-01T00:00:00Z"));
    await using registry = await startRegistry({ tls });
    expect(await ping(registry, tls.cert)).toBe("CERT_HAS_EXPIRED");
  });
});
