import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Forge } from "#scm";
import { openForge } from "../../support/github/forge.ts";
import { FakeGitHub } from "../../support/github/index.ts";

const NEVER = new AbortController().signal;
const READ = { contents: "read", pull_requests: "read" } as const;

let github: FakeGitHub;
let forge: Forge;
let first: string;

beforeEach(async () => {
  github = await FakeGitHub.start({ private: true });
  forge = await openForge(github, github.actionsToken(READ));
  first = await github.push({ branch: "main", by: "alice", files: { a: "1" } });
});
afterEach(async () => {
  const { violations } = github;
  await github[Symbol.asyncDispose]();
  expect(violations).toEqual([]);
});

type Method = "merge" | "squash" | "rebase";

async function merged(
  name: string,
  { method = "merge", labels = [], commits = 1 }: Merging = {},
): Promise<string> {
  for (let count = 1; count <= commits; count += 1)
    await github.push({ branch: name, by: "bob", files: { [`${name}-${count}`]: "1" } });
  const body = `About ${name}.`;
  const pull = await github.openPull({ head: name, author: "bob", title: name, body, labels });
  return github.merge(pull.number, { by: "alice", method });
}

interface Merging {
  readonly method?: Method;
  readonly labels?: readonly string[];
  readonly commits?: number;
}

describe("002-23 what was merged between two commits", () => {
  it.for<Method>(["merge", "squash", "rebase"])(
    "is each pull request once, by its words, merged by %s",
    async (method) => {
      await merged("old");
      const from = await merged("older");
      await merged("one", { method, commits: 2 });
      const to = await merged("two", { method, labels: ["security", "kind/api"] });
      await merged("later");
      expect(await forge.mergedBetween({ from, to }, NEVER)).toMatchObject({
        relation: "ahead",
        isWhole: true,
        merged: [
          { number: 3, title: "one", body: "About one.", labels: [], author: "bob" },
          { number: 4, title: "two", labels: ["security", "kind/api"] },
        ],
      });
    },
  );

  it("leaves out what is open, and what was pushed without a pull request", async () => {
    await github.push({ branch: "open", by: "bob", files: { open: "1" } });
    await github.openPull({ head: "open", author: "bob" });
    const to = await github.push({ branch: "main", by: "alice", files: { b: "1" } });
    const answer = await forge.mergedBetween({ from: first, to }, NEVER);
    expect(answer).toEqual({ relation: "ahead", commits: 1, merged: [], isWhole: true });
  });

  it("says where the newer goes back, or is the same", async () => {
    const to = await merged("one");
    const back = await forge.mergedBetween({ from: to, to: first }, NEVER);
    expect(back).toMatchObject({ relation: "behind", merged: [] });
    const same = await forge.mergedBetween({ from: to, to }, NEVER);
    expect(same).toMatchObject({ relation: "identical", commits: 0 });
  });

  it("reads a page at a time, two requests each", async () => {
    const { git } = github.repository();
    const who = { name: "bob", email: "bob@example.com" };
    let at = first;
    for (let count = 1; count <= 100; count += 1)
      at = await git.commitTree(`${first}^{tree}`, {
        parents: [at],
        message: "m",
        author: who,
        at: 1_700_000_000 + count,
      });
    await git.setRef("refs/heads/many", at);
    const to = await merged("many");
    const before = github.requests.length;
    const answer = await forge.mergedBetween({ from: first, to }, NEVER);
    expect(answer).toMatchObject({ commits: 102, merged: [{ title: "many" }], isWhole: true });
    expect(github.requests.slice(before).map(({ operation }) => operation)).toEqual([
      "repos/compare-commits",
      "graphql/nodes",
      "repos/compare-commits",
      "graphql/nodes",
    ]);
  });

  it("is undefined where a commit or the repository is not there for the token", async () => {
    const to = await merged("one");
    const gone = "0123456789abcdef0123456789abcdef01234567";
    expect(await forge.mergedBetween({ from: gone, to }, NEVER)).toBeUndefined();
    const stranger = await openForge(github, github.userToken("mallory"));
    expect(await stranger.mergedBetween({ from: first, to }, NEVER)).toBeUndefined();
  });

  it("names the right that is missing", async () => {
    const to = await merged("one");
    const blind = await openForge(github, github.actionsToken({ contents: "read" }));
    await expect(blind.mergedBetween({ from: first, to }, NEVER)).rejects.toMatchObject({
      code: "forbidden",
    });
  });
});
