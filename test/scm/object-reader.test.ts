import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ObjectReader, objectReader } from "../../src/scm/git/object-reader.ts";
import { watchGit } from "../support/git-calls.ts";
import { commitAll, gitIn, startRepository } from "../support/repository.ts";

let top: string;

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "waybill-objects-"));
  startRepository(top);
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

function write(path: string, text: string): void {
  mkdirSync(join(top, path, ".."), { recursive: true });
  writeFileSync(join(top, path), text);
}

async function text(reader: ObjectReader, name: string): Promise<string | undefined> {
  return (await reader.ask({ kind: "contents", name }))?.content.toString("utf8");
}

describe("the reader of git's objects", () => {
  it("answers questions in their order, whatever is missing or leads astray between them", async () => {
    write("one", "1\n");
    write("empty", "");
    write("like an answer", `${"0".repeat(40)} blob 3\n`);
    symlinkSync("one", join(top, "link"));
    symlinkSync("/etc/passwd", join(top, "out"));
    symlinkSync("gone", join(top, "dangling"));
    symlinkSync("loop", join(top, "loop"));
    symlinkSync("one/below", join(top, "notdir"));
    const commit = commitAll(top);
    const reader = new ObjectReader(top, new AbortController().signal);
    const names = ["out", "one", "dangling", "empty", "loop", "nothing", "notdir", "link"];
    const asked = [...names, "like an answer", "two\nlines"];
    expect(await Promise.all(asked.map((name) => text(reader, `HEAD:${name}`)))).toEqual([
      undefined,
      "1\n",
      undefined,
      "",
      undefined,
      undefined,
      undefined,
      "1\n",
      `${"0".repeat(40)} blob 3\n`,
      undefined,
    ]);
    const found = await reader.ask({ kind: "info", name: "HEAD^{commit}" });
    expect(found).toMatchObject({ oid: commit, type: "commit" });
    expect(await reader.ask({ kind: "info", name: "HEAD:out" })).toBeUndefined();
  });

  it("reads what is larger than a pipe, between small ones", async () => {
    const large = "ü".repeat(1_000_000);
    write("a", "a");
    write("large", large);
    commitAll(top);
    const reader = new ObjectReader(top, new AbortController().signal);
    const names = ["HEAD:a", "HEAD:large", "HEAD:a", "HEAD:large", "HEAD:a"];
    expect(await Promise.all(names.map((name) => text(reader, name)))).toEqual([
      "a",
      large,
      "a",
      large,
      "a",
    ]);
  });

  it("asks one process, and sees a commit that was made after it began", async () => {
    write("one", "1");
    commitAll(top);
    using git = watchGit();
    const { signal } = new AbortController();
    expect(await text(objectReader(top, signal), "HEAD:one")).toBe("1");
    git.take();
    write("one", "2");
    commitAll(top);
    gitIn(top, "gc", "-q");
    git.take();
    expect(await text(objectReader(top, signal), "HEAD:one")).toBe("2");
    expect(git.take()).toEqual([]);
  });

  it("says why git ended, to everybody who asked, and begins again for who asks next", async () => {
    const { signal } = new AbortController();
    const lost = new ObjectReader(join(top, "nowhere"), signal);
    const failed = await Promise.allSettled([text(lost, "HEAD:a"), text(lost, "HEAD:b")]);
    expect(failed).toMatchObject([
      { status: "rejected", reason: { name: "GitError" } },
      { status: "rejected", reason: { name: "GitError" } },
    ]);
    const outside = new ObjectReader("/", signal);
    await expect(text(outside, "HEAD:a")).rejects.toThrow("not a git repository");
    mkdirSync(join(top, "nowhere"));
    expect(await text(lost, "HEAD:a")).toBeUndefined();
  });

  it("stops with its signal, and starts nothing after it", async () => {
    const controller = new AbortController();
    const reader = new ObjectReader(top, controller.signal);
    const asked = text(reader, "HEAD:a");
    controller.abort(new Error("enough"));
    await expect(asked).rejects.toMatchObject({ name: "AbortError" });
    expect(() => reader.ask({ kind: "info", name: "HEAD" })).toThrow("enough");
  });
});
