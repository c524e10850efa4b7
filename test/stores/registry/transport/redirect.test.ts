import { afterEach, describe, expect, it } from "vitest";
import { digestOf } from "../../../support/registry/digest.ts";
import { startRegistry, type RegistryOptions } from "../../../support/registry/index.ts";
import {
  callTo,
  failure,
  hostEntry,
  login,
  never,
  testTransport,
  textOf,
} from "../../../support/transport.ts";
import type { RegistryCall } from "../../../../src/stores/registry/call.ts";

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one[Symbol.asyncDispose]();
});

const BLOB = "the bytes of a blob";
const users = { robot: { password: "secret" } };

async function start(options: RegistryOptions, blobRedirectHosts?: readonly string[]) {
  const registry = await startRegistry({ auth: { kind: "bearer", users }, ...options });
  registry.repository("team/app").putBlob(BLOB);
  const transport = testTransport({
    hosts: [hostEntry(registry.host, { blobRedirectHosts })],
    env: login(registry.host, "robot", "secret"),
  });
  opened.push(transport, registry);
  const change: Partial<RegistryCall> = {
    target: `/v2/team/app/blobs/${digestOf(BLOB)}`,
    lane: "blobs",
    headers: { range: "bytes=0-99" },
    accept: [200, 206],
  };
  return {
    registry,
    get: (more: Partial<RegistryCall> = {}) =>
      transport.call(callTo(registry.host, { ...change, ...more }), never),
  };
}

describe("a redirect (003-14, research trust §7 row 7)", () => {
  it.for([301, 302, 303, 307, 308] as const)(
    "of %d is followed without credentials",
    async (status) => {
      const { registry, get } = await start({
        redirect: { to: "blob-host", status, refuseCredentials: true },
      });
      expect(await textOf(await get())).toBe(BLOB);
      const [there] = registry.find({ listener: "blobs" });
      expect(there?.headers["authorization"]).toBeUndefined();
      expect(there?.headers["range"]).toBe("bytes=0-99");
      expect(
        registry.find({ listener: "registry", kind: "blob" }).at(-1)?.headers["authorization"],
      ).toMatch(/^Bearer /);
    },
  );

  it("keeps credentials within the registry itself", async () => {
    const { registry, get } = await start({ redirect: { to: "self" } });
    await get();
    expect(registry.requests.at(-1)?.headers["authorization"]).toMatch(/^Bearer /);
  });

  it("in circles ends after ten", async () => {
    const { registry, get } = await start({ redirect: { to: "loop" } });
    const error = await failure(get());
    expect(error.code).toBe("invalid-answer");
    expect(error.message).toContain("in circles");
    expect(registry.count()).toBeLessThanOrEqual(13);
  });

  it("to a host that blobRedirectHosts does not name is not followed", async () => {
    const { registry, get } = await start({ redirect: { to: "blob-host" } }, ["s3.internal"]);
    const error = await failure(get());
    expect(error.message).toContain(registry.blobHost);
    expect(error.hint).toContain("blobRedirectHosts");
    expect(registry.count({ listener: "blobs" })).toBe(0);
  });

  it("to a host that it names is followed", async () => {
    const { registry, get } = await start({ redirect: { to: "blob-host" } }, ["127.0.0.1"]);
    expect(await textOf(await get())).toBe(BLOB);
    expect(registry.count({ listener: "blobs" })).toBe(1);
  });

  it("of a write is not followed, but an error", async () => {
    const { registry, get } = await start({});
    registry.fault({
      match: { method: "PUT" },
      do: { kind: "answer", status: 307, headers: { Location: `http://${registry.blobHost}/x` } },
    });
    const body = { kind: "bytes", bytes: Buffer.from("x") } as const;
    const error = await failure(get({ method: "PUT", body }));
    expect(error).toMatchObject({ code: "invalid-answer" });
    expect(registry.count({ listener: "blobs" })).toBe(0);
  });
});

describe("storage behind a redirect", () => {
  it("that lacks a blob does not make it absent: promise 3", async () => {
    const { registry, get } = await start({ redirect: { to: "blob-host" } });
    registry.fault({
      match: { listener: "blobs", times: Infinity },
      do: { kind: "answer", status: 404 },
    });
    const error = await failure(get({ accept: [200, 404] }));
    expect(error).toMatchObject({ code: "not-found", retryable: true });
    expect(error.message).toContain(registry.blobHost);
  });

  it("that asks for a login gets none", async () => {
    const { registry, get } = await start({ redirect: { to: "blob-host" } });
    registry.fault({
      match: { listener: "blobs", times: Infinity },
      do: { kind: "answer", status: 401, headers: { "WWW-Authenticate": "Basic" } },
    });
    const error = await failure(get());
    expect(error.message).toContain("no credentials are sent there");
    expect(registry.count({ listener: "blobs" })).toBe(1);
  });

  it("may say for a manifest that it is absent, for the registry left that to it", async () => {
    const { registry, get } = await start({ redirect: { to: "blob-host", manifests: true } });
    registry.fault({ match: { listener: "blobs" }, do: { kind: "answer", status: 404 } });
    registry.repository("team/app").putManifest("{}", "application/json", ["v1"]);
    const answer = await get({
      target: "/v2/team/app/manifests/v1",
      lane: "metadata",
      accept: [200, 404],
    });
    expect(answer.status).toBe(404);
    expect(answer.url.host).toBe(registry.blobHost);
  });
});

describe("a Location of an upload", () => {
  it("on another host gets the bytes and no credentials", async () => {
    const { registry, get } = await start({});
    await get();
    const body = { kind: "bytes", bytes: Buffer.from("x") } as const;
    const target = new URL(`http://${registry.blobHost}/somewhere?state=1`);
    await failure(get({ method: "PUT", target, body }));
    const [there] = registry.find({ listener: "blobs" });
    expect(there).toMatchObject({ method: "PUT" });
    expect(there?.headers["authorization"]).toBeUndefined();
  });
});
