import { describe, expect, it } from "vitest";
import { image, seed } from "../support/images.ts";
import { startRegistry, type RedirectOptions, type Registry } from "../support/registry/index.ts";
import { call } from "./requests.ts";

const IMAGE = image();
const LAYER = IMAGE.blobs[1] ?? IMAGE;
const PATH = `/v2/app/blobs/${LAYER.digest}`;

async function redirecting(redirect: RedirectOptions): Promise<Registry> {
  const registry = await startRegistry({ redirect });
  seed(registry.repository("app"), IMAGE, ["v1"]);
  return registry;
}

describe("redirected reads", () => {
  it.each<NonNullable<RedirectOptions["status"]>>([301, 302, 303, 307, 308])(
    "%i to a host of its own, which says whether credentials came",
    async (status) => {
      await using registry = await redirecting({ status });
      const response = await call(registry, "GET", PATH);
      expect(response.status).toBe(status);
      const url = new URL(response.headers.get("location") ?? "");
      expect(url.host).toBe(registry.blobHost);
      const headers = { authorization: "Bearer secret", range: "bytes=1-4" };
      const part = await fetch(url, { headers });
      expect(part.status).toBe(206);
      expect(Buffer.from(await part.arrayBuffer())).toEqual(LAYER.bytes.subarray(1, 5));
      const [seen] = registry.find({ kind: "redirected" });
      expect(seen).toMatchObject({ listener: "blobs", repository: "app" });
      expect(seen?.headers["authorization"]).toBe("Bearer secret");
    },
  );

  it("refuses credentials, used and forged URLs as object storage does", async () => {
    await using registry = await redirecting({ refuseCredentials: true, uses: 1 });
    const response = await call(registry, "GET", PATH);
    const url = response.headers.get("location") ?? "";
    const headers = { authorization: "Bearer secret" };
    expect((await fetch(url, { headers })).status).toBe(400);
    expect((await fetch(url)).status).toBe(200);
    const again = await fetch(url);
    expect(again.status).toBe(403);
    expect(await again.text()).toContain("<Code>AccessDenied</Code>");
    expect((await fetch(url.replace(/Signature=.*/u, "Signature=x"))).status).toBe(403);
  });

  it("may stay on the host, go nowhere, or never end", async () => {
    await using registry = await redirecting({ to: "self" });
    expect((await call(registry, "GET", PATH, { redirect: "follow" })).status).toBe(200);
    const elsewhere = new URL("http://storage.invalid/x");
    registry.configure({ redirect: { to: elsewhere } });
    const away = await call(registry, "GET", PATH);
    expect(away.headers.get("location")).toBe(elsewhere.href);
    registry.configure({ redirect: { to: "loop" } });
    await expect(call(registry, "GET", PATH, { redirect: "follow" })).rejects.toThrow(TypeError);
    expect(registry.count({ query: /^hop=/u })).toBeGreaterThan(5);
  });

  it("leaves HEAD, missing blobs and manifests alone but where told", async () => {
    await using registry = await redirecting({});
    const manifest = "/v2/app/manifests/v1";
    const missing = `/v2/app/blobs/${IMAGE.digest}`;
    expect((await call(registry, "HEAD", PATH)).status).toBe(200);
    expect((await call(registry, "GET", missing)).status).toBe(404);
    expect((await call(registry, "GET", manifest)).status).toBe(200);
    registry.configure({ redirect: { heads: true, manifests: true } });
    expect((await call(registry, "HEAD", PATH)).status).toBe(307);
    const followed = await call(registry, "GET", manifest, { redirect: "follow" });
    expect(followed.headers.get("content-type")).toBe(IMAGE.mediaType);
    expect(Buffer.from(await followed.arrayBuffer())).toEqual(IMAGE.bytes);
  });
});
