import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { proxyFor } from "../../../../src/stores/registry/http/proxy.ts";
import { selfSigned } from "../../../support/certificate.ts";
import { startRegistry, type Registry } from "../../../support/registry/index.ts";
import {
  callTo,
  failure,
  hostEntry,
  never,
  testTransport,
  textOf,
} from "../../../support/transport.ts";

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one[Symbol.asyncDispose]();
});

/** A proxy that opens every tunnel to one registry, and keeps all that it could read. */
class TestProxy implements AsyncDisposable {
  readonly asked: { readonly url: string; readonly authorization: string | undefined }[] = [];
  /** Every byte that went through it. */
  readonly heard: Buffer[] = [];
  status = 200;
  readonly #server: Server = createServer();
  host = "";

  static async start(to: Registry): Promise<TestProxy> {
    const proxy = new TestProxy();
    const [hostname = "", port = ""] = to.host.split(":");
    proxy.#server.on("connect", (request, client) => {
      const authorization = request.headers["proxy-authorization"];
      proxy.asked.push({ url: request.url ?? "", authorization });
      client.on("error", () => undefined);
      if (proxy.status !== 200) {
        client.end(`HTTP/1.1 ${proxy.status} No\r\n\r\n`);
        return;
      }
      const far = connect(Number(port), hostname, () => {
        client.write("HTTP/1.1 200 OK\r\n\r\n");
        client.pipe(far).pipe(client);
      });
      far.on("error", () => client.destroy());
      client.on("data", (chunk: Buffer) => proxy.heard.push(chunk));
    });
    proxy.#server.listen(0, "127.0.0.1");
    await once(proxy.#server, "listening");
    const address = proxy.#server.address();
    proxy.host = `127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
    opened.push(proxy);
    return proxy;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}

const users = { robot: { password: "the-registry-password" } };
const AUTH = Buffer.from("robot:the-registry-password").toString("base64");
const LOGIN = JSON.stringify({ auths: { "registry.test": { auth: AUTH } } });

interface World {
  readonly registry: Registry;
  readonly proxy: TestProxy;
  readonly ask: (env?: Readonly<Record<string, string>>) => Promise<string>;
}

async function world(scheme: "http" | "https"): Promise<World> {
  const tls = selfSigned();
  const registry = await startRegistry({
    auth: { kind: "basic", users },
    ...(scheme === "https" && { tls }),
  });
  opened.push(registry);
  registry.repository("team/app").putManifest("{}", "application/json", ["v1"]);
  const proxy = await TestProxy.start(registry);
  const root = mkdtempSync(join(tmpdir(), "waybill-proxy-"));
  opened.push({ [Symbol.asyncDispose]: async () => rmSync(root, { recursive: true }) });
  writeFileSync(join(root, "ca.pem"), tls.cert);
  const caFile = scheme === "https" ? "ca.pem" : undefined;
  const hosts = [hostEntry("registry.test", { endpoint: `${scheme}://registry.test`, caFile })];
  return {
    registry,
    proxy,
    ask: async (env = {}) => {
      const variables = { HOME: "/nonexistent", DOCKER_AUTH_CONFIG: LOGIN, ...env };
      const transport = testTransport({ hosts, root, env: variables, retry: { tries: 1 } });
      opened.push(transport);
      return textOf(await transport.call(callTo("registry.test"), never));
    },
  };
}

describe("a proxy that the environment names", () => {
  it("is told a host and a port; the registry's credentials go through it unread", async () => {
    const { proxy, registry, ask } = await world("https");
    expect(await ask({ HTTPS_PROXY: `http://me:pass%20word@${proxy.host}` })).toBe("{}");
    const authorization = `Basic ${Buffer.from("me:pass word").toString("base64")}`;
    expect(new Set(proxy.asked.map((asked) => JSON.stringify(asked)))).toEqual(
      new Set([JSON.stringify({ url: "registry.test:443", authorization })]),
    );
    expect(registry.requests.at(-1)?.status).toBe(200);
    const heard = Buffer.concat(proxy.heard).toString("latin1");
    for (const secret of [AUTH, "the-registry-password", "authorization"])
      expect(heard.toLowerCase()).not.toContain(secret.toLowerCase());
  });

  it("is used for plain HTTP by its own variable", async () => {
    const { proxy, ask } = await world("http");
    expect(await ask({ http_proxy: `http://${proxy.host}` })).toBe("{}");
    expect(proxy.asked[0]).toEqual({ url: "registry.test:80", authorization: undefined });
  });

  it.for([
    ["lets nobody through", 407, /HTTPS_PROXY names opened no way: it answered 407/],
    ["is not there", 0, /HTTPS_PROXY names opened no way: it did not answer/],
  ] as const)("that %s is told as that, without its password", async ([, status, message]) => {
    const { proxy, ask } = await world("https");
    proxy.status = status;
    const host = status === 0 ? "127.0.0.1:1" : proxy.host;
    const error = await failure(ask({ HTTPS_PROXY: `http://me:hunter2@${host}` }));
    expect(error).toMatchObject({ code: "unreachable", message: expect.stringMatching(message) });
    expect(`${error.message} ${error.hint}`).not.toContain("hunter2");
    expect(error.hint).toContain("NO_PROXY");
  });

  it("that is no address is told without repeating it", async () => {
    const { ask } = await world("https");
    const error = await failure(ask({ HTTPS_PROXY: "me:hunter2@proxy" }));
    expect(error.message).toContain("HTTPS_PROXY names no proxy");
    expect(error.message).not.toContain("hunter2");
  });

  it.for([
    ["https://registry.test", "", true],
    ["https://registry.test", "registry.test", false],
    ["https://a.registry.test", "registry.test", false],
    ["https://a.registry.test", ".registry.test", false],
    ["https://a.registry.test", "*.registry.test", false],
    ["https://aregistry.test", "registry.test", true],
    ["https://registry.test:5000", "registry.test:5000", false],
    ["https://registry.test:5001", "registry.test:5000", true],
    ["https://registry.test", "other.test, Registry.TEST", false],
    ["https://registry.test", "*", false],
    ["https://127.0.0.1:5000", "", false],
    ["https://localhost", "", false],
    ["http://registry.test", "", false],
  ] as const)("for %s where NO_PROXY is %j: %s", ([origin, exceptions, is]) => {
    const env = { HTTPS_PROXY: "http://proxy.test:3128", NO_PROXY: exceptions };
    expect(proxyFor(origin, env) !== undefined).toBe(is);
  });
});
