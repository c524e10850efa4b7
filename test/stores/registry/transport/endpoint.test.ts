import { describe, expect, it } from "vitest";
import { judgeRealm } from "../../../../src/stores/registry/auth/realm.ts";
import { endpointOf } from "../../../../src/stores/registry/endpoint.ts";
import { isPrivateLiteral } from "../../../../src/stores/registry/http/address-kind.ts";
import { redirectTarget, targetOf } from "../../../../src/stores/registry/http/target.ts";
import { hostEntry } from "../../../support/transport.ts";

const HOST = "registry.example.com";
const entries = [
  hostEntry("registry.oslo.example.com", {
    endpoint: "https://mirror.internal:5000/cache/",
    caFile: "policies/ca.pem",
    maxConcurrency: 16,
    tokenHosts: ["auth.internal"],
  }),
  hostEntry("mirror.internal:5000", { requestsPerSecond: 50, maxConcurrency: 4 }),
  hostEntry("*-docker.pkg.dev", { requestsPerSecond: 80 }),
  hostEntry("europe-*-docker.pkg.dev", { requestsPerSecond: 40 }),
  hostEntry("europe-north1-docker.pkg.dev", { requestsPerSecond: 20 }),
  hostEntry("plain.example.com", { plainHttp: true }),
  hostEntry("localhost:5001", { endpoint: "https://localhost:5001" }),
];

describe("an endpoint (contract §2, registries.yaml)", () => {
  const ORIGINS: readonly (readonly [string, string])[] = [
    [HOST, "https://registry.example.com"],
    ["registry.example.com:443", "https://registry.example.com"],
    ["docker.io", "https://registry-1.docker.io"],
    ["localhost:5000", "http://localhost:5000"],
    ["127.0.0.1:5000", "http://127.0.0.1:5000"],
    ["[::1]:5000", "http://[::1]:5000"],
    ["localhost:5001", "https://localhost:5001"],
    ["plain.example.com", "http://plain.example.com"],
    ["127.0.0.1.example.com", "https://127.0.0.1.example.com"],
    ["registry.oslo.example.com", "https://mirror.internal:5000"],
  ];
  it.for(ORIGINS)("of %s is %s", ([host, origin]) => {
    expect(endpointOf(host, entries, "/root").origin).toBe(origin);
  });

  it("has its path as the folder of every repository, its authorities from the root, its limits from the real host", () => {
    const endpoint = endpointOf("registry.oslo.example.com", entries, "/root");
    expect(endpoint).toMatchObject({
      host: "mirror.internal:5000",
      folder: "cache",
      caFile: "/root/policies/ca.pem",
      maxConcurrency: 4,
      requestsPerSecond: 50,
      tokenHosts: ["auth.internal"],
    });
    expect(targetOf("/v2/a/tags/list", endpoint)).toEqual({
      origin: "https://mirror.internal:5000",
      path: "/v2/a/tags/list",
      home: true,
    });
  });

  const PATTERNS: readonly (readonly [string, number | undefined])[] = [
    ["us-docker.pkg.dev", 80],
    ["europe-west1-docker.pkg.dev", 40],
    ["europe-north1-docker.pkg.dev", 20],
    ["docker.pkg.dev", undefined],
    ["us-docker.pkg.dev.evil.example", undefined],
  ];
  it.for(PATTERNS)(
    "of %s has the limit %s: exact wins, then the longest pattern",
    ([host, limit]) => {
      expect(endpointOf(host, entries, "/").requestsPerSecond).toBe(limit);
    },
  );
});

describe("where a call may go", () => {
  const endpoint = endpointOf(HOST, [], "/");
  const plain = endpointOf("127.0.0.1:5000", [], "/");
  const listed = endpointOf(
    HOST,
    [hostEntry(HOST, { blobRedirectHosts: ["s3.internal", "10.0.0.9:9000"] })],
    "/",
  );
  const from = { origin: "https://registry.example.com", path: "/v2/a/blobs/x", home: true };

  const LOCATIONS: readonly (readonly [string, { origin: string; path: string; home: boolean }])[] =
    [
      [
        "https://registry.example.com/v2/a/blobs/uploads/1?x=y",
        { origin: from.origin, path: "/v2/a/blobs/uploads/1?x=y", home: true },
      ],
      ["https://registry.example.com:443/u", { origin: from.origin, path: "/u", home: true }],
      ["http://registry.example.com/u", { origin: from.origin, path: "/u", home: true }],
      [
        "https://other.example.com/u",
        { origin: "https://other.example.com", path: "/u", home: false },
      ],
    ];
  it.for(LOCATIONS)("an upload's location %s", ([location, expected]) => {
    expect(targetOf(new URL(location), endpoint)).toEqual(expected);
  });

  it("takes a dropped port of a registry's own name for its own", () => {
    const port = endpointOf("registry.example.com:5000", [], "/");
    expect(targetOf(new URL("https://registry.example.com/u"), port)).toEqual({
      origin: "https://registry.example.com:5000",
      path: "/u",
      home: true,
    });
  });

  const REFUSED: readonly (readonly [string, string])[] = [
    ["http://registry.example.com/x", "plain http"],
    ["http://storage.example.com/x", "plain http"],
    ["ftp://storage.example.com/x", "ftp:"],
    ["https://user:pw@storage.example.com/x", "user name"],
    ["https://127.0.0.1/x", "private address"],
    ["https://169.254.169.254/latest/meta-data", "private address"],
    ["https://[fd00::1]/x", "private address"],
    ["https://[::ffff:10.0.0.1]/x", "private address"],
    ["https://localhost/x", "private address"],
    ["", "nowhere"],
    ["https://", "nowhere"],
  ];
  it.for(REFUSED)("not a redirect to %s", ([location, words]) => {
    expect(redirectTarget(location, from, endpoint)).toContain(words);
  });

  it("anywhere public without a list, and only to the list with one", () => {
    expect(redirectTarget("https://cdn.example.net/x?sig=1", from, endpoint)).toEqual({
      origin: "https://cdn.example.net",
      path: "/x?sig=1",
      home: false,
    });
    expect(redirectTarget("https://cdn.example.net/x", from, listed)).toContain(
      "blobRedirectHosts",
    );
    expect(redirectTarget("https://s3.internal:9000/x", from, listed)).toMatchObject({
      home: false,
    });
    expect(redirectTarget("https://10.0.0.9:9000/x", from, listed)).toMatchObject({ home: false });
    expect(redirectTarget("https://10.0.0.9/x", from, listed)).toContain("blobRedirectHosts");
  });

  it("to private addresses where the registry itself is one", () => {
    const start = { origin: "http://127.0.0.1:5000", path: "/v2/", home: true };
    expect(redirectTarget("http://127.0.0.1:9000/x", start, plain)).toMatchObject({ home: false });
    expect(redirectTarget("https://10.1.2.3/x", start, plain)).toMatchObject({ home: false });
  });

  it("never home again after leaving it", () => {
    const away = { origin: "https://cdn.example.net", path: "/x", home: false };
    expect(redirectTarget("https://registry.example.com/v2/", away, endpoint)).toMatchObject({
      home: false,
    });
    expect(redirectTarget("/y", away, endpoint)).toEqual({ ...away, path: "/y" });
  });
});

describe("a token realm", () => {
  const asked = new URL("https://registry.example.com/v2/a/manifests/x");
  const endpoint = endpointOf(
    HOST,
    [hostEntry(HOST, { tokenHosts: ["auth.internal", "10.0.0.5"] })],
    "/",
  );
  const ROWS: readonly (readonly [string, string])[] = [
    ["https://registry.example.com/token", "trusted"],
    ["/token", "trusted"],
    ["https://registry.example.com:8443/token", "anonymous"],
    ["https://auth.internal/token", "trusted"],
    ["https://10.0.0.5/token", "trusted"],
    ["https://auth.example.net/token", "anonymous"],
    ["https://evil.registry.example.com/token", "anonymous"],
    ["http://registry.example.com/token", "refused"],
    ["http://auth.internal/token", "refused"],
    ["https://169.254.169.254/token", "refused"],
    ["https://10.0.0.6/token", "refused"],
    ["https://u:p@auth.internal/token", "refused"],
    ["file:///etc/passwd", "refused"],
  ];
  it.for(ROWS)("%s is %s", ([realm, kind]) => {
    expect(judgeRealm(realm, endpoint, asked).kind).toBe(kind);
  });

  it.for([
    ["docker.io", "https://auth.docker.io/token"],
    ["registry.gitlab.com", "https://gitlab.com/jwt/auth"],
  ] as const)("of %s is known", ([host, realm]) => {
    expect(judgeRealm(realm, endpointOf(host, [], "/"), asked).kind).toBe("trusted");
  });
});

describe("a private literal", () => {
  it.for([
    ["127.0.0.1", true],
    ["10.255.0.1", true],
    ["172.31.0.1", true],
    ["172.32.0.1", false],
    ["192.168.1.1", true],
    ["100.64.0.1", true],
    ["169.254.169.254", true],
    ["[::1]", true],
    ["[fe80::1]", true],
    ["[::ffff:127.0.0.1]", true],
    ["[2001:db8::1]", false],
    ["8.8.8.8", false],
    ["10.example.com", false],
    ["sub.localhost", true],
  ] as const)("%s: %s", ([host, expected]) => {
    expect(isPrivateLiteral(host)).toBe(expected);
  });
});
