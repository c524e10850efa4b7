import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { keepSticky, type Forge, type StickyComment } from "#scm";
import { FakeGitHub } from "../../support/github/index.ts";
import { COMMENT_JOB, openForge } from "../../support/github/forge.ts";

const signal = AbortSignal.timeout(600_000);

let github: FakeGitHub;
let forge: Forge;
let number: number;

beforeEach(async () => {
  github = await FakeGitHub.start();
  github.collaborator("alice", "admin");
  await github.push({ branch: "main", files: { "README.md": "# promotions\n" }, by: "alice" });
  await github.push({ branch: "feature", files: { "a.yaml": "a: 1\n" }, by: "alice" });
  ({ number } = await github.openPull({ head: "feature", author: "alice" }));
  forge = await openForge(github, github.actionsToken(COMMENT_JOB));
});

afterEach(async () => {
  const { violations } = github;
  await github[Symbol.asyncDispose]();
  expect(violations).toEqual([]);
});

function report(text: string, more: Partial<StickyComment> = {}): StickyComment {
  const head = github.pull(number).head.commit;
  return reportOn(head, text, more);
}

function reportOn(head: string, text: string, more: Partial<StickyComment> = {}): StickyComment {
  const base = "0".repeat(40);
  const marker = `<!-- waybill:plan v1 id=main head=${head} base=${base} digest=none -->`;
  return {
    pullRequest: number,
    id: "main",
    body: `${marker}\n${text}`,
    isCurrent: (pull) => pull.head.commit === head,
    settleMs: 1,
    ...more,
  };
}

/** The bodies without their markers, oldest first. */
function texts(): readonly string[] {
  return [...github.repository().comments.values()].map(({ body }) => body.split("\n")[1] ?? body);
}

function pushToHead(text: string): Promise<string> {
  return github.push({ branch: "feature", files: { "a.yaml": text }, by: "alice" });
}

describe("the sticky comment", () => {
  it("004-12 is created once, then changed, and left alone where nothing changed", async () => {
    expect(await keepSticky(forge, report("one"), signal)).toMatchObject({ kind: "created" });
    expect(await keepSticky(forge, report("two"), signal)).toMatchObject({ kind: "updated" });
    const writes = github.count("issues/update-comment");
    expect(await keepSticky(forge, report("two"), signal)).toMatchObject({ kind: "unchanged" });
    expect(github.count("issues/update-comment")).toBe(writes);
    expect(texts()).toEqual(["two"]);
  });

  it("takes five requests besides the one for who we are", async () => {
    await forge.whoAmI(signal);
    const before = github.count();
    await keepSticky(forge, report("one"), signal);
    expect(github.count() - before).toBe(5);
    await keepSticky(forge, report("two"), signal);
    expect(github.count() - before).toBe(10);
  });

  it("a whole look at a pull request and its report take at most twelve requests", async () => {
    for (let count = 0; count < 100; count += 1) github.comment(number, "alice", `note ${count}`);
    for (let count = 0; count < 100; count += 1) github.review(number, { by: `r${count}` });
    await forge.pullRequests.whole([number], signal);
    await keepSticky(forge, report("one"), signal);
    // The comment that was made is the first of a second page of comments.
    expect(github.count()).toBeLessThanOrEqual(12);
  });

  it("threat 9: is ours by marker and author: a marker that somebody else wrote is not touched", async () => {
    github.comment(number, "mallory", report("forged").body);
    github.comment(number, "mallory", `see\n${report("quoted").body}`);
    await keepSticky(forge, report("ours"), signal);
    expect(texts()[0]).toBe("forged");
    expect(texts().at(-1)).toBe("ours");
    expect(github.repository().comments.size).toBe(3);
  });

  it("000-30 of two bots with one marker each keeps its own, and neither the other's", async () => {
    const other = github.addApp({ slug: "other", permissions: { pull_requests: "write" } });
    const second = await openForge(github, github.installationToken(other));
    await keepSticky(forge, report("one"), signal);
    await keepSticky(second, report("two"), signal);
    expect(await keepSticky(forge, report("three"), signal)).toMatchObject({ kind: "updated" });
    expect(await keepSticky(second, report("four"), signal)).toMatchObject({ kind: "updated" });
    expect(texts()).toEqual(["three", "four"]);
  });

  it("leaves a comment of ours for another instance alone", async () => {
    const other = report("other");
    const body = other.body.replace("id=main", "id=second");
    await keepSticky(forge, { ...other, id: "second", body }, signal);
    await keepSticky(forge, report("ours"), signal);
    expect(texts()).toEqual(["other", "ours"]);
  });

  it("is found behind a hundred comments", async () => {
    for (let count = 0; count < 130; count += 1) github.comment(number, "alice", `note ${count}`);
    await keepSticky(forge, report("one"), signal);
    await keepSticky(forge, report("two"), signal);
    expect(github.repository().comments.size).toBe(131);
  });

  it("that a person deleted comes back", async () => {
    await keepSticky(forge, report("one"), signal);
    github.repository().comments.clear();
    expect(await keepSticky(forge, report("two"), signal)).toMatchObject({ kind: "created" });
    expect(texts()).toEqual(["two"]);
  });

  it("that a person deletes between our look and our write comes back", async () => {
    await keepSticky(forge, report("one"), signal);
    function met(): void {
      github.repository().comments.clear();
    }
    github.fault({ on: "issues/update-comment", met, until: Promise.resolve() });
    expect(await keepSticky(forge, report("two"), signal)).toMatchObject({ kind: "created" });
    expect(texts()).toEqual(["two"]);
  });

  it("removes the extras of an earlier accident and keeps the oldest", async () => {
    const [bot] = [...github.accounts.values()].filter(({ type }) => type === "Bot");
    if (bot === undefined) throw new Error("no bot");
    for (const text of ["first", "second", "third"]) {
      github.addComment(github.repository(), { number, by: bot, body: report(text).body });
    }
    const [first] = github.repository().comments.keys();
    await keepSticky(forge, report("now"), signal);
    expect(texts()).toEqual(["now"]);
    expect([...github.repository().comments.keys()]).toEqual([first]);
  });

  it("whose creation was done and not answered is found, and not made twice", async () => {
    github.fault({ on: "issues/create-comment", when: "after", answer: { status: 502 } });
    await keepSticky(forge, report("one"), signal);
    expect(github.count("issues/create-comment")).toBe(1);
    expect(texts()).toEqual(["one"]);
  });

  it.for([1, 2, 6])("settles with a listing that lags by %i", async (lag) => {
    github.commentLag = lag;
    const outcome = await keepSticky(forge, report("one"), signal);
    expect(outcome).toMatchObject({ kind: "created" });
    expect(texts()).toEqual(["one"]);
  });

  it("names the right that a fork's token lacks", async () => {
    const fork = await openForge(github, github.forkToken(COMMENT_JOB));
    await expect(keepSticky(fork, report("one"), signal)).rejects.toMatchObject({
      code: "forbidden",
      right: "issues: write or pull-requests: write",
      retryable: false,
    });
  });
});

/** A promise to wait on, and the two ways to hand on. */
function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}

describe("races of two runs", () => {
  it.for(["the first", "the second"] as const)(
    "both create, %s goes on sooner: one comment stays",
    async (sooner) => {
      const second = await openForge(github, github.actionsToken(COMMENT_JOB));
      // Neither creates before both have looked.
      const both = gate();
      let looked = 0;
      function met(): void {
        looked += 1;
        if (looked === 2) both.open();
      }
      github.fault({ on: "issues/create-comment", times: 2, met, until: both.opened });
      const later = gate();
      const runs = [
        keepSticky(forge, report("A"), signal),
        keepSticky(second, report("B"), signal),
      ];
      await both.opened;
      // Of the listings that follow, one waits until the other run is through.
      github.fault({ on: "issues/list-comments", until: later.opened });
      const first = await Promise.race(runs);
      expect(first.kind).not.toBe("superseded");
      later.open();
      await Promise.all(runs);
      expect(github.repository().comments.size, sooner).toBe(1);
      expect(["A", "B"]).toContain(texts()[0]);
      // The next run changes that one.
      await keepSticky(forge, report("next"), signal);
      expect(texts()).toEqual(["next"]);
    },
  );

  it("eight that create at once leave one, again and again", async () => {
    const runs = await Promise.all(
      Array.from({ length: 8 }, () => openForge(github, github.actionsToken(COMMENT_JOB))),
    );
    for (const round of ["a", "b"]) {
      github.commentLag = round === "a" ? 0 : 1;
      github.repository().comments.clear();
      await Promise.all(runs.map((run, at) => keepSticky(run, report(`${round}${at}`), signal)));
      github.commentLag = 0;
      await keepSticky(forge, report("last"), signal);
      expect(texts()).toEqual(["last"]);
    }
  }, 60_000);

  it("a run whose head was overtaken before it writes leaves the newer report alone", async () => {
    const old = report("old");
    await pushToHead("a: 2\n");
    await keepSticky(forge, report("new"), signal);
    expect(await keepSticky(forge, old, signal)).toEqual({ kind: "superseded" });
    expect(texts()).toEqual(["new"]);
  });

  it("an older head's report that lands between is corrected by the newer run's own look", async () => {
    await keepSticky(forge, report("first"), signal);
    const old = report("old");
    const lands = gate();
    const waits = gate();
    // The old run has looked and is about to write when the head moves.
    github.fault({ on: "issues/update-comment", met: waits.open, until: lands.opened });
    const oldRun = keepSticky(forge, old, signal);
    await waits.opened;
    await pushToHead("a: 2\n");
    const second = await openForge(github, github.actionsToken(COMMENT_JOB));
    const written = gate();
    const looks = gate();
    // The new run writes, then the old one's write lands, then the new one looks.
    github.fault({ on: "issues/update-comment", when: "after", met: written.open });
    const newRun = keepSticky(
      {
        ...second,
        comments: {
          ...second.comments,
          async update(id, body, given) {
            const updated = await second.comments.update(id, body, given);
            looks.open();
            await oldRun;
            return updated;
          },
        },
      },
      report("new"),
      signal,
    );
    await looks.opened;
    lands.open();
    expect(await oldRun).toEqual({ kind: "superseded" });
    expect(await newRun).toMatchObject({ kind: "updated" });
    expect(texts()).toEqual(["new"]);
  });

  it("an older head's report that nobody corrects says itself that it is old", async () => {
    await keepSticky(forge, report("first"), signal);
    const lands = gate();
    const waits = gate();
    const outdated = report("this is about an older head").body;
    github.fault({ on: "issues/update-comment", met: waits.open, until: lands.opened });
    const oldRun = keepSticky(forge, report("old", { outdated }), signal);
    await waits.opened;
    await pushToHead("a: 2\n");
    lands.open();
    expect(await oldRun).toEqual({ kind: "superseded" });
    expect(texts()).toEqual(["this is about an older head"]);
  });

  it("somebody who undoes every attempt is reported and not fought for ever", async () => {
    await keepSticky(forge, report("first"), signal);
    const [comment] = github.repository().comments.values();
    if (comment === undefined) throw new Error("no comment");
    const theirs = reportOn("f".repeat(40), "theirs").body;
    const first = comment;
    function met(): void {
      first.body = theirs;
    }
    github.fault({ on: "issues/list-comments", times: 100, met, until: Promise.resolve() });
    await expect(keepSticky(forge, report("ours"), signal)).rejects.toMatchObject({
      code: "conflict",
    });
  });
});
