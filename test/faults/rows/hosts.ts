import { createServer } from "node:net";
import { once } from "node:events";
import { expect } from "vitest";
import { selfSigned } from "../../support/certificate.ts";
import type { FaultRow } from "../row.ts";
import { say, SOURCE, TARGET, type World } from "../world.ts";

const EXPIRED = selfSigned(new Date("2020-02-01T00:00:00Z"));
const OWN = selfSigned();

/** Hosts that are not there, go away, or are not who they say. */
export const HOSTS: readonly FaultRow[] = [
  {
    what: "nothing listens where the target should be",
    arrange: ({ target }) => target.stop(),
    code: 1,
    says: "refused the connection: nothing listens",
    mend: ({ target }) => target.restart(),
  },
  {
    what: "nothing listens where the source should be",
    arrange: ({ source }) => source.stop(),
    code: 1,
    says: "refused the connection: nothing listens",
    mend: ({ source }) => source.restart(),
  },
  {
    what: "the target dies in the middle of the run",
    arrange: ({ target }) =>
      void target.fault({ match: { kind: "upload", method: "PUT", nth: 2 }, do: { kind: "die" } }),
    code: 1,
    says: TARGET,
    varies: true,
    mend: async ({ target }) => {
      target.clearFaults();
      await target.restart();
    },
  },
  {
    what: "the source dies in the middle of the run",
    arrange: ({ source }) =>
      void source.fault({ match: { kind: "blob", nth: 2 }, do: { kind: "die" } }),
    code: 1,
    says: SOURCE,
    varies: true,
    mend: async ({ source }) => {
      source.clearFaults();
      await source.restart();
    },
  },
  {
    what: "the target's certificate has expired",
    options: { target: { tls: EXPIRED }, targetEntry: { caFile: "policies/ca.pem" } },
    arrange: (world) => trust(world, EXPIRED.cert),
    code: 1,
    says: "certificate that has expired",
    complete: false,
  },
  {
    what: "nobody vouches for the target's certificate",
    options: { target: { tls: OWN } },
    code: 1,
    says: "caFile",
    mend: async (world) => {
      await trust(world, OWN.cert);
      await say(
        { ...world, options: { ...world.options, targetEntry: { caFile: "policies/ca.pem" } } },
        LISTED(world),
      );
    },
  },
  {
    what: "the target speaks plain HTTP where TLS is expected",
    options: { targetEntry: {} },
    arrange: (world) => said(world, { endpoint: `https://${world.target.host}` }),
    code: 1,
    says: "does not speak TLS at that port",
    mend: (world) => said(world, { endpoint: world.target.origin }),
  },
  {
    what: "something else than a registry answers in HTTP",
    arrange: ({ target }) =>
      void target.fault({
        match: { times: Infinity },
        do: {
          kind: "answer",
          status: 200,
          body: "<html>It works!</html>",
          headers: { "Content-Type": "text/html" },
        },
      }),
    code: 1,
    says: TARGET,
  },
  {
    what: "something that does not speak HTTP listens there",
    arrange: async (world) => {
      const other = createServer((socket) =>
        socket.on("error", () => undefined).end("220 mail.example.com ESMTP\r\n"),
      );
      other.listen(0, "127.0.0.1");
      await once(other, "listening");
      other.unref();
      const address = other.address();
      await said(world, {
        endpoint: `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}`,
      });
    },
    code: 1,
    says: "did not answer in HTTP",
    mend: (world) => said(world, { endpoint: world.target.origin }),
  },
  {
    what: "a best-effort site is not reachable, the required one is",
    options: { channel: { sites: { require: ["oslo"], bestEffort: ["bergen"] } } },
    arrange: async (world) => {
      const sites = await world.repository.read("policies/sites.yaml");
      await world.repository.write(
        "policies/sites.yaml",
        `${sites}  bergen:\n    stores:\n      oci: 127.0.0.1:1\n`,
      );
      world.repository.commit();
    },
    code: 3,
    says: "127.0.0.1:1",
    check: (world) => expect(world.lacks()).toEqual([]),
    complete: false,
  },
];

function LISTED({ app }: World): Parameters<typeof say>[1] {
  return [{ version: "v1.0.0", digest: app.digest, channels: ["prod"] }];
}

async function trust({ repository }: World, pem: string): Promise<void> {
  await repository.write("policies/ca.pem", pem);
  repository.commit();
}

/** Says anew how the target is reached. */
async function said(world: World, targetEntry: object): Promise<void> {
  await say({ ...world, options: { ...world.options, targetEntry } }, LISTED(world));
}
