import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ForgeWorkspace } from "../../support/forge-workspace.ts";
import { image, seed } from "../../support/images.ts";
import { promotion, versionLine } from "../../support/workspace.ts";

const app = image({ seed: "app" });
const FILE = "promotions/payments/api.yaml";
const STAGED = promotion("api", versionLine("v1.0.0", app, "channels: [staging]"));
const PROMOTED = promotion("api", versionLine("v1.0.0", app, "channels: [staging, prod]"));
const JOB = { contents: "read", pull_requests: "read", statuses: "write" } as const;

let workspace: ForgeWorkspace;
let folder: string;
let number: number;

beforeEach(async () => {
  workspace = await ForgeWorkspace.open({ [FILE]: STAGED });
  seed(workspace.source.repository("staging/api"), app);
  number = await workspace.propose({ [FILE]: PROMOTED });
  folder = await workspace.checkout("refs/heads/main");
});
afterEach(async () => {
  const { violations } = workspace.github;
  await workspace[Symbol.asyncDispose]();
  expect(violations).toEqual([]);
});

async function ask(...more: readonly string[]): Promise<{ code: number; said: Said; err: string }> {
  const token = workspace.github.actionsToken(JOB);
  const args = ["approval", "--pr", String(number), "--format", "json", ...more];
  const { code, out, err } = await workspace.run(folder, args, { token });
  return { code, said: out === "" ? {} : JSON.parse(out), err };
}

interface Said {
  readonly status?: string;
  readonly conflicts?: boolean;
  readonly requirements?: readonly { readonly what: string; readonly missing: number }[];
}

describe("waybill approval", { timeout: 60_000 }, () => {
  it("000-11 waits for as many as the channel asks for, and then is approved", async () => {
    const before = await ask();
    expect(before).toMatchObject({ code: 4, said: { status: "waiting" } });
    expect(before.said.requirements).toMatchObject([{ what: "channel prod", missing: 2 }]);
    workspace.github.review(number, { by: "alice" });
    expect(await ask()).toMatchObject({ code: 4, said: { status: "waiting" } });
    workspace.github.review(number, { by: "carol" });
    expect(await ask()).toMatchObject({ code: 0, said: { status: "approved" } });
  });

  it("003-33 does not count people that the channel does not name, nor the author", async () => {
    for (const by of ["dave", "alice", "bob"]) workspace.github.review(number, { by });
    expect(await ask()).toMatchObject({ code: 4, said: { requirements: [{ missing: 1 }] } });
  });

  it("threat 4: does not count approvals of files that are no longer these", async () => {
    workspace.github.review(number, { by: "alice" });
    workspace.github.review(number, { by: "carol" });
    const other = image({ seed: "other" });
    const line = versionLine("v1.0.0", app, "channels: [staging, prod]");
    const more = versionLine("v2.0.0", other, "channels: [staging, prod]");
    await workspace.github.push({
      branch: "change",
      by: "bob",
      files: { [FILE]: promotion("api", line, more) },
    });
    expect(await ask()).toMatchObject({ code: 4, said: { requirements: [{ missing: 2 }, {}] } });
  });

  it("counts approvals still where only a file that decides nothing was pushed since", async () => {
    workspace.github.review(number, { by: "alice" });
    workspace.github.review(number, { by: "carol" });
    await workspace.github.push({ branch: "change", by: "bob", files: { "README.md": "hello" } });
    expect(await ask()).toMatchObject({ code: 0 });
  });

  it("threat 14: reads who may from the base, not from the pull request", async () => {
    const own = `apiVersion: waybill.dev/v1
kind: Owners
groups: { sre: { people: [dave, erin] } }
admins: [sre]
`;
    await workspace.github.push({
      branch: "change",
      by: "bob",
      files: { "policies/owners.yaml": own },
    });
    for (const by of ["dave", "erin"]) workspace.github.review(number, { by });
    const { code, said } = await ask();
    // Beside a promotion it is refused by itself; nobody whom it names is counted either.
    expect({ code, status: said.status }).toEqual({ code: 4, status: "refused" });
    const missing = said.requirements?.map((requirement) => requirement.missing) ?? [];
    expect(missing.length).toBeGreaterThan(0);
    expect(missing).not.toContain(0);
  });

  it("says the same by a commit status, under the name that rules ask for", async () => {
    await ask("--status");
    const { statuses } = workspace.github.repository();
    expect(statuses).toMatchObject([{ context: "waybill / approval", state: "pending" }]);
  });

  it("000-11 refuses one that conflicts with its base, whoever approved", async () => {
    for (const by of ["alice", "carol"]) workspace.github.review(number, { by });
    const line = versionLine("v1.0.0", app, "channels: [staging], state: retired, reason: bad");
    await workspace.github.push({
      branch: "main",
      by: "alice",
      files: { [FILE]: promotion("api", line) },
    });
    expect(await ask()).toMatchObject({ code: 4, said: { conflicts: true, status: "refused" } });
  });

  it("asks for little: calls are counted", async () => {
    for (const by of ["alice", "carol"]) workspace.github.review(number, { by });
    const before = workspace.github.requests.length;
    await ask();
    const calls = workspace.github.requests
      .slice(before)
      .filter(({ operation }) => operation !== "git");
    expect(calls.map(({ operation }) => operation)).toHaveLength(2);
  });

  it.for<readonly [string, readonly string[], string]>([
    ["no such pull request", ["approval", "--pr", "99"], "There is no pull request 99"],
    ["no number", ["approval", "--pr", "x"], "expected a number"],
  ])("exits 2 for %s", async ([, args, words]) => {
    const token = workspace.github.actionsToken(JOB);
    const { code, err } = await workspace.run(folder, args, { token });
    expect({ code, err }).toMatchObject({ code: 2, err: expect.stringContaining(words) });
  });

  it("names what is missing where there is no token", async () => {
    const { code, err } = await workspace.run(folder, ["approval", "--pr", "1"]);
    expect({ code, err }).toMatchObject({ code: 1, err: expect.stringContaining("GITHUB_TOKEN") });
  });
});
