import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openGit, type GitRepository } from "#scm";
import { commitAll, gitIn, startRepository } from "../support/repository.ts";

const signal = new AbortController().signal;
let top: string;

function write(path: string, text: string): void {
  mkdirSync(dirname(join(top, path)), { recursive: true });
  writeFileSync(join(top, path), text);
}

async function open(folder = top): Promise<GitRepository> {
  const repository = await openGit(folder, signal);
  if (repository === undefined) throw new Error("expected a repository");
  return repository;
}

beforeEach(() => {
  top = mkdtempSync(join(tmpdir(), "waybill-git-"));
});
afterEach(() => rmSync(top, { recursive: true, force: true }));

describe("git", () => {
  it("is undefined outside a repository", async () => {
    expect(await openGit(top, signal)).toBeUndefined();
  });

  it("resolves revisions, and nothing that is an option or a range", async () => {
    startRepository(top);
    write("promotions/a.yaml", "1");
    commitAll(top);
    const repository = await open();
    expect(await repository.resolve("HEAD")).toBe(gitIn(top, "rev-parse", "HEAD"));
    for (const revision of ["HEAD^1", "nothing", "--all", "HEAD..HEAD", "", "a b"]) {
      expect(await repository.resolve(revision)).toBeUndefined();
    }
  });

  it("tells what changed since a commit, untracked and deleted files included, below the folders asked", async () => {
    startRepository(top);
    write("promotions/kept.yaml", "1");
    write("promotions/gone.yaml", "1");
    write("other/file", "1");
    commitAll(top);
    gitIn(top, "rm", "-q", "promotions/gone.yaml");
    write("promotions/ünïcode new.yaml", "1");
    write("other/file", "2");
    const repository = await open();
    expect(await repository.changedSince("HEAD", ["promotions"])).toEqual([
      "promotions/gone.yaml",
      "promotions/ünïcode new.yaml",
    ]);
    expect(await repository.uncommitted(["other"])).toEqual(["other/file"]);
  });

  it("tells every kind of uncommitted change, relative to a folder below the top", async () => {
    startRepository(top);
    for (const name of ["kept", "gone", "moved", "staged"])
      write(`deploy/promotions/${name}`, name);
    write("promotions/above", "1");
    commitAll(top);
    const repository = await open(join(top, "deploy"));
    expect(await repository.uncommitted(["promotions"])).toEqual([]);
    gitIn(top, "mv", "deploy/promotions/moved", "deploy/promotions/ünïcode new");
    gitIn(top, "rm", "-q", "deploy/promotions/gone");
    write("deploy/promotions/staged", "2");
    gitIn(top, "add", ".");
    write("deploy/promotions/sub/untracked", "1");
    write("promotions/above", "2");
    expect(await repository.uncommitted(["promotions"])).toEqual([
      "promotions/gone",
      "promotions/moved",
      "promotions/staged",
      "promotions/sub/untracked",
      "promotions/ünïcode new",
    ]);
  });

  it("tells YAML that git ignores like any other, and nothing else that it ignores", async () => {
    startRepository(top);
    write(".gitignore", "ignored/\n*.swp\n");
    commitAll(top);
    write("promotions/ignored/a.yaml", "1");
    write("promotions/ignored/b.txt", "1");
    write("promotions/.a.yaml.swp", "1");
    const repository = await open();
    expect(await repository.uncommitted(["promotions"])).toEqual(["promotions/ignored/a.yaml"]);
    expect(await repository.changedSince("HEAD", ["promotions"])).toEqual([
      "promotions/ignored/a.yaml",
    ]);
  });

  it("follows links inside the repository when it reads a commit, and none out of it", async () => {
    startRepository(top);
    write("data/real.yaml", "real");
    write("promotions/z.yaml", "z");
    symlinkSync("../data/real.yaml", join(top, "promotions/a.yaml"));
    symlinkSync("/etc/passwd", join(top, "promotions/b.yaml"));
    symlinkSync("nothing", join(top, "promotions/c.yaml"));
    symlinkSync("d.yaml", join(top, "promotions/d.yaml"));
    commitAll(top);
    const paths = ["a", "b", "c", "d", "none", "z"].map((name) => `promotions/${name}.yaml`);
    expect([...(await (await open()).read("HEAD", paths))]).toEqual([
      ["promotions/a.yaml", "real"],
      ["promotions/z.yaml", "z"],
    ]);
  });

  it("sees a repository without commits as all uncommitted", async () => {
    startRepository(top);
    write("promotions/a.yaml", "1");
    const repository = await open();
    expect(await repository.resolve("HEAD")).toBeUndefined();
    expect(await repository.uncommitted(["promotions"])).toEqual(["promotions/a.yaml"]);
  });

  it("reads many files of a commit at once, relative to a folder below the top, and no symlink", async () => {
    startRepository(top);
    write("deploy/promotions/a.yaml", "a: ü\n");
    write("deploy/promotions/b.yaml", "");
    symlinkSync("/etc/passwd", join(top, "deploy/promotions/link.yaml"));
    commitAll(top);
    write("deploy/promotions/a.yaml", "changed");
    const repository = await open(join(top, "deploy"));
    const files = await repository.filesAt("HEAD", ["promotions"]);
    expect(files).toEqual(["promotions/a.yaml", "promotions/b.yaml"]);
    const texts = await repository.read("HEAD", [...files, "promotions/none.yaml"]);
    expect([...texts]).toEqual([
      ["promotions/a.yaml", "a: ü\n"],
      ["promotions/b.yaml", ""],
    ]);
  });
});
