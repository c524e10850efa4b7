import type { FaultRow } from "../row.ts";
import { SECRET, SOURCE, TARGET, type World } from "../world.ts";
import { expect } from "vitest";

const USERS = { robot: { password: SECRET } };

/** A docker configuration with one login for each host, inline. */
function login(secret: string, ...hosts: readonly string[]): Record<string, string> {
  const auth = Buffer.from(`robot:${secret}`).toString("base64");
  const auths = Object.fromEntries(hosts.map((host) => [host, { auth }]));
  return { DOCKER_AUTH_CONFIG: JSON.stringify({ auths }) };
}

/** Credentials are kept by the endpoint's host as well as by the one that plans show. */
function loginTo(secret: string): (world: World) => Record<string, string> {
  return ({ source, target }) => login(secret, SOURCE, TARGET, source.host, target.host);
}

/** Logins, tokens and who may get them. */
export const LOGINS: readonly FaultRow[] = [
  {
    what: "a token is worthless in the middle of an upload",
    options: { target: { auth: { kind: "bearer", users: USERS } }, env: loginTo(SECRET) },
    arrange: ({ target }) =>
      void target.fault({
        match: { kind: "upload", method: "PUT" },
        do: { kind: "call", run: () => target.expireTokens() },
      }),
    code: 0,
  },
  {
    what: "the password is wrong",
    options: { target: { auth: { kind: "bearer", users: USERS } }, env: loginTo("another") },
    code: 1,
    says: "401",
    mend: ({ target }) => target.configure({ auth: { kind: "none" } }),
  },
  {
    what: "nobody is logged in, and the target wants a login",
    options: { target: { auth: { kind: "bearer", users: USERS } } },
    code: 1,
    says: "docker login",
    mend: ({ target }) => target.configure({ auth: { kind: "none" } }),
  },
  {
    what: "the target answers 401 whatever token it is shown",
    options: { target: { auth: { kind: "bearer", users: USERS, uses: 0 } }, env: loginTo(SECRET) },
    code: 1,
    says: "401",
    check: ({ target }) => expect(target.requests.length).toBeLessThan(40),
    mend: ({ target }) => target.configure({ auth: { kind: "none" } }),
  },
  {
    what: "the target names a token service on another host",
    options: {
      target: { auth: { kind: "bearer", users: USERS, realm: "other-host" } },
      env: loginTo(SECRET),
    },
    code: 1,
    says: "tokenHosts",
    check: ({ target }) => {
      const there = target.find({ listener: "token" });
      expect(there.filter(({ headers }) => headers["authorization"] !== undefined)).toEqual([]);
    },
    mend: ({ target }) => target.configure({ auth: { kind: "none" } }),
  },
  {
    what: "the account may pull from the target, and not push",
    options: {
      target: {
        auth: {
          kind: "bearer",
          users: { robot: { password: SECRET, grants: [{ repository: "*", actions: ["pull"] }] } },
        },
      },
      env: loginTo(SECRET),
    },
    code: 1,
    says: "push",
    mend: ({ target }) => target.configure({ auth: { kind: "none" } }),
  },
  {
    what: "the robot account of a Harbor may pull, and not push",
    options: { target: { harbor: { pullOnlyRobot: true } } },
    code: 1,
    says: "the account",
    mend: ({ target }) => target.configure({ harbor: {} }),
  },
];
