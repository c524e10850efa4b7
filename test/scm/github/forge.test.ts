import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Forge } from "#scm";
import { FakeGitHub } from "../../support/github/index.ts";
import { openForge } from "../../support/github/forge.ts";

const signal = AbortSignal.timeout(60_000);
const ALL = {
  contents: "write",
  pull_requests: "write",
  issues: "write",
  checks: "write",
  statuses: "write",
  deployments: "write",
  actions: "read",
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
});
