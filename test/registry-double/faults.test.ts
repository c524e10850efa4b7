import { describe, expect, it } from "vitest";
import { blob, image, pattern, seed } from "../support/images.ts";
import { startRegistry, type Fault, type Registry } from "../support/registry/index.ts";
import { beginUpload, bodyOf, call, rawGet, withDigest } from "./requests.ts";

const IMAGE = image({ layerBytes: 5000 });
const LAYER = IMAGE.blobs[1] ?? IMAGE;
const SIZE = LAYER.bytes.length;
const PATH = `/v2/app/blobs/${LAYER.digest}`;

async function seeded(): Promise<Registry> {
  const registry = await startRegistry();
  seed(registry.repository("app"), IMAGE, ["v1"]);
  return registry;
}

describe("faults of an answer", () => {
  it("the nth matching request, so many times", async () => {
    await using registry = await seeded();
    const fault = registry.fault({
      match: { kind: "blob", nth: 2, times: 2 },
      do: { kind: "answer", status: 503, headers: { "retry-after": "1" }, body: "busy" },
    });
    const statuses = [];
    for (let at = 0; at < 5; at += 1) {
      statuses.push((await call(registry, "GET", PATH)).status);
      await call(registry, "HEAD", "/v2/app/manifests/v1");
    }
    expect(statuses).toEqual([200, 503, 503, 200, 200]);
    expect(fault.met).toBe(2);
    expect(registry.count({ status: 503 })).toBe(2);
    expect(registry.count({ status: 503, kind: "manifest" })).toBe(0);
  });

  it("matches by method, repository, reference, path and query; is taken away; one at a time", async () => {
    await using registry = await seeded();
    const match = {
      method: "GET",
      repository: "app",
      reference: "v1",
      path: /v1$/u,
      query: /^x=1$/u,
    };
    const fault = registry.fault({ match, do: { kind: "answer", status: 500 } });
    registry.fault({ match: {}, do: { kind: "answer", status: 418 } });
    expect((await call(registry, "GET", "/v2/app/manifests/v1?x=1")).status).toBe(500);
    expect((await call(registry, "GET", "/v2/app/manifests/v1?x=2")).status).toBe(418);
    registry.fault({ match: { times: Infinity }, do: { kind: "answer", status: 500 } });
    fault.remove();
    expect((await call(registry, "GET", "/v2/")).status).toBe(500);
    registry.clearFaults();
    expect((await call(registry, "GET", "/v2/")).status).toBe(200);
  });

  it.each<[string, Fault, { readonly length: number; readonly same: boolean }]>([
    ["corrupt", { kind: "corrupt" }, { length: SIZE, same: false }],
    ["corrupt at 0", { kind: "corrupt", at: 0 }, { length: SIZE, same: false }],
    ["shorten", { kind: "shorten", to: 100 }, { length: 100, same: false }],
    ["lengthen", { kind: "lengthen", by: 3 }, { length: SIZE + 3, same: false }],
    [
      "body",
      { kind: "body", bytes: "<html>", contentType: "text/html" },
      { length: 6, same: false },
    ],
    ["empty body", { kind: "body", bytes: "" }, { length: 0, same: false }],
    ["delay", { kind: "delay", ms: 1 }, { length: SIZE, same: true }],
    ["slow", { kind: "slow", bytesPerSecond: 1e6 }, { length: SIZE, same: true }],
  ])("%s", async (_, fault, { length, same }) => {
    await using registry = await seeded();
    registry.fault({ match: {}, do: fault });
    const response = await call(registry, "GET", PATH);
    const bytes = Buffer.from(await response.arrayBuffer());
    expect(response.status).toBe(200);
    expect(bytes.length).toBe(length);
    expect(bytes.equals(LAYER.bytes)).toBe(same);
    expect(registry.requests[0]?.fault).toBe(fault.kind);
    const after = await call(registry, "GET", PATH);
    expect(Buffer.from(await after.arrayBuffer())).toEqual(LAYER.bytes);
  });

  it("headers set and taken away, whatever their case", async () => {
    await using registry = await seeded();
    const set = { "content-type": "text/html", "docker-content-digest": undefined };
    registry.fault({ match: {}, do: { kind: "headers", set } });
    const response = await call(registry, "HEAD", "/v2/app/manifests/v1");
    expect(response.headers.get("content-type")).toBe("text/html");
    expect(response.headers.get("docker-content-digest")).toBeNull();
  });
});

describe("faults of a connection", () => {
  it.each<[string, Fault, object]>([
    ["drop", { kind: "drop" }, { ended: "error" }],
    [
      "truncate",
      { kind: "truncate", after: 1000 },
      { status: 200, received: 1000, ended: "aborted" },
    ],
    [
      "a length that is not the body's",
      { kind: "headers", set: { "Content-Length": String(SIZE + 10) } },
      { ended: "error" },
    ],
  ])("%s", async (_, fault, outcome) => {
    await using registry = await seeded();
    registry.fault({ match: {}, do: fault });
    const seen = await rawGet(registry, PATH);
    if ("status" in outcome) {
      expect(seen).toEqual(outcome);
    } else {
      expect(seen.ended).not.toBe("whole");
    }
    expect(await rawGet(registry, PATH)).toMatchObject({ received: SIZE, ended: "whole" });
  });

  it.each<[Fault, number]>([
    [{ kind: "stall", after: 10 }, 10],
    [{ kind: "stall" }, 0],
    [{ kind: "hang" }, 0],
  ])("%o holds the connection until the client or the test lets go", async (fault, received) => {
    const registry = await seeded();
    registry.fault({ match: {}, do: fault });
    const outcome = rawGet(registry, PATH);
    await expect.poll(() => registry.requests[0]?.bytesOut).toBe(received);
    expect(registry.requests[0]?.finished).toBe(false);
    await registry.close();
    expect((await outcome).ended).not.toBe("whole");
  });

  it("drop-after does the work and loses the answer", async () => {
    await using registry = await seeded();
    registry.fault({ match: { method: "PUT" }, do: { kind: "drop-after" } });
    const location = await beginUpload(registry, "app");
    const small = blob("small", "x/y");
    const url = withDigest(registry, location, small.digest);
    await expect(call(registry, "PUT", url, bodyOf(small.bytes))).rejects.toThrow(TypeError);
    expect(registry.repository("app").blobs.has(small.digest)).toBe(true);
  });

  it.each<["drop" | number]>([["drop"], [416], [500]])(
    "partial keeps what came of a chunk, then %s; the status tells where to go on",
    async (outcome) => {
      await using registry = await seeded();
      const location = await beginUpload(registry, "app");
      const whole = blob(pattern("chunked", 300_000), "x/y");
      registry.fault({ match: { method: "PATCH" }, do: { kind: "partial", keep: 1000, outcome } });
      const sent = call(registry, "PATCH", location, {
        ...bodyOf(whole.bytes),
        headers: { "content-range": `0-${whole.bytes.length - 1}` },
      });
      const seen = await sent.then(
        (response) => response.status,
        () => "drop",
      );
      expect([outcome, "drop"]).toContain(seen);
      const status = await call(registry, "GET", location);
      expect(status.headers.get("range")).toBe("0-999");
      const headers = { "content-range": `1000-${whole.bytes.length - 1}` };
      const url = withDigest(registry, location, whole.digest);
      const rest = { ...bodyOf(whole.bytes.subarray(1000)), headers };
      expect((await call(registry, "PUT", url, rest)).status).toBe(201);
    },
  );

  it("die takes the registry away; it comes back on its port with its content", async () => {
    await using registry = await seeded();
    const { host } = registry;
    registry.fault({ match: { nth: 2 }, do: { kind: "die" } });
    expect((await rawGet(registry, PATH)).ended).toBe("whole");
    expect((await rawGet(registry, PATH)).ended).toBe("error");
    expect((await rawGet(registry, PATH)).ended).toBe("error");
    await registry.restart();
    expect(registry.host).toBe(host);
    expect((await rawGet(registry, PATH)).ended).toBe("whole");
    expect(registry.requests).toHaveLength(3);
  });
});

describe("what the double saw", () => {
  it("hooks are awaited before the answer, by index; call is a hook for some", async () => {
    await using registry = await seeded();
    const seen: string[] = [];
    registry.onRequest((index, request) => {
      seen.push(`${index} ${request.method}`);
    });
    registry.fault({
      match: { method: "HEAD" },
      do: {
        kind: "call",
        run: async (request) => {
          await Promise.resolve();
          registry.repository("app").deleteTag(request.reference ?? "");
        },
      },
    });
    await call(registry, "GET", "/v2/");
    expect((await call(registry, "HEAD", "/v2/app/manifests/v1")).status).toBe(404);
    expect(seen).toEqual(["0 GET", "1 HEAD"]);
  });

  it("counts requests and connections, and forgets them", async () => {
    await using registry = await seeded();
    expect((await rawGet(registry, PATH)).ended).toBe("whole");
    expect((await rawGet(registry, "/v2/app/tags/list?n=5")).ended).toBe("whole");
    expect(registry.count()).toBe(2);
    expect(registry.requests[1]).toMatchObject({
      index: 1,
      listener: "registry",
      method: "GET",
      kind: "tags",
      repository: "app",
      status: 200,
      finished: true,
    });
    expect(registry.requests[1]?.query.get("n")).toBe("5");
    expect(registry.connections).toBeGreaterThan(0);
    expect(registry.peakInFlight).toBe(1);
    registry.reset();
    expect([registry.count(), registry.connections, registry.peakInFlight]).toEqual([0, 0, 0]);
  });

  it("429 above so many requests at once", async () => {
    await using registry = await startRegistry({ maxInFlight: 1, retryAfter: "3" });
    registry.fault({ match: { times: 2 }, do: { kind: "delay", ms: 30 } });
    const both = await Promise.all([call(registry, "GET", "/v2/"), call(registry, "GET", "/v2/")]);
    expect(both.map(({ status }) => status)).toContain(429);
    expect(both.find(({ status }) => status === 429)?.headers.get("retry-after")).toBe("3");
    expect(registry.peakInFlight).toBe(2);
  });

  it("close throws what went wrong inside the double", async () => {
    const registry = await seeded();
    registry.onRequest(() => {
      throw new Error("a bug in a hook");
    });
    expect((await rawGet(registry, PATH)).ended).toBe("error");
    await expect(registry.close()).rejects.toThrow("the registry double failed");
  });
});
