import { afterEach, describe, expect, it } from "vitest";
import { StoreError } from "../../../../src/stores/store-error.ts";
import {
  startRegistry,
  type BearerOptions,
  type ChallengeShape,
  type Registry,
  type RegistryOptions,
} from "../../../support/registry/index.ts";
import {
  callTo,
  failure,
  hostEntry,
  login,
  never,
  testTransport,
  textOf,
} from "../../../support/transport.ts";

const OCI = "application/vnd.oci.image.manifest.v1+json";
const MANIFEST = JSON.stringify({ schemaVersion: 2, layers: [] });
const PASSWORD = "s3cret:with:colons";
const users = { robot: { password: PASSWORD } };

const opened: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of opened.splice(0)) await one[Symbol.asyncDispose]();
});

async function registryWith(options: RegistryOptions): Promise<Registry> {
  const registry = await startRegistry(options);
  opened.push(registry);
  for (const name of ["team/app", "team/base"])
    registry.repository(name).putManifest(MANIFEST, OCI, ["v1"]);
  return registry;
}

function bearer(options: Partial<BearerOptions> = {}): Promise<Registry> {
  return registryWith({ auth: { kind: "bearer", users, ...options } });
}

function transportTo(registry: Registry, tokenHosts: readonly string[] = []) {
  const hosts = [hostEntry(registry.host, { tokenHosts })];
  const transport = testTransport({ hosts, env: login(registry.host, "robot", PASSWORD) });
  opened.push(transport);
  return transport;
}

describe("a call without a login", () => {
  it("is one request each, on connections that are used again after HEAD too", async () => {
    const registry = await registryWith({});
    const transport = transportTo(registry);
    for (const method of ["HEAD", "GET", "HEAD", "GET", "HEAD", "GET"] as const) {
      const answer = await transport.call(callTo(registry.host, { method }), never);
      expect(await textOf(answer)).toBe(method === "HEAD" ? "" : MANIFEST);
    }
    expect(registry.count()).toBe(6);
    expect(registry.connections).toBeLessThan(3);
  });
});

describe("a login", () => {
  it("sends user and password where the registry says Basic, ahead after the first 401", async () => {
    const registry = await registryWith({ auth: { kind: "basic", users } });
    const transport = transportTo(registry);
    await Promise.all([1, 2, 3].map(() => transport.call(callTo(registry.host), never)));
    expect(registry.requests.map(({ status }) => status)).toEqual([401, 200, 200, 200]);
  });

  it("understands Basic without parameters", async () => {
    const registry = await registryWith({ auth: { kind: "basic", users, challenge: "bare" } });
    const answer = await transportTo(registry).call(callTo(registry.host), never);
    expect(answer.status).toBe(200);
  });

  const SHAPES: readonly ChallengeShape[] = [
    "plain",
    "many-headers",
    "many-in-one",
    "negotiate-first",
    "ping-only",
    "odd-case",
    "no-scope",
  ];
  it.for(SHAPES)("gets one token for three calls where the challenge is %s", async (challenge) => {
    const registry = await bearer({ challenge });
    const transport = transportTo(registry);
    await Promise.all([1, 2, 3].map(() => transport.call(callTo(registry.host), never)));
    expect(registry.tokensAsked).toMatchObject([
      { user: "robot", service: "registry.double", scopes: ["repository:team/app:pull"] },
    ]);
    expect(registry.count({ kind: "manifest" })).toBe(4);
    expect(registry.count({ kind: "ping" })).toBe(challenge === "ping-only" ? 1 : 0);
  });

  const REPLIES: readonly Partial<BearerOptions>[] = [
    { tokenField: "token" },
    { tokenField: "access_token" },
    { tokenField: "both" },
    { realm: "relative" },
    { expiresIn: "omitted" },
    { expiresIn: 1 },
    { issuedAt: "2099-01-01T00:00:00Z" },
    { issuedAt: "1999-01-01T00:00:00Z" },
    { issuedAt: "yesterday" },
  ];
  it.for(REPLIES)("takes the token reply %j, and uses the token twice", async (options) => {
    const registry = await bearer(options);
    const transport = transportTo(registry);
    await transport.call(callTo(registry.host), never);
    await transport.call(callTo(registry.host), never);
    expect(registry.tokensAsked).toHaveLength(1);
  });

  it("holds a token for each set of scopes, whatever their order, and merges actions", async () => {
    const registry = await bearer();
    const transport = transportTo(registry);
    const pull = { repository: "team/app", actions: ["pull"] } as const;
    const push = { repository: "team/app", actions: ["push", "pull"] } as const;
    const base = { repository: "team/base", actions: ["pull"] } as const;
    for (const scopes of [[pull], [push, base], [base, push], [base, pull, push], [pull]])
      await transport.call(callTo(registry.host, { scopes }), never);
    expect(registry.tokensAsked.map(({ scopes }) => scopes)).toEqual([
      ["repository:team/app:pull"],
      ["repository:team/app:pull,push", "repository:team/base:pull"],
    ]);
  });

  it("asks once for a token that many calls wait for", async () => {
    const registry = await bearer();
    const transport = transportTo(registry);
    await transport.call(callTo(registry.host), never);
    const other = callTo(registry.host, {
      target: "/v2/team/base/manifests/v1",
      scopes: [{ repository: "team/base", actions: ["pull"] }],
    });
    await Promise.all(Array.from({ length: 20 }, () => transport.call(other, never)));
    expect(registry.tokensAsked).toHaveLength(2);
  });

  it("asks anew where a token ends before its time, and once for all who notice", async () => {
    const registry = await bearer();
    const transport = transportTo(registry);
    await transport.call(callTo(registry.host), never);
    registry.expireTokens();
    await Promise.all(
      Array.from({ length: 8 }, () => transport.call(callTo(registry.host), never)),
    );
    expect(registry.tokensAsked.length).toBeLessThan(4);
  });

  it("takes the challenge's scope where the registry wants more than we asked for", async () => {
    const registry = await bearer();
    const transport = transportTo(registry);
    const call = callTo(registry.host, {
      scopes: [{ repository: "team/base", actions: ["pull"] }],
    });
    await transport.call(call, never);
    await transport.call(call, never);
    expect(registry.tokensAsked.map(({ scopes }) => scopes)).toEqual([
      ["repository:team/app:pull", "repository:team/base:pull"],
    ]);
  });

  it("re-tokens after insufficient_scope in the middle of a run", async () => {
    const registry = await bearer();
    const transport = transportTo(registry);
    await transport.call(callTo(registry.host), never);
    const scopes = [{ repository: "team/app", actions: ["pull"] }] as const;
    const post = callTo(registry.host, {
      method: "POST",
      target: "/v2/team/app/blobs/uploads/",
      scopes,
      lane: "blobs",
      accept: [202],
    });
    const answer = await transport.call(post, never);
    expect(answer.status).toBe(202);
    expect(registry.tokensAsked.at(-1)?.scopes.join(" ")).toContain("push");
  });

  it("does not replay a stream after a 401, but says that a retry helps", async () => {
    const registry = await bearer();
    const transport = transportTo(registry);
    await transport.call(callTo(registry.host), never);
    registry.expireTokens();
    let opens = 0;
    async function* chunks(): AsyncGenerator<Uint8Array> {
      opens += 1;
      yield Buffer.from("body");
    }
    const error = await failure(
      transport.call(
        callTo(registry.host, {
          method: "PUT",
          body: { kind: "stream", length: 4, open: chunks },
          accept: [201],
        }),
        never,
      ),
    );
    expect(error).toMatchObject({ code: "unauthorized", retryable: true });
    expect(opens).toBe(1);
  });

  it("ends a loop of 401s, naming repository, credentials and what to do", async () => {
    const registry = await bearer();
    registry.fault({
      match: { kind: "manifest", times: Infinity },
      do: {
        kind: "answer",
        status: 401,
        headers: {
          "WWW-Authenticate": `Bearer realm="${registry.origin}/service/token",service="x"`,
        },
      },
    });
    const error = await failure(transportTo(registry).call(callTo(registry.host), never));
    expect(error).toMatchObject({ code: "unauthorized", retryable: false });
    expect(error.message).toContain(`${registry.host}/team/app`);
    expect(error.hint).toContain("DOCKER_AUTH_CONFIG");
    expect(error.hint).toContain("docker login");
    expect(registry.count({ kind: "manifest" })).toBe(3);
  });

  it("says so where there are no credentials at all", async () => {
    const registry = await registryWith({ auth: { kind: "basic", users } });
    const transport = testTransport();
    opened.push(transport);
    const error = await failure(transport.call(callTo(registry.host), never));
    expect(error.code).toBe("unauthorized");
    expect(error.hint).toContain(`docker login ${registry.host}`);
    expect(registry.count()).toBe(1);
  });

  it("says so where the credentials are wrong, without the secret and without trying for ever", async () => {
    const registry = await bearer();
    const transport = testTransport({ env: login(registry.host, "robot", "wrong-secret") });
    opened.push(transport);
    const error = await failure(transport.call(callTo(registry.host), never));
    expect(error.code).toBe("unauthorized");
    expect(error.message).toContain("incorrect username or password");
    expect(JSON.stringify([error.message, error.hint])).not.toContain("wrong-secret");
    await failure(transport.call(callTo(registry.host), never));
    expect(registry.tokensAsked).toHaveLength(1);
  });

  it("skips a scheme that it does not know, and sends it nothing", async () => {
    const registry = await registryWith({});
    registry.fault({
      match: { times: Infinity },
      do: { kind: "answer", status: 401, headers: { "WWW-Authenticate": "Negotiate" } },
    });
    const error = await failure(transportTo(registry).call(callTo(registry.host), never));
    expect(error.message).toContain("a way to log in that is not known here");
    expect(registry.requests.map(({ headers }) => headers["authorization"])).toEqual([undefined]);
  });
});

function identityLogin(host: string) {
  return {
    DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { [host]: { identitytoken: "refresh-me" } } }),
  };
}

describe("an identity token", () => {
  const identityTokens = { "refresh-me": "robot" };
  it("is posted with a client id, its scopes joined by spaces", async () => {
    const registry = await bearer({ identityTokens });
    const transport = testTransport({ env: identityLogin(registry.host) });
    opened.push(transport);
    await transport.call(callTo(registry.host), never);
    expect(registry.tokensAsked).toMatchObject([
      { method: "POST", grantType: "refresh_token", clientId: "waybill", user: "robot" },
    ]);
  });

  it("gives way to an anonymous GET where the service knows no POST", async () => {
    const pull = [{ repository: "*", actions: ["pull"] }] as const;
    const registry = await bearer({ identityTokens, tokenPost: "get-only", anonymous: pull });
    const transport = testTransport({ env: identityLogin(registry.host) });
    opened.push(transport);
    await transport.call(callTo(registry.host), never);
    expect(registry.tokensAsked).toMatchObject([{ method: "GET", user: undefined }]);
  });
});

describe("a token realm on another host (research trust §7 row 6)", () => {
  const pull = [{ repository: "*", actions: ["pull"] }] as const;

  it("sees no credentials, and the error names the key that would let it", async () => {
    const registry = await bearer({ realm: "other-host" });
    const error = await failure(transportTo(registry).call(callTo(registry.host), never));
    expect(error.code).toBe("unauthorized");
    expect(error.hint).toContain(`tokenHosts: [${registry.tokenHost}]`);
    const seen = registry.find({ listener: "token" });
    expect(seen.length).toBeGreaterThan(0);
    expect(
      seen.map(({ headers, query }) => [headers["authorization"], query.get("account")]),
    ).toEqual(seen.map(() => [undefined, null]));
  });

  it("is asked anonymously, which is enough for public content", async () => {
    const registry = await bearer({ realm: "other-host", anonymous: pull });
    const answer = await transportTo(registry).call(callTo(registry.host), never);
    expect(answer.status).toBe(200);
    expect(registry.tokensAsked).toMatchObject([{ user: undefined }]);
  });

  it("sees them where tokenHosts names it", async () => {
    const registry = await bearer({ realm: "other-host" });
    const transport = transportTo(registry, [registry.tokenHost]);
    await transport.call(callTo(registry.host), never);
    expect(registry.tokensAsked).toMatchObject([{ user: "robot" }]);
  });

  it("leads nowhere by a redirect", async () => {
    const registry = await bearer();
    registry.fault({
      match: { kind: "token", times: Infinity },
      do: {
        kind: "answer",
        status: 307,
        headers: { Location: `http://${registry.tokenHost}/token` },
      },
    });
    const error = await failure(transportTo(registry).call(callTo(registry.host), never));
    expect(error.message).toContain("answered 307");
    expect(registry.count({ listener: "token" })).toBe(0);
  });

  it.for(["ftp://127.0.0.1/token", "http://[", "http://user:pass@127.0.0.1/"])(
    "is refused as %s",
    async (realm) => {
      const registry = await bearer();
      registry.fault({
        match: { kind: "manifest" },
        do: {
          kind: "answer",
          status: 401,
          headers: { "WWW-Authenticate": `Bearer realm="${realm}"` },
        },
      });
      const error = await failure(transportTo(registry).call(callTo(registry.host), never));
      expect(error.code).toBe("unauthorized");
      expect(error.message).toContain("its token realm");
      expect(registry.tokensAsked).toHaveLength(0);
    },
  );
});

describe("a token service that has trouble", () => {
  it.for([500, 502, 429])("is asked again after %d", async (status) => {
    const registry = await bearer();
    registry.fault({ match: { kind: "token", times: 2 }, do: { kind: "answer", status } });
    const answer = await transportTo(registry).call(callTo(registry.host), never);
    expect(answer.status).toBe(200);
    expect(registry.count({ kind: "token" })).toBe(3);
  });

  it.for([
    ["not JSON", "<html>", "not a JSON object"],
    ["no token", "{}", "holds no token"],
    ["a token that would split the header", '{"token":"a\\r\\nx: y"}', "its token is not one"],
  ] as const)("is told where it answers %s", async ([, bytes, words]) => {
    const registry = await bearer();
    registry.fault({ match: { kind: "token", times: Infinity }, do: { kind: "body", bytes } });
    const error = await failure(transportTo(registry).call(callTo(registry.host), never));
    expect(error).toBeInstanceOf(StoreError);
    expect(error.message).toContain(words);
  });

  it("is cut off where its answer does not end", async () => {
    const registry = await bearer();
    const bytes = Buffer.alloc(2 * 1024 * 1024, " ");
    registry.fault({ match: { kind: "token", times: Infinity }, do: { kind: "body", bytes } });
    const error = await failure(transportTo(registry).call(callTo(registry.host), never));
    expect(error).toMatchObject({ code: "invalid-answer" });
  });
});
