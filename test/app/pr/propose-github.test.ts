import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ForgeWorkspace } from "../../support/forge-workspace.ts";
import { image } from "../../support/images.ts";
import { promotion, versionLine } from "../../support/workspace.ts";

const [one, two] = [image({ seed: "one" }), image({ seed: "two" })];
const FILE = "promotions/payments/api.yaml";
const BRANCH = "waybill/payments/api/prod";
const BOT = { contents: "write", pull_requests: "write" } as const;

let workspace: ForgeWorkspace;
let folder: string;
let token: string;

beforeEach(async () => {
  workspace = await ForgeWorkspace.open({
    [FILE]: promotion(
      "api",
      versionLine("v1.0.0", one, "channels: [staging]"),
      versionLine("v1.1.0", two, "channels: [staging]"),
    ),
  });
  folder = await workspace.checkout("refs/heads/main");
  token = workspace.github.installationToken(
    workspace.github.addApp({ slug: "waybill", permissions: BOT }),
  );
});
afterEach(async () => {
  const { violations } = workspace.github;
  await workspace[Symbol.asyncDispose]();
  expect(violations).toEqual([]);
});

async function promote(version: string): Promise<{ readonly code: number; readonly said: Said }> {
  const args = ["promote", `payments/api@${version}`, "--to", "prod", "--pr"];
  const env = { GITHUB_ACTOR: "dave" };
  const { code, out, err } = await workspace.run(folder, args, { token, env });
  expect(err).not.toContain("waybill:");
  return { code, said: JSON.parse(out) };
}

interface Said {
  readonly branch: string;
  readonly commit: string;
  readonly url: string;
}

describe("--pr on GitHub", { timeout: 60_000 }, () => {
  it("004-02 opens one pull request with the way so far, and updates it", async () => {
    const first = await promote("v1.0.0");
    expect(first).toMatchObject({ code: 0, said: { branch: BRANCH, url: expect.any(String) } });
    const pull = workspace.github.pull(1);
    expect(pull.title).toBe("Promote payments/api@v1.0.0 to prod");
    expect(pull.body).toContain("`v1.0.0`: registered → staging → **prod**");
    const second = await promote("v1.1.0");
    expect(second.said.url).toBe(first.said.url);
    expect([...workspace.github.repository().pulls.keys()]).toEqual([1]);
    expect(pull).toMatchObject({ state: "open", title: "Promote payments/api@v1.1.0 to prod" });
    expect(pull.head.commit).toBe(second.said.commit);
    expect(pull.body).toContain("`v1.1.0`: registered → staging → **prod**");
    expect(pull.forGood).toBe(false);
  });

  it("asked again for the same it changes nothing", async () => {
    const first = await promote("v1.0.0");
    const before = workspace.github.pull(1).updatedAt;
    expect((await promote("v1.0.0")).said).toEqual(first.said);
    expect(workspace.github.pull(1).updatedAt).toBe(before);
  });

  it("keeps what people wrote in the body, and a title that they chose", async () => {
    await promote("v1.0.0");
    const pull = workspace.github.pull(1);
    workspace.github.editBody(1, `Please look.\n\n${pull.body}\n\nThanks.`);
    pull.title = "Friday's release";
    await promote("v1.1.0");
    expect(pull.body).toMatch(/^Please look\.[^]*v1\.1\.0[^]*Thanks\.$/);
    expect(pull.title).toBe("Friday's release");
  });

  it("stops where a person pushed to the branch", async () => {
    await promote("v1.0.0");
    const theirs = await workspace.github.push({ branch: BRANCH, by: "bob", files: { x: "y" } });
    const args = ["promote", "payments/api@v1.1.0", "--to", "prod", "--pr"];
    expect(await workspace.run(folder, args, { token })).toMatchObject({ code: 2 });
    expect(workspace.github.pull(1).head.commit).toBe(theirs);
  });

  it("003-29 does not count the approval of the one who asked the bot", async () => {
    await promote("v1.0.0");
    for (const by of ["alice", "carol"]) workspace.github.review(1, { by });
    const args = ["approval", "--pr", "1", "--format", "json"];
    expect(await workspace.run(folder, args, { token })).toMatchObject({ code: 0 });
    const asAlice = { env: { GITHUB_ACTOR: "alice" }, token };
    const retire = ["promote", "payments/api@v1.1.0", "--to", "prod", "--pr"];
    await workspace.run(folder, retire, asAlice);
    for (const by of ["alice", "carol"]) workspace.github.review(1, { by });
    const { code, out } = await workspace.run(folder, args, { token });
    expect(code).toBe(4);
    expect(JSON.parse(out).notCounted).toContainEqual(
      expect.objectContaining({ login: "alice", why: "own-request" }),
    );
  });

  it("says what is missing where there is no token, and pushes nothing", async () => {
    const args = ["promote", "payments/api@v1.0.0", "--to", "prod", "--pr"];
    const { code, err } = await workspace.run(folder, args);
    expect({ code, err }).toMatchObject({
      code: 1,
      err: expect.stringContaining("WAYBILL_GITHUB_TOKEN"),
    });
    expect(await workspace.github.repository().git.head(`refs/heads/${BRANCH}`)).toBeUndefined();
  });
});
