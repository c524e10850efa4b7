import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { networkFault } from "../../../../src/stores/registry/http/network-fault.ts";
import { selfSigned, type SelfSigned } from "../../../support/certificate.ts";
import { startRegistry } from "../../../support/registry/index.ts";
import { callTo, failure, hostEntry, never, testTransport } from "../../../support/transport.ts";

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one[Symbol.asyncDispose]();
});

let root = "";
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "waybill-network-"));
});
afterAll(async () => {
  await rm(root, { recursive: true, force: true });
});

/** A registry that speaks TLS on loopback, so only with an endpoint that says so. */
async function secure(tls: SelfSigned, caFile?: string) {
  const registry = await startRegistry({ tls });
  const hosts = [hostEntry(registry.host, { endpoint: registry.origin, caFile })];
  const transport = testTransport({ hosts, root });
  opened.push(transport, registry);
  registry.repository("team/app").putManifest("{}", "application/json", ["v1"]);
  return { registry, ask: () => transport.call(callTo(registry.host), never) };
}

/** A port that takes connections and answers with whatever bytes the test says. */
async function rawServer(answer: string): Promise<{ readonly host: string }> {
  const server: Server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => socket.end(answer));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  opened.push({
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
      }),
  });
  const address = server.address();
  return { host: `127.0.0.1:${typeof address === "object" ? address?.port : 0}` };
}

function transport(settings: Parameters<typeof testTransport>[0] = {}) {
  const made = testTransport(settings);
  opened.push(made);
  return made;
}

describe("TLS", () => {
  it("works with an authority from caFile, relative to the promotions root", async () => {
    const tls = selfSigned();
    await writeFile(join(root, "ca.pem"), tls.cert);
    const { ask } = await secure(tls, "ca.pem");
    expect((await ask()).status).toBe(200);
  });

  it("issue 4, bad input: an expired certificate is a sentence, asked once and not again", async () => {
    const tls = selfSigned(new Date("2021-01-01T00:00:00Z"));
    await writeFile(join(root, "expired.pem"), tls.cert);
    const { ask, registry } = await secure(tls, "expired.pem");
    const error = await failure(ask());
    expect(error).toMatchObject({ code: "tls", retryable: false });
    expect(error.message).toContain(`${registry.host} has a certificate that has expired`);
    expect(error.hint).toContain("renew");
    expect(registry.connections).toBe(1);
    await failure(ask());
    expect(registry.connections).toBe(1);
  });

  it("of an unknown authority is refused, and the hint names caFile", async () => {
    const { ask } = await secure(selfSigned());
    const error = await failure(ask());
    expect(error.code).toBe("tls");
    expect(error.hint).toContain("caFile");
  });

  it("with a caFile that cannot be read says which key is wrong, without a path of this machine", async () => {
    const { ask } = await secure(selfSigned(), "nowhere.pem");
    const error = await failure(ask());
    expect(error.code).toBe("tls");
    expect(error.message + error.hint).toContain("caFile");
    expect(error.message).not.toContain(root);
  });

  it("asked of a host that speaks plain HTTP: the hint names plainHttp", async () => {
    const registry = await startRegistry();
    opened.push(registry);
    const hosts = [hostEntry(registry.host, { endpoint: `https://${registry.host}` })];
    const error = await failure(transport({ hosts }).call(callTo(registry.host), never));
    expect(error).toMatchObject({ code: "tls", retryable: false });
    expect(error.hint).toContain("plainHttp");
  });

  it("answered to plain HTTP: the hint names an https endpoint", async () => {
    const registry = await startRegistry({ tls: selfSigned() });
    opened.push(registry);
    const error = await failure(transport().call(callTo(registry.host), never));
    expect(["invalid-answer", "unreachable"]).toContain(error.code);
  });
});

describe("a host that cannot be asked", () => {
  it("has no such name", async () => {
    const error = await failure(transport().call(callTo("no-such-host.invalid"), never));
    expect(error.code).toBe("unreachable");
    expect(error.message).toMatch(/no-such-host\.invalid has no address/);
    expect(error.hint).toContain("name servers");
  });

  it("does not listen", async () => {
    const registry = await startRegistry();
    const { host } = registry;
    await registry.close();
    const error = await failure(transport().call(callTo(host), never));
    expect(error).toMatchObject({ code: "unreachable", retryable: true });
    expect(error.message).toContain("refused the connection");
    expect(error.message).toContain(`${host}/team/app`);
  });

  it.for([
    ["something that is not HTTP", "SSH-2.0-OpenSSH_9.6\r\n"],
    ["headers without end", `HTTP/1.1 200 OK\r\nx: ${"y".repeat(100_000)}\r\n\r\n`],
  ] as const)("answers %s", async ([, bytes]) => {
    const { host } = await rawServer(bytes);
    const error = await failure(transport().call(callTo(host), never));
    expect(error.code).toBe("invalid-answer");
    expect(error.message).toContain(host);
  });

  it("closes without a word", async () => {
    const { host } = await rawServer("");
    const error = await failure(transport({ retry: { tries: 2 } }).call(callTo(host), never));
    expect(error).toMatchObject({ code: "unreachable", retryable: true });
  });
});

describe("what Node and undici say of a connection", () => {
  const ROWS: readonly (readonly [string, string, string])[] = [
    ["EAI_AGAIN", "unreachable", "moment"],
    ["EHOSTUNREACH", "unreachable", "moment"],
    ["UND_ERR_CONNECT_TIMEOUT", "timeout", "moment"],
    ["CERT_NOT_YET_VALID", "tls", "lasting"],
    ["ERR_TLS_CERT_ALTNAME_INVALID", "tls", "lasting"],
    ["SELF_SIGNED_CERT_IN_CHAIN", "tls", "lasting"],
    ["UNABLE_TO_VERIFY_LEAF_SIGNATURE", "tls", "lasting"],
    ["ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION", "tls", "lasting"],
    ["EPIPE", "unreachable", "moment"],
    ["UND_ERR_REQ_CONTENT_LENGTH_MISMATCH", "digest-mismatch", "lasting"],
    ["ESOMETHING", "unreachable", "moment"],
  ];
  it.for(ROWS)("%s is %s, %s", ([code, expected, lasts]) => {
    const error = Object.assign(new Error("x"), { code });
    expect(networkFault(error)).toMatchObject({ code: expected, lasts });
  });

  it("is found under a wrapper, and in a host of several addresses", () => {
    const refused = Object.assign(new Error("x"), { code: "ECONNREFUSED" });
    const both = new AggregateError([refused, refused]);
    expect(networkFault(new Error("wrapped", { cause: refused })).clause).toContain("refused");
    expect(networkFault(new Error("wrapped", { cause: both })).clause).toContain("refused");
    expect(networkFault("no error at all").code).toBe("unreachable");
  });
});
