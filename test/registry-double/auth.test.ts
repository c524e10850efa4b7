import { describe, expect, it } from "vitest";
import { image, seed } from "../support/images.ts";
import {
  startRegistry,
  type BearerOptions,
  type ChallengeShape,
  type Registry,
  type RegistryOptions,
} from "../support/registry/index.ts";
import { call, errorCode } from "./requests.ts";

const USERS = { bob: { password: "pa:ss" } };
const BASIC = `Basic ${Buffer.from("bob:pa:ss").toString("base64")}`;
const PATH = "/v2/app/manifests/v1";

async function bearer(options: Partial<BearerOptions> = {}): Promise<Registry> {
  const auth: BearerOptions = { kind: "bearer", users: USERS, ...options };
  const registry = await startRegistry({ auth });
  seed(registry.repository("app"), image(), ["v1"]);
  seed(registry.repository("src"), image({ seed: "src" }), ["v1"]);
  return registry;
}

interface Asked {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly token: string;
}

async function read(response: Response): Promise<Asked> {
  const body: Record<string, unknown> = JSON.parse(await response.text());
  return { status: response.status, body, token: String(body["token"] ?? body["access_token"]) };
}

async function ask(registry: Registry, scope: string, authorization?: string): Promise<Asked> {
  const url = `/service/token?service=registry.double&scope=${encodeURIComponent(scope)}`;
  const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
  return await read(await call(registry, "GET", url, { headers }));
}

async function post(registry: Registry, form: Record<string, string>): Promise<Asked> {
  const body = new URLSearchParams(form);
  return await read(await call(registry, "POST", "/service/token", { body }));
}

async function pull(registry: Registry, token: string, path = PATH): Promise<Response> {
  return await call(registry, "GET", path, { headers: { authorization: `Bearer ${token}` } });
}

describe("challenges", () => {
  it("a 401 names the realm, the service and the scope wanted", async () => {
    await using registry = await bearer();
    const response = await call(registry, "GET", PATH);
    expect([response.status, await errorCode(response)]).toEqual([401, "UNAUTHORIZED"]);
    expect(response.headers.get("www-authenticate")).toBe(
      `Bearer realm="${registry.origin}/service/token",service="registry.double",scope="repository:app:pull"`,
    );
    const put = await call(registry, "PUT", PATH, { body: "{}" });
    expect(put.headers.get("www-authenticate")).toContain('scope="repository:app:pull,push"');
  });

  it.each<[ChallengeShape, RegExp]>([
    ["many-headers", /^Basic realm="a realm, with a comma", charset="UTF-8", Bearer realm=/u],
    ["many-in-one", /^Basic realm="a realm, with a comma", charset="UTF-8", Bearer realm=/u],
    ["negotiate-first", /^Negotiate, X-Unknown dG9rZW42OA==, Bearer realm=/u],
    ["odd-case", /^bEARER SCOPE="repository:app:pull" , {2}SERVICE=registry\.double , {2}REALM="/u],
    ["no-scope", /^Bearer realm="[^"]+",service="registry\.double"$/u],
  ])("%s", async (challenge, shape) => {
    await using registry = await bearer({ challenge });
    const response = await call(registry, "GET", PATH);
    expect(response.headers.get("www-authenticate")).toMatch(shape);
  });

  it("only the ping has a challenge where told", async () => {
    await using registry = await bearer({ challenge: "ping-only" });
    const real = await call(registry, "GET", PATH);
    expect([real.status, real.headers.get("www-authenticate")]).toEqual([401, null]);
    const ping = await call(registry, "GET", "/v2/");
    expect(ping.headers.get("www-authenticate")).toMatch(/^Bearer realm=/u);
  });

  it("the realm may be relative, or on another host that answers", async () => {
    await using registry = await bearer({ realm: "relative" });
    const relative = await call(registry, "GET", "/v2/");
    expect(relative.headers.get("www-authenticate")).toContain('realm="/service/token"');
    await using other = await bearer({ realm: "other-host" });
    const response = await call(other, "GET", "/v2/");
    const realm = `http://${other.tokenHost}/service/token`;
    expect(response.headers.get("www-authenticate")).toContain(`realm="${realm}"`);
    const answer = await read(await fetch(`${realm}?scope=repository:app:pull`));
    expect(answer.status).toBe(200);
    expect(other.find({ kind: "token" })[0]?.listener).toBe("token");
  });
});

describe("tokens", () => {
  it("open what their scope says, and nothing else", async () => {
    await using registry = await bearer();
    const { token } = await ask(registry, "repository:app:pull", BASIC);
    expect((await pull(registry, token)).status).toBe(200);
    const wrong = await pull(registry, token, "/v2/src/manifests/v1");
    expect(wrong.status).toBe(401);
    expect(wrong.headers.get("www-authenticate")).toContain('error="insufficient_scope"');
    const headers = { authorization: `Bearer ${token}` };
    expect((await call(registry, "PUT", PATH, { headers, body: "{}" })).status).toBe(401);
    expect((await call(registry, "DELETE", PATH, { headers })).status).toBe(401);
    expect(registry.tokensAsked).toMatchObject([
      { method: "GET", user: "bob", scopes: ["repository:app:pull"], status: 200 },
    ]);
  });

  it("may answer 403 DENIED instead of a new challenge", async () => {
    await using registry = await bearer({ insufficient: "forbidden" });
    const { token } = await ask(registry, "repository:src:pull", BASIC);
    const response = await pull(registry, token);
    expect([response.status, await errorCode(response)]).toEqual([403, "DENIED"]);
  });

  it("a mount needs pull on its source in the same token", async () => {
    await using registry = await bearer();
    const digest = image({ seed: "src" }).blobs[0]?.digest ?? "";
    async function mount(scope: string): Promise<number> {
      const headers = { authorization: `Bearer ${(await ask(registry, scope, BASIC)).token}` };
      const path = `/v2/app/blobs/uploads/?mount=${digest}&from=src`;
      return (await call(registry, "POST", path, { headers })).status;
    }
    expect(await mount("repository:app:pull,push")).toBe(401);
    expect(await mount("repository:app:pull,push repository:src:pull")).toBe(201);
  });

  it.each<["delete" | "*" | "push", string, number]>([
    ["delete", "delete", 202],
    ["delete", "pull,push", 401],
    ["delete", "*", 202],
    ["*", "delete", 401],
    ["*", "*", 202],
    ["push", "push", 202],
  ])("a delete that needs %s with %s is %i", async (deleteAction, actions, status) => {
    await using registry = await bearer({ deleteAction });
    const { token } = await ask(registry, `repository:app:${actions}`, BASIC);
    const headers = { authorization: `Bearer ${token}` };
    expect((await call(registry, "DELETE", PATH, { headers })).status).toBe(status);
  });

  it("grants only what a user may do; nobody in particular gets an empty token", async () => {
    const users = {
      bob: {
        password: "pa:ss",
        grants: [{ repository: "app", actions: ["pull" as const] }],
      },
    };
    await using registry = await bearer({
      users,
      anonymous: [{ repository: "sr*", actions: ["pull"] }],
    });
    const { token } = await ask(registry, "repository:app:pull,push", BASIC);
    expect((await pull(registry, token)).status).toBe(200);
    const headers = { authorization: `Bearer ${token}` };
    expect((await call(registry, "PUT", PATH, { headers, body: "{}" })).status).toBe(401);
    const nobody = await ask(registry, "repository:app:pull repository:src:pull");
    expect((await pull(registry, nobody.token)).status).toBe(401);
    expect((await pull(registry, nobody.token, "/v2/src/manifests/v1")).status).toBe(200);
  });

  it("refuses a wrong password", async () => {
    await using registry = await bearer();
    const wrong = `Basic ${Buffer.from("bob:no").toString("base64")}`;
    expect((await ask(registry, "repository:app:pull", wrong)).status).toBe(401);
    expect(registry.tokensAsked).toMatchObject([{ status: 401, user: undefined }]);
  });

  it.each<[Partial<BearerOptions>, readonly string[]]>([
    [{}, ["expires_in", "issued_at", "token"]],
    [{ tokenField: "access_token" }, ["access_token", "expires_in", "issued_at"]],
    [{ tokenField: "both" }, ["access_token", "expires_in", "issued_at", "token"]],
    [{ expiresIn: "omitted" }, ["issued_at", "token"]],
  ])("the reply to %o has %o", async (options, fields) => {
    await using registry = await bearer(options);
    const { body } = await ask(registry, "repository:app:pull", BASIC);
    expect(Object.keys(body).toSorted((a, b) => a.localeCompare(b))).toEqual(fields);
  });

  it("expire by time, by uses, and at once", async () => {
    await using registry = await bearer({ lifetime: 0 });
    const late = await ask(registry, "repository:app:pull", BASIC);
    const response = await pull(registry, late.token);
    expect(response.status).toBe(401);
    expect(response.headers.get("www-authenticate")).toContain('error="invalid_token"');
    await using counted = await bearer({ uses: 2 });
    const { token } = await ask(counted, "repository:app:pull", BASIC);
    const statuses = [];
    for (let at = 0; at < 3; at += 1) {
      statuses.push((await pull(counted, token)).status);
    }
    expect(statuses).toEqual([200, 200, 401]);
    const fresh = await ask(counted, "repository:app:pull", BASIC);
    counted.expireTokens();
    expect((await pull(counted, fresh.token)).status).toBe(401);
  });

  it.each<["first" | "last", string]>([
    ["first", "/v2/app/manifests/v1"],
    ["last", "/v2/src/manifests/v1"],
  ])("reads only the %s scope where told", async (scopesRead, path) => {
    await using registry = await bearer({ scopesRead });
    const { token } = await ask(registry, "repository:app:pull repository:src:pull", BASIC);
    const both = [PATH, "/v2/src/manifests/v1"];
    const open = [];
    for (const each of both) {
      if ((await pull(registry, token, each)).status === 200) {
        open.push(each);
      }
    }
    expect(open).toEqual([path]);
  });

  it("refuses a token over too many repositories, as header limits do", async () => {
    await using registry = await bearer({ maxScopes: 1 });
    const { token } = await ask(registry, "repository:app:pull repository:src:pull", BASIC);
    expect((await pull(registry, token)).status).toBe(400);
  });

  it("an identity token is exchanged by POST, with client_id, or found to be GET only", async () => {
    const identityTokens = { "id-token": "bob" };
    await using registry = await bearer({ identityTokens });
    const form = {
      grant_type: "refresh_token",
      refresh_token: "id-token",
      service: "registry.double",
      scope: "repository:app:pull",
    };
    expect((await post(registry, form)).status).toBe(400);
    const { token } = await post(registry, { ...form, client_id: "test" });
    expect((await pull(registry, token)).status).toBe(200);
    const forged = await post(registry, { ...form, client_id: "test", refresh_token: "no" });
    expect(forged.status).toBe(401);
    const password = { grant_type: "password", username: "bob", password: "pa:ss" };
    expect((await post(registry, { ...password, client_id: "test" })).status).toBe(200);
    expect(registry.tokensAsked.map(({ grantType }) => grantType)).toEqual([
      "refresh_token",
      "refresh_token",
      "refresh_token",
      "password",
    ]);
    await using getOnly = await bearer({ identityTokens, tokenPost: "get-only" });
    expect((await post(getOnly, { ...form, client_id: "test" })).status).toBe(404);
  });
});

describe("passwords", () => {
  it.each<["bare" | "plain", string]>([
    ["plain", 'Basic realm="double"'],
    ["bare", "Basic"],
  ])("%s challenge, and the right password only", async (challenge, header) => {
    const options: RegistryOptions = { auth: { kind: "basic", users: USERS, challenge } };
    await using registry = await startRegistry(options);
    const refused = await call(registry, "GET", "/v2/");
    expect([refused.status, refused.headers.get("www-authenticate")]).toEqual([401, header]);
    const headers = { authorization: BASIC };
    expect((await call(registry, "GET", "/v2/", { headers })).status).toBe(200);
  });

  it("403 where the user may not", async () => {
    const grants = [{ repository: "app", actions: ["pull" as const] }];
    const auth = { kind: "basic" as const, users: { bob: { password: "pa:ss", grants } } };
    await using registry = await startRegistry({ auth });
    const init = { headers: { authorization: BASIC }, body: "{}" };
    expect((await call(registry, "PUT", PATH, init)).status).toBe(403);
  });
});
