import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { BranchChange, Forge } from "#scm";
import { FakeGitHub } from "../../support/github/index.ts";
import { openForge } from "../../support/github/forge.ts";

const signal = AbortSignal.timeout(600_000);
const BRANCH = "waybill/payments/api/prod";

let github: FakeGitHub;
let forge: Forge;
let base: string;

beforeEach(async () => {
  github = await FakeGitHub.start();
  github.collaborator("alice", "admin");
  base = await github.push({
    branch: "main",
    files: { "a.yaml": "a: 1\n", "b.yaml": "b: 1\n" },
    by: "alice",
  });
  forge = await openForge(
    github,
    github.actionsToken({ contents: "write", pull_requests: "write" }),
  );
});

afterEach(async () => {
  const { violations } = github;
  await github[Symbol.asyncDispose]();
  expect(violations).toEqual([]);
});

function change(text: string, more: Partial<BranchChange> = {}): BranchChange {
  return {
    branch: BRANCH,
    expect: undefined,
    parent: base,
    message: "Promote payments/api\n\nto prod",
    files: new Map([["a.yaml", text]]),
    ...more,
  };
}

async function branches(): Promise<readonly string[]> {
  return [...(await github.repository().git.branches()).keys()].toSorted();
}

describe("publishing a branch", () => {
  it("004-12 makes one commit on its parent, and leaves no scratch branch behind", async () => {
    const files = new Map([
      ["a.yaml", "a: 2\n"],
      ["b.yaml", undefined],
      ["new/ü.yaml", "c: 1\n"],
    ]);
    const commit = await forge.branches.publish(change("", { files }), signal);
    const { git } = github.repository();
    expect(await git.facts(commit)).toMatchObject({
      parents: [base],
      message: "Promote payments/api\n\nto prod",
    });
    expect(await git.read(commit, "a.yaml")).toBe("a: 2\n");
    expect(await git.read(commit, "b.yaml")).toBeUndefined();
    expect(await git.read(commit, "new/ü.yaml")).toBe("c: 1\n");
    expect(await forge.branches.head(BRANCH, signal)).toBe(commit);
    expect(await branches()).toEqual(["main", BRANCH]);
  });

  it("004-12 moves the branch once, so that its pull request stays open", async () => {
    const first = await forge.branches.publish(change("a: 2\n"), signal);
    const draft = { branch: BRANCH, base: "main", title: "Promote", body: "" };
    const { number } = await forge.pullRequests.create(draft, signal);
    base = await github.push({ branch: "main", files: { "c.yaml": "c: 1\n" }, by: "alice" });
    const second = await forge.branches.publish(change("a: 3\n", { expect: first }), signal);
    expect(github.pull(number)).toMatchObject({ state: "open", head: { commit: second } });
    const moves = github.repository().activity.filter(({ ref }) => ref === `refs/heads/${BRANCH}`);
    expect(moves.map(({ after }) => after)).toEqual([first, second]);
  });

  it("the fake closes the pull request of a branch that is reset to its base, for good", async () => {
    await forge.branches.publish(change("a: 2\n"), signal);
    const draft = { branch: BRANCH, base: "main", title: "Promote", body: "" };
    const { number } = await forge.pullRequests.create(draft, signal);
    await github.moveRefs(
      github.repository(),
      [{ ref: `refs/heads/${BRANCH}`, to: base }],
      github.account("alice"),
    );
    expect(github.pull(number).state).toBe("closed");
    await expect(
      forge.pullRequests.update(number, { state: "open" }, signal),
    ).rejects.toMatchObject({
      code: "refused",
    });
  });

  it("threat 22: stops where a person committed to it", async () => {
    const first = await forge.branches.publish(change("a: 2\n"), signal);
    const theirs = await github.push({
      branch: BRANCH,
      files: { "a.yaml": "a: 9\n" },
      by: "alice",
    });
    const work = forge.branches.publish(change("a: 3\n", { expect: first }), signal);
    await expect(work).rejects.toMatchObject({ code: "conflict" });
    expect(await forge.branches.head(BRANCH, signal)).toBe(theirs);
    expect(await branches()).toEqual(["main", BRANCH]);
  });

  it("threat 22: stops where the branch changes between our look and our move", async () => {
    const first = await forge.branches.publish(change("a: 2\n"), signal);
    const gate = Promise.withResolvers<void>();
    const reached = Promise.withResolvers<void>();
    github.fault({
      on: "graphql/createCommitOnBranch.commit",
      met: () => reached.resolve(),
      until: gate.promise,
    });
    const work = forge.branches.publish(change("a: 3\n", { expect: first }), signal);
    await reached.promise;
    const theirs = await github.push({
      branch: BRANCH,
      files: { "a.yaml": "a: 9\n" },
      by: "alice",
    });
    gate.resolve();
    await expect(work).rejects.toMatchObject({ code: "conflict", retryable: true });
    expect(await forge.branches.head(BRANCH, signal)).toBe(theirs);
    expect(await branches()).toEqual(["main", BRANCH]);
  });

  it("whose move was done and not answered is done", async () => {
    // The first move makes the scratch branch; the second is the one that counts.
    github.fault({ on: "graphql/updateRefs" });
    github.fault({ on: "graphql/updateRefs", when: "after", answer: { status: 502 } });
    const commit = await forge.branches.publish(change("a: 2\n"), signal);
    expect(await forge.branches.head(BRANCH, signal)).toBe(commit);
    expect(github.count("graphql/updateRefs")).toBe(2);
  });

  it("that fails half-way leaves neither branch behind", async () => {
    github.fault({ on: "graphql/createCommitOnBranch", answer: { status: 502 } });
    github.fault({ on: "graphql/createCommitOnBranch.commit", answer: { status: 502 } });
    const work = forge.branches.publish(change("a: 2\n"), signal);
    await expect(work).rejects.toMatchObject({ code: "unavailable" });
    expect(await branches()).toEqual(["main"]);
  });
});

describe("a branch", () => {
  it("that is not there is undefined, and removed already", async () => {
    expect(await forge.branches.head("nowhere", signal)).toBeUndefined();
    await forge.branches.remove("nowhere", signal);
  });

  it("is removed", async () => {
    await forge.branches.publish(change("a: 2\n"), signal);
    await forge.branches.remove(BRANCH, signal);
    expect(await branches()).toEqual(["main"]);
  });
});
