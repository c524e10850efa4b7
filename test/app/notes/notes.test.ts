import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Built } from "../../support/images.ts";
import { listed, openNotesWorld, SOURCE, type NotesWorld } from "./world.ts";

const ARGS = ["notes", "payments/api@v1.1.0", "--channel", "prod"];

let world: NotesWorld;
let old: Built;

let next: Built;
let folder: string;

beforeAll(async () => {
  world = await openNotesWorld();
  old = await world.build("v1.0.0", [{ title: "The first" }]);
  next = await world.build("v1.1.0", [
    { title: "Drop XML", body: "Breaking: use JSON\nTry: an old client" },
    { title: "Close the hole", labels: ["security"] },
    { title: "Faster", labels: ["perf"] },
  ]);
  folder = await world.checkout(
    listed(["v1.1.0", next, "staging, prod"], ["v1.0.0", old, "staging, prod"]),
  );
}, 60_000);
afterAll(async () => {
  const { violations } = world.workspace.github;
  await world[Symbol.asyncDispose]();
  expect(violations).toEqual([]);
});

/** Two versions that say other things of where they were made. */
async function saying(
  more: Readonly<Record<string, string>>,
  before: Readonly<Record<string, string>> = more,
): Promise<string> {
  const was = await world.build("v1.0.0", [], { annotations: before });
  const is = await world.build("v1.1.0", [], { annotations: more });
  return world.checkout(listed(["v1.1.0", is, "staging, prod"], ["v1.0.0", was, "staging, prod"]));
}

describe("waybill notes", { timeout: 60_000 }, () => {
  it("002-23 tells what was merged since the version that the channel had", async () => {
    const { code, out } = await world.run(folder, [...ARGS, "--format", "json"]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      schema: "waybill.dev/release-notes/v1",
      against: "v1.0.0",
      read: true,
      counts: { merged: 3, breaking: 1, security: 1, schema: 0, upgrade: 0, tries: 1, others: 1 },
      sections: {
        breaking: [{ title: "Drop XML", text: "use JSON" }],
        security: [{ title: "Close the hole" }],
      },
      tries: [{ text: "an old client" }],
      others: [{ title: "Faster" }],
      source: { repository: `${world.workspace.github.origin}/${SOURCE}` },
    });
    const told = await world.run(folder, [...ARGS, "--format", "markdown"]);
    expect(told.out).toContain("**Breaking**\n\n- Drop XML (no. 2, bob): use JSON");
    expect((await world.run(folder, ARGS)).out).toContain("security  #3 Close the hole");
  });

  it("002-23 compares with another version where that is said, or with what was registered before", async () => {
    const last = await world.build("v1.2.0", [{ title: "Slower" }]);
    const at = await world.checkout(
      listed(["v1.2.0", last, "staging"], ["v1.1.0", next, "staging"], ["v1.0.0", old, "staging"]),
    );
    const asked = ["notes", "payments/api@v1.2.0", "--format", "json"];
    for (const [more, against, merged] of [
      [[], "v1.1.0", 1],
      [["--channel", "staging"], "v1.1.0", 1],
      [["--since", "v1.0.0"], "v1.0.0", 4],
    ] as const) {
      const { out } = await world.run(at, [...asked, ...more]);
      expect(JSON.parse(out)).toMatchObject({ against, counts: { merged } });
    }
    const none = await world.run(at, [...asked, "--channel", "prod"]);
    expect(none).toMatchObject({ code: 2, out: expect.stringContaining("into prod") });
  });

  it("of the first version there is nothing to compare", async () => {
    const { code, out } = await world.run(folder, ["notes", "payments/api@v1.0.0"]);
    expect(code).toBe(0);
    expect(out).toContain("There is nothing to compare it with.");
  });

  it("002-23 gives the place to compare where the source cannot be read", async () => {
    const { github } = world.workspace;
    const stranger = github.userToken("mallory");
    const said = await world.workspace.run(folder, [...ARGS, "--format", "json"], {
      token: stranger,
    });
    expect(said.code).toBe(0);
    const document = JSON.parse(said.out);
    expect(document).toMatchObject({ read: false, why: expect.stringContaining("may not read") });
    expect(document.source.compare).toMatch(
      /\/acme\/api\/compare\/[0-9a-f]{40}\.\.\.[0-9a-f]{40}$/,
    );
    const without = await world.workspace.run(folder, ARGS);
    expect(without).toMatchObject({
      code: 0,
      out: expect.stringContaining("WAYBILL_GITHUB_TOKEN"),
    });
  });

  it.for<readonly [string, Readonly<Record<string, string>>, string]>([
    [
      "on another GitHub",
      { "org.opencontainers.image.source": "https://evil.ghe.com/acme/api" },
      "no repository of the GitHub",
    ],
    [
      "nowhere",
      { "org.opencontainers.image.source": "see the wiki" },
      "no repository of the GitHub",
    ],
    ["at no commit", { "org.opencontainers.image.revision": "main" }, "does not say"],
  ])(
    "002-71 threat 6: asks nobody where an artifact says that it was made %s",
    async ([, lie, says]) => {
      // Both say so, or the lie would end at two versions of two repositories.
      const at = await saying(lie);
      const { requests } = world.workspace.github;
      const before = requests.length;
      const { code, out } = await world.run(at, ARGS);
      expect({ code, out }).toMatchObject({ code: 0, out: expect.stringContaining(says) });
      expect(requests.slice(before).filter(({ operation }) => operation !== "git")).toEqual([]);
    },
  );

  it("000-30 does not wait out a long limit, and says how long it is", async () => {
    const { faults } = world.workspace.github;
    const headers = { "retry-after": "3600" };
    const body = { message: "You have exceeded a secondary rate limit." };
    faults.push({ on: "repos/compare-commits", answer: { status: 403, headers, body } });
    const { code, out } = await world.run(folder, ARGS);
    expect(code).toBe(0);
    expect(out).toContain("/acme/api/compare/");
    expect(out).toMatch(/limit/);
    expect(faults).toEqual([]);
  });

  it("does not compare two repositories", async () => {
    const other = { "org.opencontainers.image.source": `${world.workspace.github.origin}/acme/b` };
    const at = await saying({}, other);
    expect((await world.run(at, ARGS)).out).toContain("made from another repository");
  });

  it("says so where the version itself is nowhere", async () => {
    const registry = world.workspace.source.repository("staging/api");
    registry.manifests.delete(next.digest);
    expect((await world.run(folder, ARGS)).out).toContain("v1.1.0 could not be read");
  });
});
