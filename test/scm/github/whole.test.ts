import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Forge, WholeRequest } from "#scm";
import { openForge } from "../../support/github/forge.ts";
import { FakeGitHub } from "../../support/github/index.ts";

const { signal } = new AbortController();
const READ = { contents: "read", pull_requests: "read", issues: "read" } as const;

let github: FakeGitHub;
let forge: Forge;

beforeEach(async () => {
  github = await FakeGitHub.start();
  for (const login of ["alice", "bob", "carol"]) github.collaborator(login, "write");
  github.addAccount("dependabot[bot]", { type: "Bot" });
  await github.push({ branch: "main", files: { "README.md": "hello\n" }, by: "alice" });
  forge = await openForge(github, github.actionsToken(READ));
});
afterEach(async () => {
  const { violations } = github;
  await github[Symbol.asyncDispose]();
  expect(violations).toEqual([]);
});

/** Pull requests of bob and carol together, each reviewed, commented on, and merged now and then. */
async function open(count: number): Promise<readonly number[]> {
  const numbers: number[] = [];
  for (let index = 0; index < count; index += 1) {
    const branch = `change-${index}`;
    const files = { [`${index}.yaml`]: "a: 1\n" };
    await github.push({ branch, files, by: "bob", coAuthors: ["carol"], from: "refs/heads/main" });
    await github.push({ branch, files: { [`${index}.yaml`]: "a: 2\n" }, by: "carol" });
    const { number } = await github.openPull({ head: branch, author: "bob", body: "why" });
    github.review(number, { by: "alice", state: "COMMENTED" });
    const { id } = github.review(number, { by: "alice" });
    if (index % 3 === 0) github.dismiss(number, id);
    github.review(number, { by: "carol", commit: null, state: "CHANGES_REQUESTED" });
    const comment = { number, by: github.account("dependabot[bot]"), body: `first of ${index}` };
    github.addComment(github.repository(), comment);
    numbers.push(number);
  }
  return numbers;
}

function expectWhole(found: WholeRequest | undefined, index: number): void {
  expect(found).toMatchObject({
    pullRequest: { author: { login: "bob" }, body: "why", head: { branch: `change-${index}` } },
    reviews: [
      { author: { login: "alice" }, state: "commented" },
      { author: { login: "alice" }, state: index % 3 === 0 ? "dismissed" : "approved" },
      { author: { login: "carol" }, state: "changes-requested", commit: undefined },
    ],
    comments: [{ author: { login: "dependabot[bot]", kind: "bot" }, body: `first of ${index}` }],
    pushers: { kind: "known", accounts: [{ login: "carol" }, { login: "bob" }] },
  });
  const people = found?.commits.map(({ authors }) => authors.map(({ account }) => account?.login));
  expect(people).toEqual([["bob", "carol"], ["carol"]]);
}

async function calls(work: () => Promise<unknown>): Promise<readonly string[]> {
  const before = github.requests.length;
  await work();
  return github.requests.slice(before).map(({ operation }) => operation);
}

describe("pull requests that are read whole", { timeout: 60_000 }, () => {
  it("003-29 tell authors, reviews, comments and pushers, in a query for ten and one look at who pushed", async () => {
    const numbers = await open(12);
    await github.merge(numbers[0] ?? 0, { by: "alice", method: "squash" });
    let whole: ReadonlyMap<number, WholeRequest> = new Map();
    const asked = await calls(async () => {
      whole = await forge.pullRequests.whole([...numbers, 99], signal);
    });
    expect(asked).toEqual(["graphql/repository", "graphql/repository", "repos/list-activities"]);
    expect([...whole.keys()]).toEqual(numbers);
    for (const [index, number] of numbers.entries()) expectWhole(whole.get(number), index);
    expect(whole.get(numbers[0] ?? 0)?.pullRequest.mergedBy?.login).toBe("alice");
  });

  it("000-11 are never the beginning of a list: what is longer than a page is read to its end", async () => {
    const [number = 0] = await open(1);
    for (let index = 0; index < 100; index += 1) {
      github.review(number, { by: "alice", state: "COMMENTED" });
      const by = github.account("alice");
      github.addComment(github.repository(), { number, by, body: `comment ${index}` });
    }
    for (let index = 0; index < 99; index += 1)
      await github.push({ branch: "change-0", files: { "0.yaml": `a: ${index}\n` }, by: "bob" });
    let found: WholeRequest | undefined;
    const asked = await calls(async () => {
      found = (await forge.pullRequests.whole([number], signal)).get(number);
    });
    expect([found?.reviews, found?.commits, found?.comments].map((list) => list?.length)).toEqual([
      103, 101, 101,
    ]);
    expect(found?.comments.at(-1)?.body).toBe("comment 99");
    expect(new Set(found?.reviews.map(({ id }) => id)).size).toBe(103);
    expect(new Set(found?.commits.map(({ commit }) => commit)).size).toBe(101);
    // A page more of each list, besides the query and two pages of who pushed.
    expect(asked).toHaveLength(1 + 3 + 2);
  });

  it("003-29 tell who pushed to a branch that the newest activity does not reach by itself", async () => {
    const numbers = await open(3);
    for (let index = 0; index < 320; index += 1)
      github.repository().activity.push({
        ...(github.repository().activity.at(-1) ?? expect.fail("nobody pushed")),
        id: github.nextId(),
        ref: "refs/heads/elsewhere",
      });
    const whole = await forge.pullRequests.whole(numbers, signal);
    for (const number of numbers)
      expect(whole.get(number)?.pushers).toMatchObject({
        kind: "known",
        accounts: [{ login: "carol" }, { login: "bob" }],
      });
  });

  it("000-30 name the right that a token lacks", async () => {
    const [number = 0] = await open(1);
    const hidden = await FakeGitHub.start({ private: true });
    await hidden.push({ branch: "main", files: { "README.md": "x" }, by: "alice" });
    const blind = await openForge(hidden, hidden.actionsToken({ contents: "read" }));
    await expect(blind.pullRequests.whole([number], signal)).rejects.toMatchObject({
      right: expect.stringContaining("pull"),
    });
    await hidden[Symbol.asyncDispose]();
  });
});

it("004-13 where commits came from is one question for fifty of them", async () => {
  const numbers = await open(3);
  const commits: string[] = [];
  for (const number of numbers)
    commits.push(await github.merge(number, { by: "alice", method: "merge" }));
  const strangers = Array.from({ length: 60 }, (_, index) => String(index).padStart(40, "0"));
  let found: Awaited<ReturnType<Forge["pullRequests"]["ofCommits"]>> = new Map();
  const asked = await calls(async () => {
    found = await forge.pullRequests.ofCommits([...commits, ...strangers], signal);
  });
  expect(asked).toHaveLength(2);
  expect([...found].map(([commit, [first]]) => [commit, first?.number])).toEqual(
    commits.map((commit, index) => [commit, numbers[index]]),
  );
});
