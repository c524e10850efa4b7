import { expect } from "vitest";
import type { FaultRow } from "../row.ts";
import { TO, type World } from "../world.ts";

const FILE = "promotions/shop/api.yaml";

async function edit({ repository }: World, change: (text: string) => string): Promise<void> {
  await repository.write(FILE, change(await repository.read(FILE)));
}

function nothingAsked({ source, target }: World): void {
  expect(source.requests.length + target.requests.length).toBe(0);
}

/** What was typed, and what is in the promotions repository. */
export const REPOSITORY: readonly FaultRow[] = [
  {
    what: "there is no such folder",
    run: (world) => world.run("apply", "--yes", "-C", "elsewhere"),
    code: 2,
    says: "There is no folder",
    complete: false,
    check: nothingAsked,
  },
  {
    what: "there is no promotion file",
    arrange: async ({ repository }) => {
      await repository.remove(FILE);
      repository.commit();
      repository.commit();
    },
    code: 0,
    says: "There is no promotion file here",
    complete: false,
    check: nothingAsked,
  },
  {
    what: "the YAML is broken",
    arrange: (world) => edit(world, (text) => text.replace("project: shop", "project: [shop")),
    code: 2,
    says: `${FILE}:`,
    complete: false,
    check: nothingAsked,
  },
  {
    what: "a file is changed and not committed",
    arrange: (world) => edit(world, (text) => `${text}\n# a thought\n`),
    code: 2,
    says: "is not committed",
    complete: false,
    check: nothingAsked,
  },
  {
    what: "there is no such revision",
    run: (world) => world.run("apply", "--yes", "--since", "no-such-branch"),
    code: 2,
    says: "no commit no-such-branch",
    complete: false,
    check: nothingAsked,
  },
  {
    what: "nothing changed since the revision",
    run: (world) => world.run("apply", "--yes", "--since", "HEAD"),
    code: 0,
    complete: false,
    check: nothingAsked,
  },
  {
    what: "nobody said yes, and there is no terminal to ask on",
    run: (world) => world.run("apply"),
    code: 2,
    says: "--yes",
    complete: false,
    check: ({ target }) => expect(target.count({ method: "POST" })).toBe(0),
  },
  {
    what: "a file of the promotions repository changes during the run",
    arrange: (world) => {
      world.target.fault({
        match: { kind: "upload" },
        do: { kind: "call", run: () => edit(world, (text) => text.replace("v1.0.0", "v9.9.9")) },
      });
    },
    code: 0,
    check: async (world) => {
      const { tags } = world.target.repository(TO);
      expect(
        [...tags.keys()].filter((tag) => tag.startsWith("v")),
        "what was committed",
      ).toEqual(["v1.0.0"]);
      expect((await world.run("apply", "--yes")).code, "the change is not").toBe(2);
    },
  },
  {
    what: "the file of logins is no JSON",
    options: {
      target: { auth: { kind: "bearer", users: {} } },
      env: { DOCKER_AUTH_CONFIG: "{" },
    },
    code: 1,
    says: "DOCKER_AUTH_CONFIG",
    complete: false,
  },
  {
    what: "the credential helper is not on PATH",
    options: {
      target: { auth: { kind: "bearer", users: {} } },
      env: { DOCKER_AUTH_CONFIG: JSON.stringify({ credsStore: "no-such-helper" }), PATH: "" },
    },
    code: 1,
    says: "docker-credential-no-such-helper",
    complete: false,
  },
];
