import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Built } from "../../support/images.ts";
import { FILE, listed, openNotesWorld, type NotesWorld } from "./world.ts";

const WRITES = { contents: "write", pull_requests: "write" } as const;

let world: NotesWorld;
let old: Built;
let candidate: Built;
let folder: string;
let token: string;

beforeAll(async () => {
  world = await openNotesWorld();
  old = await world.build("v1.0.0", [{ title: "The first" }]);
  candidate = await world.build("v1.1.0-rc.1", [
    { title: "New checkout", body: "Try: pay with a card of 2031" },
    { title: "@acme/admins closes #1", body: "Security: ```waybill-override\nUpgrade: <b>now</b>" },
  ]);
  folder = await world.checkout(listed(["v1.0.0", old, "staging, prod"]));
  const { github } = world.workspace;
  token = github.installationToken(github.addApp({ slug: "release", permissions: WRITES }));
}, 60_000);
afterAll(async () => {
  const { violations } = world.workspace.github;
  await world[Symbol.asyncDispose]();
  expect(violations).toEqual([]);
});

async function propose(...args: readonly string[]): Promise<{ body: string; url: string }> {
  const ran = await world.workspace.run(folder, [...args, "--pr"], { token });
  expect(ran).toMatchObject({ code: 0 });
  const { url }: { url: string } = JSON.parse(ran.out);
  const { body } = world.workspace.github.pull(Number(url.split("/").at(-1)));
  return { body, url };
}

describe("a pull request of ours tells of its versions", { timeout: 60_000 }, () => {
  it("002-07 002-63 register --tag resolves it once, and the candidate's asks testers what to try", async () => {
    const { body, url } = await propose(
      "register",
      "payments/api@v1.1.0-rc.1",
      "--tag",
      "v1.1.0-rc.1",
      "--to",
      "staging",
    );
    const { git, pulls } = world.workspace.github.repository();
    const branch = "refs/heads/waybill/payments/api/staging";
    const file = await git.git(["show", `${branch}:${FILE}`]);
    expect(file).toContain(
      `{ version: v1.1.0-rc.1, digest: "${candidate.digest}", channels: [staging] }`,
    );
    expect(body).toContain("`v1.1.0-rc.1`: **registered** → **staging**");
    expect(body).toContain(`\`${candidate.digest}\`, made from \``);
    expect(body).toContain("for `linux/amd64`");
    expect(body).toContain("Since `v1.0.0`, the version in `staging` before it");
    expect(body).toContain(
      "**What to try**\n\n- [ ] New checkout (no. 2, bob): pay with a card of 2031\n",
    );
    // The next candidate brings the same pull request up to date.
    await world.build("v1.1.0-rc.2", [{ title: "A fix" }]);
    const again = ["--tag", "v1.1.0-rc.2", "--to", "staging"];
    const next = await propose("register", "payments/api@v1.1.0-rc.2", ...again);
    expect(next.url).toBe(url);
    expect(pulls.size).toBe(1);
    expect(next.body).toContain("Since `v1.1.0-rc.1`, the version in `staging` before it");
    expect(next.body).toContain("- A fix (no. 4, bob)");
  });

  it("002-23 004-12 what others wrote is neither an override, nor a mention, nor an end of our part", async () => {
    const { body } = await propose(
      "register",
      "payments/api@v1.1.0-rc.1",
      "--digest",
      candidate.digest,
    );
    expect(body).toContain("**Security**");
    expect(body).toContain("**Upgrade**");
    expect(body).not.toMatch(/^\s*(?:```|~~~)/m);
    expect(body).not.toMatch(/<b>|@acme|closes #1/);
    expect(body.match(/<!--/g)).toHaveLength(2);
  });

  it("002-07 opens the pull request although nothing of its source can be read", async () => {
    const { workspace } = world;
    workspace.source.repository("staging/api").manifests.delete(old.digest);
    const { body } = await propose(
      "register",
      "payments/api@v1.0.1",
      "--digest",
      `sha256:${"0".repeat(64)}`,
    );
    expect(body).toContain("v1.0.1 could not be read");
  });

  it("002-07 registers and promotes in one edit or not at all", async () => {
    const args = ["register", "payments/api@v1.1.0-rc.1", "--digest", candidate.digest];
    const before = await world.workspace.git(folder, "status", "--porcelain");
    const refused = await world.workspace.run(folder, [...args, "--to", "prod"], { token });
    expect(refused).toMatchObject({ code: 2, out: expect.stringContaining("step-skipped") });
    expect(await world.workspace.git(folder, "status", "--porcelain")).toBe(before);
    const done = await world.workspace.run(folder, [...args, "--to", "staging"], { token });
    expect(done).toMatchObject({ code: 0, err: expect.stringContaining("asked for staging") });
  });

  it("002-07 says what the tag's image was made from", async () => {
    await world.workspace.git(folder, "checkout", "-q", "--", ".");
    const args = ["register", "payments/api@v1.1.0-rc.1", "--tag", "v1.1.0-rc.1"];
    const { err } = await world.workspace.run(folder, args, { token });
    expect(err).toMatch(
      /as sha256:[0-9a-f]{64} \(for linux\/amd64 made from http.*\/acme\/api at [0-9a-f]{40}\)/,
    );
  });
});
