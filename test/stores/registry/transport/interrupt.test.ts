import { afterEach, describe, expect, it } from "vitest";
import {
  startRegistry,
  type Fault,
  type FaultMatch,
  type RegistryOptions,
} from "../../../support/registry/index.ts";
import {
  callTo,
  failure,
  hostEntry,
  login,
  never,
  testTransport,
} from "../../../support/transport.ts";
import type { TransportSettings } from "../../../../src/stores/registry/transport-settings.ts";

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one[Symbol.asyncDispose]();
});

async function start(options: RegistryOptions = {}, settings: Partial<TransportSettings> = {}) {
  const registry = await startRegistry(options);
  const repository = registry.repository("team/app");
  repository.putManifest("{}", "application/json", ["v1"]);
  const transport = testTransport({ env: login(registry.host, "robot", "secret"), ...settings });
  opened.push(transport, registry);
  return { registry, transport };
}

const users = { robot: { password: "secret" } };

describe("an aborted signal", () => {
  it("that was aborted before sends nothing", async () => {
    const { registry, transport } = await start();
    const error = await failure(transport.call(callTo(registry.host), AbortSignal.abort()));
    expect(error).toMatchObject({ code: "interrupted", retryable: true });
    expect(registry.count()).toBe(0);
  });

  const WAITS: readonly (readonly [string, FaultMatch, Fault, RegistryOptions])[] = [
    ["for headers", {}, { kind: "hang" }, {}],
    ["for a body", {}, { kind: "stall", after: 1 }, {}],
    ["for a token", { kind: "token" }, { kind: "hang" }, { auth: { kind: "bearer", users } }],
    ["to try again", { times: Infinity }, { kind: "answer", status: 500 }, {}],
    [
      "for its turn",
      { times: Infinity },
      { kind: "answer", status: 429, headers: { "Retry-After": "60" } },
      {},
    ],
  ];
  it.for(WAITS)("ends a call that waits %s", async ([, match, fault, options]) => {
    const { registry, transport } = await start(options, { retry: { backoffMs: 60_000 } });
    registry.fault({ match, do: fault });
    const controller = new AbortController();
    const call = failure(transport.call(callTo(registry.host), controller.signal));
    while (!registry.requests.some((request) => request.fault !== undefined)) await tick();
    controller.abort();
    expect(await call).toMatchObject({ code: "interrupted" });
  });

  it("ends calls that wait in the lane, and those behind them still run", async () => {
    const { registry } = await start();
    const transport = testTransport({ hosts: [hostEntry(registry.host, { maxConcurrency: 1 })] });
    opened.push(transport);
    const held = registry.fault({ match: {}, do: { kind: "hang" } });
    const first = new AbortController();
    const others = new AbortController();
    const holding = failure(transport.call(callTo(registry.host), first.signal));
    const waiting = Array.from({ length: 5 }, () =>
      failure(transport.call(callTo(registry.host), others.signal)),
    );
    const last = transport.call(callTo(registry.host), never);
    while (held.met === 0) await tick();
    others.abort();
    expect((await Promise.all(waiting)).map(({ code }) => code)).toEqual(
      Array.from({ length: 5 }, () => "interrupted"),
    );
    first.abort();
    await holding;
    expect((await last).status).toBe(200);
    expect(registry.count()).toBe(2);
  });

  it("ends a body that is being read", async () => {
    const { registry, transport } = await start();
    const digest = registry.repository("team/app").putBlob(Buffer.alloc(4 * 1024 * 1024));
    registry.fault({ match: { kind: "blob" }, do: { kind: "stall", after: 1024 * 1024 } });
    const controller = new AbortController();
    const answer = await transport.call(
      callTo(registry.host, { target: `/v2/team/app/blobs/${digest}`, lane: "blobs" }),
      controller.signal,
    );
    let read = 0;
    const error = await failure(
      (async () => {
        for await (const chunk of answer.stream()) {
          read += chunk.length;
          if (read >= 1024 * 1024) controller.abort();
        }
      })(),
    );
    expect(error.code).toBe("interrupted");
  });

  it("lets go of the source of a body that is being sent", async () => {
    const { registry, transport } = await start();
    const controller = new AbortController();
    const { promise: closed, resolve: close } = Promise.withResolvers<void>();
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (let count = 0; ; count += 1) {
          if (count === 20) controller.abort();
          yield Buffer.alloc(65_536);
        }
      } finally {
        close();
      }
    }
    const error = await failure(
      transport.call(
        callTo(registry.host, {
          method: "PUT",
          lane: "blobs",
          body: { kind: "stream", length: 2 ** 40, open: endless },
          accept: [201],
        }),
        controller.signal,
      ),
    );
    expect(error.code).toBe("interrupted");
    await closed;
  });
});

describe("closing", () => {
  it("ends what is under way and what waits, and takes no more", async () => {
    const { registry, transport } = await start();
    const held = registry.fault({ match: { times: Infinity }, do: { kind: "hang" } });
    const calls = Array.from({ length: 40 }, () =>
      failure(transport.call(callTo(registry.host), never)),
    );
    while (held.met === 0) await tick();
    await transport.close();
    const late = failure(transport.call(callTo(registry.host), never));
    const codes = (await Promise.all([...calls, late])).map(({ code }) => code);
    expect(new Set(codes)).toEqual(new Set(["interrupted"]));
  });
});

describe("a call that never ends", () => {
  it("is ended by its deadline although bytes keep coming", async () => {
    const { registry, transport } = await start({}, { retry: { metadataMs: 200 } });
    registry.repository("team/app").putManifest("x".repeat(100_000), "application/json", ["v2"]);
    registry.fault({ match: {}, do: { kind: "slow", bytesPerSecond: 400 } });
    const error = await failure(
      transport.call(callTo(registry.host, { target: "/v2/team/app/manifests/v2" }), never),
    );
    expect(error).toMatchObject({ code: "timeout", retryable: true });
  });
});

function tick(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 2);
  });
}
