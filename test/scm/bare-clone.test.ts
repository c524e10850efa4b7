import { execFileSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openBareClone, type BareClone } from "../../src/scm/git/bare-clone.ts";

const signal = new AbortController().signal;
let top: string;
let origin: string;

function git(folder: string, ...args: readonly string[]): string {
  const identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
  return execFileSync("git", [...identity, ...args], { cwd: folder, encoding: "utf8" }).trim();
}

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "waybill-clone-"));
  origin = join(top, "origin");
  mkdirSync(origin);
  git(origin, "init", "-q", "-b", "main");
  writeFileSync(join(origin, "a.txt"), "a\r\n");
  writeFileSync(join(origin, ".gitattributes"), "*.txt filter=evil\n");
  git(origin, "add", "-A");
  git(origin, "commit", "-q", "-m", "first");
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

async function cloned(folder = join(top, "state", "clones", "acme", "x.git")): Promise<BareClone> {
  const clone = await openBareClone({ folder, url: `file://${origin}`, token: undefined }, signal);
  await clone.fetch(["+refs/heads/main:refs/waybill/pull/7"]);
  return clone;
}

describe("a clone that a bot keeps", { timeout: 30_000 }, () => {
  it("has what it fetched under names of its own, and forgets it", async () => {
    const clone = await cloned();
    const head = git(origin, "rev-parse", "HEAD");
    expect([...(await clone.references("refs/waybill/pull/"))]).toEqual([["7", head]]);
    await clone.forget("refs/waybill/pull/7");
    await clone.forget("refs/waybill/pull/7");
    expect((await clone.references("refs/waybill/")).size).toBe(0);
  });

  it("threat 1: gives the files of a commit as they are in git, without a filter or hook of anybody's", async () => {
    const clone = await cloned();
    const tree = join(top, "tree");
    const home = join(top, "home");
    mkdirSync(home);
    const marker = join(top, "ran");
    writeFileSync(
      join(home, ".gitconfig"),
      `[filter "evil"]\n smudge = touch ${marker} && cat\n[core]\n autocrlf = input\n`,
    );
    const before = process.env["HOME"];
    process.env["HOME"] = home;
    try {
      await clone.checkOut(git(origin, "rev-parse", "HEAD"), tree);
    } finally {
      process.env["HOME"] = before;
    }
    expect(readFileSync(join(tree, "a.txt"), "utf8")).toBe("a\r\n");
    expect(existsSync(marker)).toBe(false);
    await clone.discard(tree);
    expect(existsSync(tree)).toBe(false);
    expect(git(clone.folder, "worktree", "list").split("\n").length).toBe(1);
  });

  it("is its own, also where its folder lies in somebody's work tree of the same remote", async () => {
    git(origin, "remote", "add", "origin", `file://${origin}`);
    const clone = await cloned(join(origin, "state", "x.git"));
    expect(readdirSync(clone.folder)).toEqual([".git"]);
    expect(git(origin, "for-each-ref", "refs/waybill")).toBe("");
  });

  it("begins again where its address is another", async () => {
    const folder = (await cloned()).folder;
    const url = "https://example.com/x.git";
    await openBareClone({ folder, url, token: "secret" }, signal);
    expect(git(folder, "config", "remote.origin.url")).toBe(url);
    expect(readFileSync(join(folder, ".git", "config"), "utf8")).not.toContain("secret");
  });
});
