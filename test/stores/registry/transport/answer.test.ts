import { createServer } from "node:http";
import { afterEach, describe, expect, it } from "vitest";
import type { RegistryCall } from "../../../../src/stores/registry/call.ts";
import { errorWords } from "../../../../src/stores/registry/http/error-words.ts";
import { startRegistry, type RegistryOptions } from "../../../support/registry/index.ts";
import { callTo, failure, never, testTransport } from "../../../support/transport.ts";
import type { Digest } from "#model";

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one[Symbol.asyncDispose]();
});

async function start(options: RegistryOptions = {}) {
  const registry = await startRegistry(options);
  const warnings: string[] = [];
  const transport = testTransport({ onWarning: (host, text) => warnings.push(`${host}: ${text}`) });
  opened.push(transport, registry);
  registry.repository("team/app").putManifest("{}", "application/json", ["v1"]);
  return {
    registry,
    warnings,
    call: (change: Partial<RegistryCall> = {}) =>
      transport.call(callTo(registry.host, change), never),
  };
}

describe("an answer that nobody expected", () => {
  const CODES: readonly (readonly [number, string])[] = [
    [400, "refused"],
    [403, "forbidden"],
    [404, "not-found"],
    [405, "unsupported"],
    [409, "conflict"],
    [412, "conflict"],
    [413, "too-large"],
    [422, "refused"],
    [501, "unsupported"],
    [204, "invalid-answer"],
  ];
  it.for(CODES)("of %d is the error %s, naming repository and digest", async ([status, code]) => {
    const { registry, call } = await start();
    registry.fault({ match: {}, do: { kind: "answer", status } });
    const digest = `sha256:${"a".repeat(64)}` as Digest;
    const error = await failure(call({ digest }));
    expect(error).toMatchObject({ code, digest, repository: `${registry.host}/team/app` });
    expect(error.message).toContain(`${registry.host}/team/app@${digest}`);
  });

  it("keeps the registry's own words, made safe for a line of text", async () => {
    const { registry, call } = await start();
    const message = `no\u001b[31m red\nline\u202e ${"x".repeat(1000)}`;
    const body = JSON.stringify({ errors: [{ code: "DENIED", message, detail: { secret: 1 } }] });
    registry.fault({ match: {}, do: { kind: "answer", status: 403, body } });
    const error = await failure(call());
    expect(error.message).toContain("DENIED: no [31m red line x");
    expect(error.message.length).toBeLessThan(600);
    expect(error.message).not.toMatch(/[\u0000-\u001f\u202e]/);
  });

  it.for([
    ["<html>Bad gateway</html>", ""],
    [
      `{"errors":[{"code":"A","message":"one"},{"code":"B"},{"message":"three"},{"code":"D"}]}`,
      "A: one; B; three",
    ],
    [`{"error":"invalid_grant","error_description":"expired"}`, "invalid_grant: expired"],
    [`{"details":"incorrect username or password"}`, "incorrect username or password"],
    [`{"errors":[null,7,{}]}`, ""],
    [`[]`, ""],
    [`{"__proto__":{"message":"x"}}`, ""],
  ] as const)("with the body %s says %j", ([body, words]) => {
    expect(errorWords(body)).toBe(words);
  });

  it("with a body over the cap is still an error, and its bytes are not held", async () => {
    const { registry, call } = await start();
    registry.fault({
      match: {},
      do: { kind: "answer", status: 400, body: Buffer.alloc(10 * 1024 * 1024, "x") },
    });
    expect((await failure(call())).code).toBe("refused");
  });

  it("of 403 says that the account lacks the right", async () => {
    const { registry, call } = await start();
    registry.fault({ match: {}, do: { kind: "answer", status: 403 } });
    const error = await failure(call());
    expect(error).toMatchObject({ code: "forbidden", retryable: false });
    expect(error.hint).toContain("may not do this");
  });
});

describe("a body", () => {
  it("over the caller's cap is refused, told by its length or found out", async () => {
    const { registry, call } = await start();
    registry.repository("team/app").putManifest("x".repeat(5000), "application/json", ["v2"]);
    const target = "/v2/team/app/manifests/v2";
    const answer = await call({ target });
    expect(await failure(answer.bytes(4999))).toMatchObject({ code: "too-large" });
    registry.fault({ match: {}, do: { kind: "headers", set: { "Content-Length": undefined } } });
    expect(await failure((await call({ target })).bytes(4999))).toMatchObject({
      code: "too-large",
    });
    expect((await (await call({ target })).bytes(5000)).length).toBe(5000);
  });

  it("is held back by a reader who does not read", async () => {
    const total = 64 * 1024 * 1024;
    let sent = 0;
    const server = createServer((_request, response) => {
      response.writeHead(200, { "content-length": total });
      function more(): void {
        while (sent < total && !response.destroyed) {
          sent += 65_536;
          if (!response.write(Buffer.alloc(65_536))) break;
        }
        if (sent >= total) response.end();
      }
      response.on("drain", more);
      more();
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    const address = server.address();
    const host = `127.0.0.1:${typeof address === "object" ? address?.port : 0}`;
    const transport = testTransport();
    const answer = await transport.call(callTo(host, { lane: "blobs" }), never);
    let before = -1;
    while (sent !== before) {
      before = sent;
      await new Promise((resolve) => {
        setTimeout(resolve, 50);
      });
    }
    expect(sent).toBeLessThan(total / 2);
    let read = 0;
    for await (const chunk of answer.stream()) read += chunk.length;
    expect(read).toBe(total);
    await transport.close();
    server.close();
  });

  it("comes whole to a slow reader, however little of it is left when it was told to wait", async () => {
    const { registry, call } = await start();
    const sizes = Array.from({ length: 20 }, (_, step) => 270_000 + step * 20_000);
    const read = sizes.map(async (size) => {
      const digest = registry.repository("team/app").putBlob(Buffer.alloc(size, "x"));
      const answer = await call({ target: `/v2/team/app/blobs/${digest}`, lane: "blobs" });
      let length = 0;
      for await (const chunk of answer.stream()) {
        if (length === 0) await new Promise((resolve) => setTimeout(resolve, 50));
        length += chunk.length;
      }
      return length;
    });
    expect(await Promise.all(read)).toEqual(sizes);
  });

  it("that is left in the middle, or thrown away, does not hold its lane", async () => {
    const { registry, call } = await start();
    const digest = registry.repository("team/app").putBlob(Buffer.alloc(2 * 1024 * 1024));
    const change = { target: `/v2/team/app/blobs/${digest}`, lane: "blobs" } as const;
    for (let index = 0; index < 20; index += 1) {
      const answer = await call(change);
      for await (const chunk of answer.stream()) if (chunk.length > 0) break;
      await (await call(change)).discard();
      await (await call(change)).stream()[Symbol.asyncIterator]().return?.();
    }
    expect(registry.count()).toBe(60);
  });

  it("that is small keeps its connection when thrown away", async () => {
    const { registry, call } = await start();
    for (let index = 0; index < 10; index += 1) await (await call()).discard();
    expect(registry.connections).toBeLessThan(3);
  });
});

async function* parts(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield Buffer.from(text);
}

describe("a body that is sent", () => {
  const write: Partial<RegistryCall> = {
    method: "PUT",
    lane: "blobs",
    target: "/v2/team/app/manifests/new",
    headers: { "content-type": "application/json" },
    accept: [201],
  };

  it("carries its length, as bytes, as a stream, and empty", async () => {
    const { registry, call } = await start();
    await (await call({ ...write, body: { kind: "bytes", bytes: Buffer.from("{}") } })).discard();
    await (
      await call({ ...write, body: { kind: "stream", length: 2, open: () => parts("{", "}") } })
    ).discard();
    const empty = { kind: "bytes", bytes: new Uint8Array(0) } as const;
    await (
      await call({
        method: "POST",
        target: "/v2/team/app/blobs/uploads/",
        body: empty,
        accept: [202],
      })
    ).discard();
    expect(registry.requests.map(({ headers }) => headers["content-length"])).toEqual([
      "2",
      "2",
      "0",
    ]);
    expect(
      registry.requests.every(({ headers }) => headers["transfer-encoding"] === undefined),
    ).toBe(true);
  });

  it("whose source fails is that source's error, sent or not", async () => {
    const { registry, call } = await start();
    const { StoreError } = await import("../../../../src/stores/store-error.ts");
    for (const failAt of [0, 1]) {
      async function* broken(): AsyncGenerator<Uint8Array> {
        for (let index = 0; ; index += 1) {
          if (index === failAt)
            throw new StoreError({ code: "digest-mismatch", message: "not its digest" });
          yield Buffer.from("x");
        }
      }
      const error = await failure(
        call({ ...write, body: { kind: "stream", length: 9, open: broken } }),
      );
      expect(error).toMatchObject({ code: "digest-mismatch", message: "not its digest" });
    }
    expect(registry.repository("team/app").tags.has("new")).toBe(false);
    expect((await call()).status).toBe(200);
  });

  it("that is not as long as announced is never taken", async () => {
    const { registry, call } = await start();
    const error = await failure(
      call({ ...write, body: { kind: "stream", length: 9, open: () => parts("x") } }),
    );
    expect(error.code).toBe("digest-mismatch");
    expect(registry.repository("team/app").tags.has("new")).toBe(false);
  });

  it("within one host does not wait for its own source for ever", async () => {
    const { registry, call } = await start();
    const pad = "b".repeat(1024 * 1024);
    const bytes = Buffer.from(
      JSON.stringify({ schemaVersion: 2, layers: [], annotations: { pad } }),
    );
    const digest = registry.repository("team/app").putBlob(bytes);
    const copies = Array.from({ length: 40 }, async (_, index) => {
      const answer = await call({
        ...write,
        target: `/v2/team/app/manifests/copy-${index}`,
        headers: { "content-type": "application/vnd.oci.image.manifest.v1+json" },
        body: {
          kind: "stream",
          length: bytes.length,
          open: async () =>
            (await call({ target: `/v2/team/app/blobs/${digest}`, lane: "blobs" })).stream(),
        },
      });
      await answer.discard();
    });
    await Promise.all(copies);
    expect(registry.repository("team/app").tags.size).toBe(41);
    expect(registry.connections).toBeLessThanOrEqual(16);
  });
});

describe("a Warning header (distribution-spec, Warnings)", () => {
  it("is told once for each text, and changes nothing", async () => {
    const { registry, call, warnings } = await start({ warning: 'moving "soon"' });
    await call();
    await call();
    registry.configure({ warning: "and \u009b1mlater" });
    await call();
    expect(warnings).toHaveLength(2);
    expect(warnings[0]).toContain(registry.host);
    expect(warnings.join()).not.toContain("\u009b");
  });
});
