import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ForgeError, gitHubPlaceOf, openGitHub, type Forge, type LimitWait } from "#scm";
import { FakeGitHub } from "../../support/github/index.ts";
import { COMMENT_JOB, openForge } from "../../support/github/forge.ts";

const signal = AbortSignal.timeout(600_000);

let github: FakeGitHub;
let forge: Forge;
let token: string;

beforeEach(async () => {
  github = await FakeGitHub.start({ private: true });
  github.collaborator("alice", "admin");
  await github.push({ branch: "main", files: { "README.md": "# promotions\n" }, by: "alice" });
  await github.push({ branch: "feature", files: { "a.yaml": "a: 1\n" }, by: "alice" });
  await github.openPull({ head: "feature", author: "alice" });
  token = github.actionsToken(COMMENT_JOB);
  forge = await openForge(github, token);
});

afterEach(async () => {
  const { violations } = github;
  await github[Symbol.asyncDispose]();
  expect(violations).toEqual([]);
});

async function failure(work: Promise<unknown>): Promise<ForgeError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof ForgeError) return error;
    throw error;
  }
  throw new Error("nothing failed");
}

describe("a token that lacks a right", () => {
  it.for([
    [
      "comment",
      "issues: write or pull-requests: write",
      (on: Forge) => on.comments.create(1, "x", signal),
    ],
    [
      "deploy",
      "deployments: write",
      (on: Forge) =>
        on.deployments.record(
          {
            commit: "main",
            environment: "e",
            production: false,
            description: "",
            state: "success",
          },
          signal,
        ),
    ],
    [
      "make a check",
      "checks: read",
      (on: Forge) => on.checks.create({ commit: "main", name: "n", externalId: "x" }, signal),
    ],
    [
      "set a status",
      "statuses: write",
      (on: Forge) =>
        on.checks.setStatus("main", { context: "c", state: "success", description: "" }, signal),
    ],
    [
      "open an issue",
      "issues: write",
      (on: Forge) => on.issues.create({ title: "t", body: "b" }, signal),
    ],
    ["read runs", "actions: read", (on: Forge) => on.runs.get(1, signal)],
    ["run a run again", "actions: write", (on: Forge) => on.runs.again(1, signal)],
    ["start one", "actions: write", (on: Forge) => on.runs.start("a.yml", "main", signal)],
    ["push", "contents: write", (on: Forge) => on.branches.remove("feature", signal)],
    [
      "open a pull request",
      "pull-requests: write",
      (on: Forge) =>
        on.pullRequests.create({ branch: "feature", base: "main", title: "t", body: "b" }, signal),
    ],
  ] as const)("002-50 to %s is told which: %s", async ([, right, work]) => {
    const reader = await openForge(
      github,
      github.actionsToken({ contents: "read", pull_requests: "read" }),
    );
    const error = await failure(work(reader));
    expect(error).toMatchObject({ code: "forbidden", right, retryable: false, status: 403 });
    expect(error.hint).toContain(right);
  });

  it("002-50 by GraphQL is told which as well", async () => {
    const none = await openForge(github, github.actionsToken({ contents: "read" }));
    expect(await failure(none.pullRequests.get(1, signal))).toMatchObject({
      code: "forbidden",
      right: "pull-requests: read",
    });
    const change = {
      branch: "x",
      expect: undefined,
      parent: "0".repeat(40),
      message: "m",
      files: new Map(),
    };
    expect(await failure(none.branches.publish(change, signal))).toMatchObject({
      code: "forbidden",
      right: "contents: write",
    });
  });

  it("that is wrong is unauthorized", async () => {
    const wrong = await openForge(github, "ghs_wrong");
    expect(await failure(wrong.comments.list(1, signal))).toMatchObject({
      code: "unauthorized",
      retryable: false,
    });
    expect(await failure(wrong.whoAmI(signal))).toMatchObject({ code: "unauthorized" });
  });

  it("that does not see the repository hears that it may be that", async () => {
    const outside = await openForge(github, github.userToken("mallory"));
    const error = await failure(outside.comments.list(1, signal));
    expect(error).toMatchObject({ code: "not-found" });
    expect(error.message).toContain("or the token may not see it");
    expect(await failure(outside.pullRequests.get(1, signal))).toMatchObject({ code: "not-found" });
  });
});

describe("a limit", () => {
  it("is waited out where it is short, for every request at once, and said", async () => {
    const waits: LimitWait[] = [];
    const patient = await openForge(github, token, { onWait: (wait) => waits.push(wait) });
    github.fault({
      on: "issues/list-comments",
      answer: { status: 403, headers: { "retry-after": "1" } },
    });
    expect(await patient.comments.list(1, signal)).toEqual([]);
    expect(waits).toMatchObject([{ ms: 1000 }]);
    expect(github.count("issues/list-comments")).toBe(2);
  });

  it.for([
    ["retry-after", { status: 429, headers: { "retry-after": "120" } }, 120_000],
    [
      "no header, and only its words",
      { status: 403, body: { message: "You have exceeded a secondary rate limit." } },
      60_000,
    ],
    ["429 without a header", { status: 429 }, 60_000],
  ] as const)(
    "with %s that is longer than we wait fails and says how long",
    async ([, answer, ms]) => {
      const hasty = await openForge(github, token, { waitAtMostMs: 10 });
      github.fault({ on: "issues/list-comments", answer });
      const error = await failure(hasty.comments.list(1, signal));
      expect(error).toMatchObject({ code: "rate-limited", retryAfterMs: ms, retryable: true });
      expect(error.hint).toBe(`Try again in ${ms / 1000} s.`);
      expect(github.count("issues/list-comments")).toBe(1);
    },
  );

  it("that is the primary one says when it ends", async () => {
    const hasty = await openForge(github, token, { waitAtMostMs: 10 });
    github.limit = { remaining: 0, resetAt: Date.now() + 600_000 };
    const error = await failure(hasty.comments.list(1, signal));
    expect(error.code).toBe("rate-limited");
    expect(error.retryAfterMs).toBeGreaterThan(590_000);
    const graph = await failure(hasty.whoAmI(signal));
    expect(graph).toMatchObject({ code: "rate-limited" });
    expect(graph.retryAfterMs).toBeGreaterThan(590_000);
  });

  it("that comes back every time is given up", async () => {
    github.fault({
      on: "issues/list-comments",
      times: 99,
      answer: { status: 429, headers: { "retry-after": "0" } },
    });
    expect(await failure(forge.comments.list(1, signal))).toMatchObject({ code: "rate-limited" });
    expect(github.count("issues/list-comments")).toBe(4);
  });

  it("that refused a comment did nothing, so the comment is asked for again, and made once", async () => {
    github.fault({
      on: "issues/create-comment",
      answer: { status: 403, headers: { "retry-after": "0" } },
    });
    await forge.comments.create(1, "x", signal);
    expect(github.repository().comments.size).toBe(1);
  });

  it("is left at once where we are interrupted", async () => {
    const stop = new AbortController();
    github.fault({
      on: "issues/list-comments",
      answer: { status: 429, headers: { "retry-after": "60" } },
    });
    const patient = await openForge(github, token, { onWait: () => stop.abort() });
    expect(await failure(patient.comments.list(1, stop.signal))).toMatchObject({
      code: "interrupted",
    });
  });
});

describe("GitHub that fails", () => {
  it("is asked again for what changes nothing", async () => {
    github.fault({ on: "issues/list-comments", times: 2, answer: { status: 503 } });
    expect(await forge.comments.list(1, signal)).toEqual([]);
    expect(github.count("issues/list-comments")).toBe(3);
  });

  it("and goes on failing is unavailable, after four requests", async () => {
    github.fault({
      on: "issues/list-comments",
      times: 99,
      answer: { status: 502, body: "<html>" },
    });
    expect(await failure(forge.comments.list(1, signal))).toMatchObject({
      code: "unavailable",
      status: 502,
      retryable: true,
    });
    expect(github.count("issues/list-comments")).toBe(4);
  });

  it.for(["issues/create-comment", "checks/create"] as const)(
    "is never asked twice for %s",
    async (on) => {
      const maker = await openForge(
        github,
        github.actionsToken({ ...COMMENT_JOB, checks: "write" }),
      );
      github.fault({ on, times: 99, answer: { status: 502 } });
      const work =
        on === "checks/create"
          ? maker.checks.create({ commit: "main", name: "n", externalId: "x" }, signal)
          : maker.comments.create(1, "x", signal);
      expect(await failure(work)).toMatchObject({ code: "unavailable" });
      expect(github.count(on)).toBe(1);
    },
  );

  it("by not answering is a timeout, by our deadline", async () => {
    const hasty = await openForge(github, token, { answerMs: 50 });
    github.fault({ on: "issues/create-comment", wire: "hang" });
    expect(await failure(hasty.comments.create(1, "x", signal))).toMatchObject({
      code: "timeout",
      retryable: true,
    });
  });

  it("by cutting the connection is unreachable", async () => {
    github.fault({ on: "issues/create-comment", wire: "reset" });
    expect(await failure(forge.comments.create(1, "x", signal))).toMatchObject({
      code: "unreachable",
    });
  });

  it("by not being there is unreachable", async () => {
    const place = gitHubPlaceOf("http://127.0.0.1:1/acme/promotions", {
      GITHUB_SERVER_URL: "http://127.0.0.1:1",
    });
    if (place === undefined) throw new Error("no place");
    const credential = { kind: "token", token, from: "GH_TOKEN" } as const;
    const nowhere = await openGitHub({ place, credential, pace: false, retryStepMs: 1 });
    const error = await failure(nowhere.comments.create(1, "x", signal));
    expect(error).toMatchObject({ code: "unreachable" });
    expect(error.message).toContain("127.0.0.1:1");
  });

  it("while we are interrupted stops at once", async () => {
    const stop = new AbortController();
    github.fault({ on: "issues/list-comments", wire: "hang", met: () => stop.abort() });
    expect(await failure(forge.comments.list(1, stop.signal))).toMatchObject({
      code: "interrupted",
      retryable: false,
    });
    expect(await failure(forge.comments.list(1, stop.signal))).toMatchObject({
      code: "interrupted",
    });
    expect(github.count("issues/list-comments")).toBe(1);
  });

  it("by answering something else is an invalid answer", async () => {
    github.fault({ on: "issues/list-comments", answer: { status: 200, body: "a page" } });
    expect(await failure(forge.comments.list(1, signal))).toMatchObject({ code: "invalid-answer" });
    github.fault({ on: "graphql/viewer", answer: { status: 200, body: { data: {} } } });
    expect(await failure(forge.whoAmI(signal))).toMatchObject({ code: "invalid-answer" });
  });

  it("by refusing says what GitHub said, with its details", async () => {
    const error = await failure(forge.comments.create(1, "x".repeat(65_537), signal));
    expect(error).toMatchObject({ code: "refused", status: 422 });
    expect(error.message).toContain("body is too long");
  });
});

describe("what an error shows", () => {
  it("002-71 threat 21: is never the token, wherever it comes back from", async () => {
    github.fault({
      on: "issues/list-comments",
      answer: { status: 422, body: { message: `no good: ${token} \u001b[31m\n::error::x` } },
    });
    const error = await failure(forge.comments.list(1, signal));
    const { inspect } = await import("node:util");
    expect(inspect(error, { depth: 10 })).not.toContain(token);
    expect(error.message).not.toMatch(/\p{Cc}/u);
    expect(error.message).toContain("[token]");
  });
});
