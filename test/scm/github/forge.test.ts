import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ForgeError, type Forge, type WholeRequest } from "#scm";
import { FakeGitHub } from "../../support/github/index.ts";
import { openForge } from "../../support/github/forge.ts";
import { zip } from "../../support/github/zip.ts";

const signal = AbortSignal.timeout(600_000);
const ALL = {
  contents: "write",
  pull_requests: "write",
  issues: "write",
  checks: "write",
  statuses: "write",
  deployments: "write",
  actions: "write",
} as const;

let github: FakeGitHub;
let forge: Forge;

beforeEach(async () => {
  github = await FakeGitHub.start();
  github.collaborator("alice", "admin");
  github.collaborator("bob", "write");
  await github.push({ branch: "main", files: { "README.md": "# promotions\n" }, by: "alice" });
  forge = await openForge(github, github.actionsToken(ALL));
});

afterEach(async () => {
  const { violations } = github;
  await github[Symbol.asyncDispose]();
  expect(violations).toEqual([]);
});

async function openPull(): Promise<number> {
  await github.push({ branch: "feature", files: { "a.yaml": "a: 1\n" }, by: "bob" });
  const pull = await github.openPull({ head: "feature", author: "bob", title: "Promote a" });
  return pull.number;
}

async function whole(number: number): Promise<WholeRequest> {
  const found = (await forge.pullRequests.whole([number], signal)).get(number);
  return found ?? expect.fail("no pull request");
}

describe("whose token it is", () => {
  it("is Actions' own bot for GITHUB_TOKEN, and is asked once", async () => {
    const me = { login: "github-actions[bot]", id: 41_898_282, kind: "bot" };
    expect(await forge.whoAmI(signal)).toEqual(me);
    await forge.whoAmI(signal);
    expect(github.count()).toBe(1);
  });
});

describe("a pull request", () => {
  it("is read with its ends, its author and when its body was last edited", async () => {
    const number = await openPull();
    const before = await forge.pullRequests.get(number, signal);
    expect(before).toMatchObject({
      number,
      state: "open",
      title: "Promote a",
      bodyEditedAt: undefined,
      author: { login: "bob", kind: "person", id: github.account("bob").id },
      head: { branch: "feature", repository: "acme/promotions" },
      base: { branch: "main", repository: "acme/promotions" },
    });
    github.editBody(number, "now with a reason");
    const after = await forge.pullRequests.get(number, signal);
    expect(after?.bodyEditedAt).toBeDefined();
    expect(after?.body).toBe("now with a reason");
  });

  it("that is not there is undefined, and not an error", async () => {
    expect(await forge.pullRequests.get(99, signal)).toBeUndefined();
  });

  it.for(["merge", "squash", "rebase"] as const)(
    "004-12 that was merged by %s names its merge commit, who did it and is found by it",
    async (method) => {
      const number = await openPull();
      const commit = await github.merge(number, { by: "alice", method });
      const pull = await forge.pullRequests.get(number, signal);
      expect(pull).toMatchObject({
        state: "merged",
        mergeCommit: commit,
        mergedBy: { login: "alice" },
      });
      const found = (await forge.pullRequests.ofCommits([commit], signal)).get(commit)?.[0];
      expect(found).toMatchObject({ number, state: "merged", base: { branch: "main" } });
      expect(await github.repository().git.read(commit, "a.yaml")).toBe("a: 1\n");
    },
  );

  it("of a fork that was deleted has no head repository", async () => {
    await github.fork("carol");
    await github.push({
      branch: "x",
      files: { "a.yaml": "a: 2\n" },
      by: "carol",
      repository: "carol/promotions",
    });
    const pull = await github.openPull({ head: "carol:x", author: "carol" });
    pull.headGone = true;
    expect((await forge.pullRequests.get(pull.number, signal))?.head.repository).toBeUndefined();
    const { commit } = pull.head;
    const found = (await forge.pullRequests.ofCommits([commit], signal)).get(commit)?.[0];
    expect(found?.head.repository).toBeUndefined();
    expect((await whole(pull.number)).pushers).toMatchObject({ kind: "unknown" });
  });

  it("is opened, found again by its branch, updated, and closed", async () => {
    await github.push({ branch: "waybill/a", files: { "a.yaml": "a: 1\n" }, by: "bob" });
    const draft = { branch: "waybill/a", base: "main", title: "Promote", body: "x" };
    const made = await forge.pullRequests.create(draft, signal);
    expect(await forge.pullRequests.openFrom("waybill/a", "main", signal)).toEqual(made);
    await forge.pullRequests.update(made.number, { title: "Promote a", state: "closed" }, signal);
    expect(github.pull(made.number)).toMatchObject({ title: "Promote a", state: "closed" });
    expect(await forge.pullRequests.openFrom("waybill/a", undefined, signal)).toBeUndefined();
  });

  it("whose creation was done and not answered is found, and not made twice", async () => {
    await github.push({ branch: "waybill/a", files: { "a.yaml": "a: 1\n" }, by: "bob" });
    github.fault({ on: "pulls/create", when: "after", answer: { status: 502 } });
    const draft = { branch: "waybill/a", base: "main", title: "Promote", body: "x" };
    const made = await forge.pullRequests.create(draft, signal);
    expect(made.number).toBe(1);
    expect(github.count("pulls/create")).toBe(1);
    expect(github.repository().pulls.size).toBe(1);
    // A second run that asks for the same gets the one that is there.
    expect((await forge.pullRequests.create(draft, signal)).number).toBe(1);
  });
});

describe("reviews", () => {
  it("000-11 are the whole history, over every page, with commit, time and number of the reviewer", async () => {
    const number = await openPull();
    for (let count = 0; count < 130; count += 1) {
      github.review(number, { by: `reviewer-${count}`, state: "COMMENTED" });
    }
    github.review(number, { by: "alice", state: "APPROVED" });
    github.review(number, { by: "alice", state: "CHANGES_REQUESTED", commit: null });
    const { reviews } = await whole(number);
    expect(reviews).toHaveLength(132);
    expect(github.count("graphql/repository.pullRequest.reviews")).toBe(1);
    const { head } = github.pull(number);
    const alice = { login: "alice", id: github.account("alice").id, kind: "person" };
    expect(reviews.at(-2)).toMatchObject({ state: "approved", author: alice, commit: head.commit });
    expect(reviews.at(-2)?.submittedAt).toMatch(/Z$/);
    expect(reviews.at(-1)).toMatchObject({ state: "changes-requested", commit: undefined });
  });

  it("000-11 that were dismissed say so", async () => {
    const number = await openPull();
    github.dismiss(number, github.review(number, { by: "alice" }).id);
    const [review] = (await whole(number)).reviews;
    expect(review?.state).toBe("dismissed");
  });
});

describe("commits", () => {
  it("003-29 name authors, co-authors and committers, with their accounts", async () => {
    await github.push({
      branch: "feature",
      files: { "a.yaml": "a: 1\n" },
      by: "bob",
      author: "carol",
      coAuthors: ["alice"],
    });
    const pull = await github.openPull({ head: "feature", author: "bob" });
    const [commit, ...others] = (await whole(pull.number)).commits;
    expect(others).toEqual([]);
    const logins = commit?.authors.map(({ account }) => account?.login);
    expect(logins).toEqual(["carol", "alice"]);
    expect(commit?.committer?.account?.id).toBe(github.account("carol").id);
  });

  it("come over every page", async () => {
    const { git } = github.repository();
    let tip = await github.push({ branch: "feature", files: { "a.yaml": "a: 1\n" }, by: "bob" });
    const author = { name: "bob", email: "bob@example.com" };
    for (let count = 0; count < 100; count += 1) {
      const work = { parents: [tip], message: `${count}`, author, at: 1_800_000_000 + count };
      tip = await git.commitTree(`${tip}^{tree}`, work);
    }
    await git.setRef("refs/heads/feature", tip);
    const pull = await github.openPull({ head: "feature", author: "bob" });
    expect((await whole(pull.number)).commits).toHaveLength(101);
    expect(github.count("graphql/repository.pullRequest.commits")).toBe(1);
  }, 60_000);
});

async function pushers(number: number): Promise<unknown> {
  return (await whole(number)).pushers;
}

describe("pushers", () => {
  it("003-29 are everybody who pushed to the branch, whoever wrote the commits", async () => {
    const number = await openPull();
    await github.push({
      branch: "feature",
      files: { "a.yaml": "a: 2\n" },
      by: "alice",
      author: "carol",
    });
    const accounts = [{ login: "alice" }, { login: "bob" }];
    expect(await pushers(number)).toMatchObject({ kind: "known", accounts });
  });

  it("are those of a fork too", async () => {
    await github.fork("carol");
    await github.push({
      branch: "x",
      files: { "a.yaml": "a: 2\n" },
      by: "carol",
      repository: "carol/promotions",
    });
    const pull = await github.openPull({ head: "carol:x", author: "carol" });
    expect(await pushers(pull.number)).toMatchObject({
      kind: "known",
      accounts: [{ login: "carol" }],
    });
  });

  it("are unknown where the list lags behind the head", async () => {
    const number = await openPull();
    await github.push({ branch: "feature", files: { "a.yaml": "a: 2\n" }, by: "alice" });
    github.repository().activity.pop();
    expect(await pushers(number)).toMatchObject({ kind: "unknown" });
  });

  it("are unknown where the branch began before the list does", async () => {
    const number = await openPull();
    const { activity } = github.repository();
    activity.splice(
      activity.findIndex(({ ref }) => ref === "refs/heads/feature"),
      1,
    );
    expect(await pushers(number)).toMatchObject({ kind: "unknown" });
  });
});

describe("people", () => {
  it.for([
    ["alice", "admin"],
    ["bob", "write"],
    ["dave", "maintain"],
    ["erin", "triage"],
    ["stranger", "read"],
  ] as const)("003-33 %s may %s", async ([login, role]) => {
    github.collaborator("dave", "maintain");
    github.collaborator("erin", "triage");
    github.addAccount("stranger");
    const found = await forge.people.role(login, signal);
    expect(found).toMatchObject({ role, account: { login, id: github.account(login).id } });
  });

  it("a login that nobody has may nothing", async () => {
    expect(await forge.people.role("nobody", signal)).toEqual({ role: "none", account: undefined });
  });

  it("003-29 are in a team, are not, or it cannot be told, with the right that is missing", async () => {
    github.addTeam("acme/sre", ["alice"], ["bob"]);
    const unseen = await forge.people.inTeam("acme/sre", "alice", signal);
    expect(unseen).toMatchObject({ kind: "unknown", right: "members: read" });
    const app = github.addApp({ slug: "waybill", permissions: { members: "read" } });
    const asApp = await openForge(github, github.installationToken(app));
    expect(await asApp.people.inTeam("acme/sre", "alice", signal)).toEqual({ kind: "member" });
    expect(await asApp.people.inTeam("acme/sre", "bob", signal)).toEqual({ kind: "not-member" });
    expect(await asApp.people.inTeam("acme/sre", "carol", signal)).toEqual({ kind: "not-member" });
    // No such team and a hidden one answer alike.
    expect(await asApp.people.inTeam("acme/none", "alice", signal)).toMatchObject({
      kind: "unknown",
    });
    expect(await asApp.people.inTeam("sre", "alice", signal)).toMatchObject({ kind: "unknown" });
  });
});

describe("comments", () => {
  it("are made, read over every page, changed, answered and removed", async () => {
    const number = await openPull();
    for (let count = 0; count < 120; count += 1) github.comment(number, "alice", `note ${count}`);
    const made = await forge.comments.create(number, "ours", signal);
    expect(made.author?.login).toBe("github-actions[bot]");
    const listed = await forge.comments.list(number, signal);
    expect(listed).toHaveLength(121);
    expect(github.count("issues/list-comments")).toBe(2);
    expect((await forge.comments.update(made.id, "changed", signal))?.body).toBe("changed");
    expect((await forge.comments.get(made.id, signal))?.body).toBe("changed");
    await forge.comments.react(made.id, "eyes", signal);
    await forge.comments.react(made.id, "eyes", signal);
    expect(github.repository().comments.get(made.id)?.reactions).toHaveLength(1);
    await forge.comments.remove(made.id, signal);
    await forge.comments.remove(made.id, signal);
    expect(await forge.comments.get(made.id, signal)).toBeUndefined();
    expect(await forge.comments.update(made.id, "again", signal)).toBeUndefined();
  });
});

describe("deployments and statuses", () => {
  it("file one deployment with its outcome, of this commit and no other", async () => {
    const commit = (await forge.branches.head("main", signal)) ?? "";
    const description = "payments/api v1.4.2 ".repeat(20);
    const environment = "waybill/prod/oslo";
    await forge.deployments.record(
      { commit, environment, production: true, description, state: "success" },
      signal,
    );
    const [found] = [...github.repository().deployments.values()];
    expect(found).toMatchObject({ commit, environment, production: true });
    expect(found?.statuses).toMatchObject([{ state: "success" }]);
    expect(found?.description.length).toBe(140);
    const status = { context: "waybill / plan", state: "success", description } as const;
    await forge.checks.setStatus(commit, status, signal);
    expect(github.repository().statuses).toMatchObject([{ commit, state: "success" }]);
  });
});

describe("the failure issue", () => {
  const marker = "<!-- waybill:failure v1 id=main -->";

  it("is found by marker and author, open or closed, and never somebody else's", async () => {
    expect(await forge.issues.find(marker, signal)).toBeUndefined();
    const forged = github.userToken("mallory");
    const asMallory = await openForge(github, forged);
    await asMallory.issues.create({ title: "x", body: `${marker}\nmine` }, signal);
    expect(await forge.issues.find(marker, signal)).toBeUndefined();
    const made = await forge.issues.create({ title: "Not done", body: `${marker}\none` }, signal);
    await forge.issues.update(made.number, { open: false, body: `${marker}\nhealed` }, signal);
    const found = await forge.issues.find(marker, signal);
    expect(found).toMatchObject({ number: made.number, open: false, body: `${marker}\nhealed` });
    await forge.issues.update(made.number, { open: true, title: "Again" }, signal);
    expect(github.repository().issues.get(made.number)).toMatchObject({
      state: "open",
      title: "Again",
    });
  });

  it("whose creation was not answered is found and not opened twice", async () => {
    github.fault({ on: "issues/create", when: "after", wire: "reset" });
    const made = await forge.issues.create({ title: "Not done", body: `${marker}\none` }, signal);
    expect(github.repository().issues.size).toBe(1);
    expect(made.number).toBe(1);
  });
});

describe("workflow runs", () => {
  it("are read with the file that ran, and their artifacts without our token at the storage", async () => {
    const headCommit = (await forge.branches.head("main", signal)) ?? "";
    const archive = zip({ "statement.json": '{"pr":1}' });
    const run = github.addRun({
      headCommit,
      path: ".github/workflows/plan.yml@refs/heads/main",
      artifacts: { plan: archive },
    });
    expect(await forge.runs.get(run.id, signal)).toMatchObject({
      path: ".github/workflows/plan.yml",
      headCommit,
      event: "pull_request",
    });
    expect((await forge.runs.ofCommit(headCommit, signal)).map(({ id }) => id)).toEqual([run.id]);
    expect(await forge.runs.get(1, signal)).toBeUndefined();
    const [artifact] = await forge.runs.artifacts(run.id, signal);
    if (artifact === undefined) throw new Error("no artifact");
    const bytes = await forge.runs.readArtifact(artifact, "statement.json", signal);
    expect(Buffer.from(bytes ?? []).toString()).toBe('{"pr":1}');
    expect(await forge.runs.readArtifact(artifact, "other.json", signal)).toBeUndefined();
    expect(github.count("storage")).toBe(2);
  });

  it("run again, once they ended, with the right to", async () => {
    const headCommit = (await forge.branches.head("main", signal)) ?? "";
    const run = github.addRun({ headCommit, conclusion: "failure" });
    await forge.runs.again(run.id, signal);
    expect(run).toMatchObject({ attempt: 2, status: "queued", conclusion: null });
    await expect(forge.runs.again(run.id, signal)).rejects.toMatchObject({ code: "forbidden" });
    await expect(forge.runs.again(7, signal)).rejects.toMatchObject({ code: "not-found" });
  });

  it.for<readonly [string, string]>([
    ["no such workflow", "nothing.yml"],
    ["a workflow without a button", "plan.yml"],
  ])("are not started for %s", async ([, file]) => {
    await github.push({
      branch: "main",
      by: "alice",
      files: { ".github/workflows/plan.yml": "on:\n  push:\n" },
    });
    await expect(forge.runs.start(file, "main", signal)).rejects.toBeInstanceOf(ForgeError);
    expect([...github.repository().runs.values()]).toEqual([]);
  });

  it("are started by a workflow's button", async () => {
    const text = "on:\n  push:\n  workflow_dispatch:\n";
    const files = { ".github/workflows/apply.yml": text };
    await github.push({ branch: "main", by: "alice", files });
    await forge.runs.start("apply.yml", "main", signal);
    expect([...github.repository().runs.values()]).toMatchObject([
      { event: "workflow_dispatch", path: ".github/workflows/apply.yml", status: "queued" },
    ]);
  });

  it("show no artifact that has expired, and none that grew over the cap", async () => {
    const headCommit = (await forge.branches.head("main", signal)) ?? "";
    const run = github.addRun({ headCommit, artifacts: { plan: zip({ "a.json": "{}" }) } });
    const [artifact] = await forge.runs.artifacts(run.id, signal);
    if (artifact === undefined) throw new Error("no artifact");
    const huge = { ...artifact, size: 2 ** 30 };
    await expect(forge.runs.readArtifact(huge, "a.json", signal)).rejects.toMatchObject({
      code: "too-large",
    });
    for (const one of run.artifacts) one.expired = true;
    expect(await forge.runs.artifacts(run.id, signal)).toEqual([]);
    expect(await forge.runs.readArtifact(artifact, "a.json", signal)).toBeUndefined();
  });

  it("whose artifact is no archive are an invalid answer", async () => {
    const headCommit = (await forge.branches.head("main", signal)) ?? "";
    const run = github.addRun({ headCommit, artifacts: { plan: Buffer.from("hello") } });
    const [artifact] = await forge.runs.artifacts(run.id, signal);
    if (artifact === undefined) throw new Error("no artifact");
    await expect(forge.runs.readArtifact(artifact, "a.json", signal)).rejects.toMatchObject({
      code: "invalid-answer",
    });
  });
});
