import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { image, seed } from "../../support/images.ts";
import { promotion, versionLine } from "../../support/workspace.ts";
import { Story } from "./story.ts";

const built = image({ seed: "app" });
const FILE = "promotions/payments/api.yaml";
const CANDIDATE = promotion("api", versionLine("v1.0.0", built, "channels: []"));
const BEFORE_PROD = promotion(
  "api",
  versionLine("v1.0.0", built, "channels: [dev, test, staging]"),
);

/** The recommended path, and who may walk it. */
const POLICIES = {
  "policies/channels.yaml": `apiVersion: waybill.dev/v1
kind: Channels
channels:
  dev: { to: "dev/{project}/{name}", sites: { require: [oslo] } }
  test: { to: "test/{project}/{name}", after: [dev], samePullRequest: true, sites: { require: [oslo] } }
  staging:
    to: "staging/{project}/{name}"
    after: [dev, test]
    samePullRequest: true
    sites: { require: [oslo] }
  prod:
    to: "{project}/{name}"
    after: [staging]
    sites: { require: [oslo] }
    promoters: [payments]
    approvals: { count: 2, from: [sre] }
`,
  "policies/owners.yaml": `apiVersion: waybill.dev/v1
kind: Owners
groups: { sre: { people: [alice, carol] }, payments: { people: [dave] } }
owners:
  - { paths: ["promotions/payments/**"], kinds: [container-image], from: [sre, payments] }
admins: [sre]
`,
  [FILE]: CANDIDATE,
};

let story: Story;

beforeEach(async () => {
  story = await Story.open(POLICIES);
  seed(story.workspace.source.repository("staging/api"), built);
});
afterEach(() => story[Symbol.asyncDispose]());

describe("a promotion by pull request, by processes alone", { timeout: 300_000 }, () => {
  it("003-37 003-05 004-02 004-12 004-13 003-04 003-34 002-31 walks from a candidate to prod, and git says who let it", async () => {
    const { github } = story.workspace;

    // Nobody jumps: the check of a pull request straight to prod fails on its line.
    const straight = await story.workspace.propose(
      { [FILE]: CANDIDATE.replace("channels: []", "channels: [prod]") },
      { branch: "jump" },
    );
    const refused = await story.plan(straight);
    expect(refused).toMatchObject({
      code: 2,
      out: expect.stringMatching(/^::error .*step-skipped/m),
    });

    // dev, test and staging in one pull request, which the owner of the path approves.
    const first = await story.workspace.propose({ [FILE]: BEFORE_PROD });
    const planned = await story.checks(first);
    expect(planned).toMatchObject({ code: 0, err: "" });
    expect(story.comments(first)).toEqual([expect.stringContaining("still needed")]);
    expect(await story.approval(first)).toMatchObject({ code: 4 });
    github.review(first, { by: "dave" });
    expect(await story.approval(first)).toMatchObject({ code: 0 });
    await story.report(first, planned);
    expect(story.comments(first)).toEqual([expect.stringContaining("Approvals: complete")]);
    await github.merge(first, { by: "dave", method: "squash" });
    expect(await story.merged()).toMatchObject({ code: 0 });

    // prod by one command, in another pull request, with two approvals of those whom the channel names.
    const app = github.addApp({
      slug: "waybill",
      permissions: { contents: "write", pull_requests: "write" },
    });
    const asked = await story.type(["promote", "payments/api@v1.0.0", "--to", "prod", "--pr"], {
      token: github.installationToken(app),
      actor: "dave",
    });
    expect(asked).toMatchObject({ code: 0 });
    const { url }: { readonly url: string } = JSON.parse(asked.out);
    const number = Number(url.split("/").at(-1));
    const check = await story.checks(number);
    expect(Object.fromEntries(check.outputs)).toMatchObject({
      result: "changes",
      destructive: "0",
    });
    for (const by of ["alice", "carol"]) github.review(number, { by });
    expect(await story.approval(number)).toMatchObject({ code: 0 });
    await github.merge(number, { by: "alice", method: "squash" });
    const applied = await story.merged();
    expect(applied).toMatchObject({ code: 0 });
    expect(story.placed("payments/api")).toEqual(["v1.0.0"]);

    // The comment, the deployments and the note say what became of it.
    expect(story.comments(number)).toEqual([expect.stringContaining("Merged and done")]);
    const deployments = [...github.repository().deployments.values()];
    expect(deployments.map(({ environment }) => environment)).toContain("waybill/prod/oslo");
    const [record] = (await story.notes()).filter(({ prs }) => prs.includes(number));
    expect(record).toMatchObject({
      approvals: [{ login: "alice" }, { login: "carol" }],
      outcomes: [
        { status: "done", key: { op: "copy", digest: built.digest, version: "v1.0.0" } },
        { status: "done", key: { op: "tag", digest: built.digest } },
      ],
    });
    for (const { err, out } of [planned, check, applied]) expect(err + out).not.toMatch(/gh[sp]_/);
    expect(readFileSync(join(applied.folder, ".git/config"), "utf8")).not.toContain("ghs_");
  });

  it("003-33 003-29 000-11 000-08 lets nobody into prod but by those whom the base names", async () => {
    const { github } = story.workspace;
    await story.mergeApproved({ [FILE]: BEFORE_PROD }, ["dave"]);
    expect(await story.merged()).toMatchObject({ code: 0 });

    // bob is no promoter, and no number of approvals makes him one.
    const prod = { [FILE]: BEFORE_PROD.replace("staging]", "staging, prod]") };
    const his = await story.workspace.propose(prod, { branch: "his", by: "bob" });
    for (const by of ["alice", "carol", "dave"]) github.review(his, { by });
    const refused = await story.approval(his);
    expect(refused).toMatchObject({ code: 4, out: expect.stringContaining("bob is no promoter") });

    // dave is one; those whom neither channel nor path names do not count for it, and dave not for himself.
    const number = await story.workspace.propose(prod, { branch: "hers", by: "dave" });
    github.collaborator("mallory", "write");
    for (const by of ["mallory", "bob", "dave", "alice"]) github.review(number, { by });
    const waits = await story.approval(number);
    expect(waits).toMatchObject({ code: 4, out: expect.stringContaining("channel prod: 1 more") });

    // Merged all the same, it is not done, and one issue says so.
    await github.merge(number, { by: "mallory" });
    const applied = await story.apply();
    expect(applied).toMatchObject({ code: 4 });
    expect(story.placed("payments/api")).toEqual([]);
    expect(story.issues()).toMatchObject([
      { state: "open", body: expect.stringContaining("prod") },
    ]);
  });
});
