import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const IDENTITY = ["-c", "user.name=a", "-c", "user.email=a@example.com"];

/**
 * Makes a folder a repository without commits, whose branch is main, as `git init` without samples leaves it, and
 * `git remote add origin` where an address is given.
 */
export function startRepository(root: string, origin?: string): void {
  for (const folder of ["objects", "refs"])
    mkdirSync(join(root, ".git", folder), { recursive: true });
  writeFileSync(join(root, ".git/HEAD"), "ref: refs/heads/main\n");
  writeFileSync(join(root, ".git/config"), origin === undefined ? CONFIG : CONFIG + remote(origin));
}

const CONFIG = `[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = false
\tlogallrefupdates = true
`;

function remote(url: string): string {
  return `[remote "origin"]\n\turl = ${url}\n\tfetch = +refs/heads/*:refs/remotes/origin/*\n`;
}

/** Runs git in a folder as somebody whom commits can name. */
export function gitIn(root: string, ...args: readonly string[]): string {
  return execFileSync("git", [...IDENTITY, ...args], { cwd: root, encoding: "utf8" }).trim();
}

/** Commits all there is, changed or not; gives back the commit. */
export function commitAll(root: string, message = "a change"): string {
  gitIn(root, "add", "-A");
  gitIn(root, "commit", "-q", "--allow-empty", "-m", message);
  return headOf(root);
}

/** The commit that is checked out; a branch that has just been committed to is a file of its own. */
function headOf(root: string): string {
  const [, reference] = /^ref: (.+)$/m.exec(read(root, "HEAD")) ?? [];
  return (reference === undefined ? read(root, "HEAD") : read(root, reference)).trim();
}

function read(root: string, path: string): string {
  return readFileSync(join(root, ".git", path), "utf8");
}
