import { afterEach, describe, expect, it } from "vitest";
import type { RegistryCall } from "../../../../src/stores/registry/call.ts";
import type { TransportSettings } from "../../../../src/stores/registry/transport-settings.ts";
import { startRegistry, type Fault, type Registry } from "../../../support/registry/index.ts";
import {
  callTo,
  failure,
  hostEntry,
  never,
  testTransport,
  textOf,
} from "../../../support/transport.ts";

const OCI = "application/vnd.oci.image.manifest.v1+json";
const MANIFEST = JSON.stringify({
  schemaVersion: 2,
  layers: [],
  annotations: { pad: "x".repeat(2000) },
});

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one[Symbol.asyncDispose]();
});

async function start(settings: Partial<TransportSettings> = {}) {
  const registry = await startRegistry();
  registry.repository("team/app").putManifest(MANIFEST, OCI, ["v1"]);
  const transport = testTransport(settings);
  opened.push(transport, registry);
  return { registry, transport };
}

function faulty(registry: Registry, fault: Fault, times: number): void {
  registry.fault({ match: { times }, do: fault });
}

const upload: Partial<RegistryCall> = {
  method: "POST",
  target: "/v2/team/app/blobs/uploads/",
  lane: "blobs",
  accept: [202],
};
const put: Partial<RegistryCall> = {
  method: "PUT",
  target: "/v2/team/app/manifests/v2",
  headers: { "content-type": OCI },
  body: { kind: "bytes", bytes: Buffer.from(MANIFEST) },
  accept: [201],
};

describe("a call is tried again", () => {
  it.for([408, 500, 502, 503, 504])("after %d", async (status) => {
    const { registry, transport } = await start();
    faulty(registry, { kind: "answer", status }, 2);
    const answer = await transport.call(callTo(registry.host), never);
    expect(await textOf(answer)).toBe(MANIFEST);
    expect(registry.count()).toBe(3);
  });

  const BROKEN: readonly Fault[] = [
    { kind: "drop" },
    { kind: "drop-after" },
    { kind: "truncate", after: 0 },
    { kind: "truncate", after: 100 },
  ];
  it.for(BROKEN)("after %j", async (fault) => {
    const { registry, transport } = await start();
    faulty(registry, fault, 2);
    const answer = await transport.call(callTo(registry.host), never);
    expect(await textOf(answer)).toBe(MANIFEST);
    expect(registry.count()).toBe(3);
  });

  it.for([
    ["an upload's start", upload],
    ["a manifest's PUT", put],
  ] as const)("where it is %s", async ([, change]) => {
    const { registry, transport } = await start();
    faulty(registry, { kind: "drop-after" }, 1);
    faulty(registry, { kind: "answer", status: 500 }, 1);
    const answer = await transport.call(callTo(registry.host, change), never);
    await answer.discard();
    expect(registry.count()).toBe(3);
  });

  it("after a body stalls, and fails in time where it always does", async () => {
    const { registry, transport } = await start({ timeouts: { bodyMs: 700 }, retry: { tries: 2 } });
    faulty(registry, { kind: "stall", after: 100 }, 3);
    const error = await failure(transport.call(callTo(registry.host), never));
    expect(error).toMatchObject({ code: "timeout", retryable: true });
    expect(error.message).toContain("stopped in the middle");
    expect(await textOf(await transport.call(callTo(registry.host), never))).toBe(MANIFEST);
    expect(registry.count()).toBe(4);
  });

  it("after no answer comes, and fails in time where none ever does", async () => {
    const { registry, transport } = await start({
      timeouts: { headersMs: 50 },
      retry: { tries: 2 },
    });
    faulty(registry, { kind: "hang" }, 2);
    const error = await failure(transport.call(callTo(registry.host), never));
    expect(error.code).toBe("timeout");
    expect(registry.count()).toBe(2);
  });
});

describe("a call is not tried again", () => {
  it.for([400, 403, 404, 405, 409, 412, 413, 416, 422, 501, 505])("after %d", async (status) => {
    const { registry, transport } = await start();
    faulty(registry, { kind: "answer", status }, 9);
    const error = await failure(transport.call(callTo(registry.host), never));
    expect(error.message).toContain(`answered ${status} to GET`);
    expect(registry.count()).toBe(1);
  });

  it("for ever: six tries, then the registry's own words", async () => {
    const { registry, transport } = await start();
    const body = JSON.stringify({ errors: [{ code: "UNKNOWN", message: "disk on fire" }] });
    faulty(registry, { kind: "answer", status: 500, body }, Infinity);
    const error = await failure(transport.call(callTo(registry.host), never));
    expect(error).toMatchObject({ code: "unavailable", retryable: true });
    expect(error.message).toContain("UNKNOWN: disk on fire");
    expect(registry.count()).toBe(6);
  });

  it.for([
    [
      "a PATCH, which would append twice",
      { method: "PATCH", body: { kind: "bytes", bytes: Buffer.from("x") } },
    ],
    [
      "a stream, which was read",
      { method: "PUT", body: { kind: "stream", length: 1, open: oneByte } },
    ],
  ] as const)("where it is %s", async ([, change]) => {
    const { registry, transport } = await start();
    faulty(registry, { kind: "answer", status: 500 }, 9);
    const error = await failure(
      transport.call(callTo(registry.host, { ...upload, ...change }), never),
    );
    expect(error).toMatchObject({ code: "unavailable", retryable: true });
    expect(registry.count()).toBe(1);
  });

  it("a thousand times over: what calls may retry on one host is bounded for all together", async () => {
    const { registry, transport } = await start();
    faulty(registry, { kind: "answer", status: 500 }, Infinity);
    const calls = Array.from({ length: 100 }, () =>
      failure(transport.call(callTo(registry.host), never)),
    );
    await Promise.all(calls);
    expect(registry.count()).toBeLessThanOrEqual(100 + 40);
  });
});

async function* oneByte(): AsyncGenerator<Uint8Array> {
  yield Buffer.from("x");
}

describe("a host that is gone", () => {
  it("is tried a few times and then not for each of a thousand calls", async () => {
    const { registry, transport } = await start();
    await registry.stop();
    const calls = Array.from({ length: 1000 }, () =>
      failure(transport.call(callTo(registry.host), never)),
    );
    const errors = await Promise.all(calls);
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(["unreachable"]));
    expect(errors[0]?.message).toContain(`${registry.host} refused the connection`);
    const told = errors.filter(({ message }) => message.includes("not asked, for a moment ago"));
    expect(told.length).toBeGreaterThan(900);
  });

  it("does not take other hosts along", async () => {
    const gone = await start();
    await gone.registry.stop();
    await failure(gone.transport.call(callTo(gone.registry.host), never));
    const other = await start();
    const answer = await gone.transport.call(callTo(other.registry.host), never);
    expect(answer.status).toBe(200);
  });

  it("is not given up for one answer that breaks off again and again", async () => {
    const { registry, transport } = await start();
    registry.fault({ match: { reference: "v1", times: Infinity }, do: { kind: "drop" } });
    await failure(transport.call(callTo(registry.host), never));
    const answer = await transport.call(
      callTo(registry.host, { target: "/v2/team/app/tags/list" }),
      never,
    );
    expect(answer.status).toBe(200);
  });
});

describe("429, too many requests", () => {
  it("is waited out as long as Retry-After says in seconds, for all calls of the host", async () => {
    const { registry, transport } = await start();
    await transport.call(callTo(registry.host), never);
    let until = 0;
    registry.fault({
      match: {},
      do: { kind: "answer", status: 429, headers: { "Retry-After": "1" } },
    });
    registry.onRequest((index) => {
      if (index === 1) until = performance.now() + 900;
      // The one that follows must come from behind the wait.
      if (index > 1) expect(performance.now()).toBeGreaterThan(until);
    });
    await transport.call(callTo(registry.host), never);
    expect(registry.count()).toBe(3);
  });

  it("is waited out until Retry-After's date", async () => {
    const { registry, transport } = await start();
    const date = new Date(Date.now() + 1500).toUTCString();
    registry.fault({
      match: {},
      do: { kind: "answer", status: 429, headers: { "Retry-After": date } },
    });
    await transport.call(callTo(registry.host), never);
    expect(Date.now()).toBeGreaterThanOrEqual(Date.parse(date) - 5);
  });

  it("fails at once where it asks for longer than a run lasts, and says so", async () => {
    const { registry, transport } = await start();
    faulty(registry, { kind: "answer", status: 429, headers: { "Retry-After": "21600" } }, 1);
    const error = await failure(transport.call(callTo(registry.host), never));
    expect(error).toMatchObject({ code: "rate-limited", retryable: true });
    expect(error.message).toContain("wait 21600 s");
    expect(error.hint).toContain("requestsPerSecond");
    const next = await failure(transport.call(callTo(registry.host), never));
    expect(next.message).toContain("not asked");
    expect(registry.count()).toBe(1);
  });

  it("replays a PATCH, for it was not carried out", async () => {
    const { registry, transport } = await start();
    faulty(registry, { kind: "answer", status: 429, headers: { "Retry-After": "0" } }, 1);
    const patch = {
      ...upload,
      method: "PATCH",
      body: { kind: "bytes", bytes: Buffer.from("x") },
    } as const;
    await failure(transport.call(callTo(registry.host, patch), never));
    expect(registry.count()).toBe(2);
  });
});

describe("503 with Retry-After", () => {
  it("is waited out", async () => {
    const { registry, transport } = await start();
    faulty(registry, { kind: "answer", status: 503, headers: { "Retry-After": "0" } }, 2);
    expect((await transport.call(callTo(registry.host), never)).status).toBe(200);
    expect(registry.count()).toBe(3);
  });
});

describe("concurrency", () => {
  it("is sixteen connections for all repositories of a host, and no more", async () => {
    const { registry, transport } = await start();
    registry.fault({ match: { times: Infinity }, do: { kind: "delay", ms: 5 } });
    const calls = Array.from({ length: 200 }, (_, index) =>
      transport
        .call(callTo(registry.host, { lane: index % 3 === 0 ? "blobs" : "metadata" }), never)
        .then(textOf),
    );
    await Promise.all(calls);
    expect(registry.connections).toBeLessThanOrEqual(16);
    expect(registry.peakInFlight).toBeLessThanOrEqual(16);
    expect(registry.peakInFlight).toBeGreaterThan(8);
  });

  it("is what registries.yaml says", async () => {
    const { registry } = await start();
    const transport = testTransport({ hosts: [hostEntry(registry.host, { maxConcurrency: 3 })] });
    opened.push(transport);
    registry.fault({ match: { times: Infinity }, do: { kind: "delay", ms: 2 } });
    await Promise.all(
      Array.from({ length: 40 }, () => transport.call(callTo(registry.host), never).then(textOf)),
    );
    expect(registry.peakInFlight).toBeLessThanOrEqual(3);
    expect(registry.connections).toBeLessThanOrEqual(3);
  });

  it("settles below what the host bears at once, where that is all it says", async () => {
    const { registry, transport } = await start();
    registry.configure({ maxInFlight: 4 });
    registry.fault({ match: { times: Infinity }, do: { kind: "delay", ms: 1 } });
    const calls = Array.from({ length: 40 }, () =>
      transport.call(callTo(registry.host), never).then(textOf),
    );
    await Promise.all(calls);
    expect(registry.count({ status: 200 })).toBe(40);
  });
});
