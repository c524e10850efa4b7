import { describe, expect, it } from "vitest";
import { startRegistry, type ChallengeShape } from "../../../support/registry/index.ts";
import { callTo, never, testTransport, textOf } from "../../../support/transport.ts";

const users = { robot: { password: "s3cret:with:colons" } };
const OCI = "application/vnd.oci.image.manifest.v1+json";
const MANIFEST = JSON.stringify({ schemaVersion: 2, layers: [] });

/** A docker configuration with one login, as `DOCKER_AUTH_CONFIG` has it. */
function login(host: string, user = "robot", secret = users.robot.password) {
  const auth = Buffer.from(`${user}:${secret}`).toString("base64");
  return { DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { [host]: { auth } } }) };
}

describe("a call without a login", () => {
  it("is one request, and its connection is used again", async () => {
    await using registry = await startRegistry();
    registry.repository("team/app").putManifest(MANIFEST, OCI, ["v1"]);
    await using transport = testTransport();
    for (const method of ["GET", "HEAD", "GET"] as const) {
      const answer = await transport.call(callTo(registry.host, { method }), never);
      expect(await textOf(answer)).toBe(method === "HEAD" ? "" : MANIFEST);
    }
    expect(registry.count()).toBe(3);
    expect(registry.connections).toBeLessThan(3);
  });
});

describe("a login", () => {
  it("sends user and password where the registry says Basic, ahead after the first 401", async () => {
    await using registry = await startRegistry({ auth: { kind: "basic", users } });
    registry.repository("team/app").putManifest(MANIFEST, OCI, ["v1"]);
    await using transport = testTransport({ env: login(registry.host) });
    await Promise.all(
      [1, 2, 3].map(() => transport.call(callTo(registry.host), never).then(textOf)),
    );
    expect(registry.requests.map(({ status }) => status)).toEqual([401, 200, 200, 200]);
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
  it.for(SHAPES)("gets a token where the challenge is %s", async (challenge) => {
    await using registry = await startRegistry({ auth: { kind: "bearer", users, challenge } });
    registry.repository("team/app").putManifest(MANIFEST, OCI, ["v1"]);
    await using transport = testTransport({ env: login(registry.host) });
    await Promise.all(
      [1, 2, 3].map(() => transport.call(callTo(registry.host), never).then(textOf)),
    );
    expect(registry.tokensAsked).toMatchObject([
      { user: "robot", scopes: ["repository:team/app:pull"], status: 200 },
    ]);
    expect(registry.count({ kind: "manifest" })).toBe(4);
  });
});
