import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FakeGitHub } from "../../support/github/index.ts";

/**
 * The fake itself: what it lets through would prove nothing about the adapter. These rows say that it refuses what
 * GitHub refuses, and that what git holds is real.
 */
const run = promisify(execFile);
const PERMISSIONS = { contents: "write", pull_requests: "write" } as const;

let github: FakeGitHub;
let folder: string;
let main: string;

beforeEach(async () => {
  github = await FakeGitHub.start();
  folder = await mkdtemp(join(tmpdir(), "waybill-fake-"));
  github.collaborator("alice", "admin");
  main = await github.push({ branch: "main", files: { "a.yaml": "a: 1\n" }, by: "alice" });
});

afterEach(async () => {
  await github[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

async function git(...args: readonly string[]): Promise<string> {
  const env = {
    PATH: process.env["PATH"],
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    GIT_AUTHOR_NAME: "bob",
    GIT_AUTHOR_EMAIL: "bob@example.com",
    GIT_COMMITTER_NAME: "bob",
    GIT_COMMITTER_EMAIL: "bob@example.com",
  };
  return (await run("git", args, { cwd: folder, env })).stdout.trim();
}

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
}

async function api(
  method: string,
  path: string,
  options: {
    readonly token?: string;
    readonly body?: unknown;
    readonly headers?: Record<string, string>;
  } = {},
): Promise<Answer> {
  const { token, body } = options;
  const answer = await fetch(`${github.places.api}${path}`, {
    method,
    headers: {
      "x-github-api-version": "2022-11-28",
      ...(token !== undefined && { authorization: `token ${token}` }),
      ...options.headers,
    },
    redirect: "manual",
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  const json: unknown = text === "" ? undefined : JSON.parse(text);
  return { status: answer.status, headers: answer.headers, body: json };
}

const HERE = "/repos/acme/promotions";

describe("git on the fake", () => {
  it("clones, pushes and fetches the merge result over HTTP, and the API sees the same commits", async () => {
    github.collaborator("bob", "write");
    const remote = github.remote(github.userToken("bob"));
    await git("clone", "--quiet", remote, ".");
    await git("checkout", "--quiet", "-b", "feature");
    await writeFile(join(folder, "b.yaml"), "b: 1\n");
    await git("add", ".");
    await git("commit", "--quiet", "-m", "add b");
    await git("push", "--quiet", "origin", "feature");
    const head = await git("rev-parse", "HEAD");
    const pull = await github.openPull({ head: "feature", author: "bob" });
    expect(pull.head.commit).toBe(head);
    // The base moves on: the merge result has both.
    await github.push({ branch: "main", files: { "c.yaml": "c: 1\n" }, by: "alice" });
    await git("fetch", "--quiet", "origin", `refs/pull/${pull.number}/merge`);
    expect(await git("ls-tree", "--name-only", "FETCH_HEAD")).toBe("a.yaml\nb.yaml\nc.yaml");
    expect(await git("rev-parse", "FETCH_HEAD^2")).toBe(head);
    // A push to the branch of an open pull request moves it.
    await git("commit", "--quiet", "--allow-empty", "-m", "again");
    await git("push", "--quiet", "origin", "feature");
    expect(github.pull(pull.number).head.commit).toBe(await git("rev-parse", "HEAD"));
    const { activity } = github.repository();
    expect(activity.filter(({ ref }) => ref.endsWith("feature")).map(({ type }) => type)).toEqual([
      "branch_creation",
      "push",
    ]);
    await github.merge(pull.number, { by: "alice" });
    await git("pull", "--quiet", "origin", "main");
    expect(await readFile(join(folder, "b.yaml"), "utf8")).toBe("b: 1\n");
  });

  it("notes are pushed by whoever may write contents", async () => {
    await git("clone", "--quiet", github.remote(github.actionsToken({ contents: "write" })), ".");
    await git("notes", "--ref", "waybill", "add", "-m", "{}", main);
    await git("push", "--quiet", "origin", "refs/notes/waybill");
    expect(await github.repository().git.head("refs/notes/waybill")).toBeDefined();
  });

  it.for<readonly [string, () => string | undefined]>([
    ["nobody", () => undefined],
    ["a job that may only read", () => github.actionsToken({ contents: "read" })],
    ["a fork's job that asked to write", () => github.forkToken({ contents: "write" })],
    ["somebody who is no collaborator", () => github.userToken("mallory")],
  ])("threat 18: refuses a push of %s", async ([, token]) => {
    await git("clone", "--quiet", github.remote(), ".");
    await git("commit", "--quiet", "--allow-empty", "-m", "mine");
    await expect(git("push", github.remote(token()), "HEAD:main")).rejects.toThrow(/push/);
    expect(await github.repository().git.head("refs/heads/main")).toBe(main);
  });

  it("refuses a push to refs/pull", async () => {
    await git("clone", "--quiet", github.remote(github.userToken("alice")), ".");
    await expect(git("push", "origin", "HEAD:refs/pull/1/merge")).rejects.toThrow(/hidden ref/);
  });

  it("shows a private repository to nobody without a token", async () => {
    await github.addRepository("acme/secret", { private: true });
    await expect(git("clone", github.remote(undefined, "acme/secret"), "x")).rejects.toThrow(
      /Authentication|terminal prompts disabled/,
    );
    const outside = github.remote(github.userToken("mallory"), "acme/secret");
    await expect(git("clone", outside, "y")).rejects.toThrow(/not found/);
  });

  it("a force-push of the head shows as one, and moves the pull request", async () => {
    await github.push({ branch: "feature", files: { "b.yaml": "b: 1\n" }, by: "alice" });
    const pull = await github.openPull({ head: "feature", author: "alice" });
    const forced = await github.push({
      branch: "feature",
      from: main,
      files: { "b.yaml": "b: 2\n" },
      by: "alice",
    });
    expect(pull).toMatchObject({ state: "open", head: { commit: forced } });
    expect(github.repository().activity.at(-1)?.type).toBe("force_push");
  });
});

describe("the API of the fake", () => {
  it("cuts lists to 30 unless asked, to 100 at most, and links the pages", async () => {
    await github.push({ branch: "feature", files: { "b.yaml": "b: 1\n" }, by: "alice" });
    await github.openPull({ head: "feature", author: "alice" });
    for (let count = 0; count < 120; count += 1) github.comment(1, "alice", `${count}`);
    const path = `${HERE}/issues/1/comments`;
    const first = await api("GET", path);
    expect(first.body).toHaveLength(30);
    expect(first.headers.get("link")).toContain('page=2>; rel="next"');
    expect((await api("GET", `${path}?per_page=100`)).body).toHaveLength(100);
    expect((await api("GET", `${path}?per_page=100&page=2`)).body).toHaveLength(20);
  });

  it("answers 304 to who has the answer already", async () => {
    const first = await api("GET", HERE);
    const etag = first.headers.get("etag") ?? "";
    const again = await api("GET", HERE, { headers: { "if-none-match": etag } });
    expect(again.status).toBe(304);
  });

  it.for([
    ["a field that GitHub does not know", { body: "x", bodies: "y" }, 422],
    ["a field of another type", { body: 1 }, 422],
    ["no field that is needed", {}, 422],
    ["all that is needed", { body: "x" }, 201],
  ] as const)("holds a request to GitHub's description: %s", async ([, body, status]) => {
    await github.push({ branch: "feature", files: { "b.yaml": "b: 1\n" }, by: "alice" });
    await github.openPull({ head: "feature", author: "alice" });
    const token = github.actionsToken(PERMISSIONS);
    const answer = await api("POST", `${HERE}/issues/1/comments`, { token, body });
    expect(answer.status).toBe(status);
    expect(github.violations.length > 0).toBe(status === 422);
  });

  it.for([
    ["issues/1/comments", { body: "x".repeat(65_537) }],
    ["statuses/main", { state: "success", context: "c", description: "x".repeat(141) }],
    ["check-runs", { name: "n", head_sha: "main", status: "completed" }],
  ] as const)("refuses what the description leaves out: %s", async ([path, body]) => {
    await github.push({ branch: "feature", files: { "b.yaml": "b: 1\n" }, by: "alice" });
    await github.openPull({ head: "feature", author: "alice" });
    const token = github.actionsToken({ ...PERMISSIONS, statuses: "write", checks: "write" });
    expect((await api("POST", `${HERE}/${path}`, { token, body })).status).toBe(422);
  });

  it("records a request that names no API version, or an operation that we do not know", async () => {
    await fetch(`${github.places.api}${HERE}`);
    await api("GET", `${HERE}/milestones`);
    expect(github.violations).toHaveLength(2);
  });

  it("denies GITHUB_TOKEN what it can never have, whatever a workflow asks for", async () => {
    github.addTeam("acme/sre", ["alice"]);
    const token = github.actionsToken({ members: "read", administration: "write" });
    const path = "/orgs/acme/teams/sre/memberships/alice";
    const answer = await api("GET", path, { token });
    expect(answer.status).toBe(403);
    expect(answer.headers.get("x-accepted-github-permissions")).toBe("members=read");
  });

  it("threat 1: lets a fork's job read and nothing else", async () => {
    await github.push({ branch: "feature", files: { "b.yaml": "b: 1\n" }, by: "alice" });
    await github.openPull({ head: "feature", author: "alice" });
    const token = github.forkToken(PERMISSIONS);
    expect((await api("GET", `${HERE}/pulls/1`, { token })).status).toBe(200);
    const body = { body: "x" };
    expect((await api("POST", `${HERE}/issues/1/comments`, { token, body })).status).toBe(403);
  });

  it("answers nobody with 401 where it would write, and with what is public", async () => {
    expect((await api("GET", HERE)).status).toBe(200);
    const body = { title: "t", body: "b" };
    expect((await api("POST", `${HERE}/issues`, { body })).status).toBe(401);
    expect((await api("GET", HERE, { token: "ghs_wrong" })).status).toBe(401);
  });

  it("counts the primary limit down, and says when it ends", async () => {
    github.limit = { remaining: 1, resetAt: Date.now() + 60_000 };
    expect((await api("GET", HERE)).status).toBe(200);
    const over = await api("GET", HERE);
    expect(over.status).toBe(403);
    expect(over.headers.get("x-ratelimit-remaining")).toBe("0");
  });

  it("does not merge what conflicts, and not what is closed", async () => {
    await github.push({
      branch: "feature",
      from: main,
      files: { "a.yaml": "a: 2\n" },
      by: "alice",
    });
    await github.openPull({ head: "feature", author: "alice" });
    await github.push({ branch: "main", files: { "a.yaml": "a: 3\n" }, by: "alice" });
    expect(await github.repository().git.head("refs/pull/1/merge")).toBeUndefined();
    const token = github.userToken("alice");
    expect((await api("PUT", `${HERE}/pulls/1/merge`, { token, body: {} })).status).toBe(405);
  });

  it("refuses an author's approval of the own pull request", async () => {
    await github.push({ branch: "feature", files: { "b.yaml": "b: 1\n" }, by: "alice" });
    await github.openPull({ head: "feature", author: "alice" });
    const token = github.userToken("alice");
    const body = { event: "APPROVE" };
    expect((await api("POST", `${HERE}/pulls/1/reviews`, { token, body })).status).toBe(422);
  });
});
