import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { appendFile, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

export interface CommitWork {
  readonly parents: readonly string[];
  /** Path → text; undefined takes the file away. */
  readonly files: ReadonlyMap<string, string | undefined>;
  readonly message: string;
  readonly author: GitPerson;
  readonly committer?: GitPerson;
  /** Seconds since the epoch. */
  readonly at: number;
}

export interface GitPerson {
  readonly name: string;
  readonly email: string;
}

export interface CommitFacts {
  readonly oid: string;
  readonly author: GitPerson;
  readonly committer: GitPerson;
  readonly message: string;
  readonly at: number;
  readonly parents: readonly string[];
}

/** A real bare repository on disk, changed by git's plumbing only, so that its objects are git's own. */
export class BareRepository {
  readonly folder: string;
  /** Answers about objects that have names of their own: no answer about those ever changes. */
  readonly #known = new Map<string, Promise<string>>();
  /** Commits that are here for certain. */
  readonly #commits = new Set<string>();

  constructor(folder: string) {
    this.folder = folder;
  }

  static async create(folder: string, defaultBranch: string): Promise<BareRepository> {
    await mkdir(folder, { recursive: true });
    const repository = new BareRepository(folder);
    await repository.git([...INIT, `--initial-branch=${defaultBranch}`, "."]);
    await appendFile(join(folder, "config"), SETTINGS);
    return repository;
  }

  async git(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<string> {
    const { stdout } = await run("git", [...args], {
      cwd: this.folder,
      env: { ...gitEnvironment(), ...env },
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  }

  tryGit(args: readonly string[]): Promise<string | undefined> {
    return this.#unlessRefused(this.git(args));
  }

  async #unlessRefused(said: Promise<string>): Promise<string | undefined> {
    try {
      return await said;
    } catch (error) {
      if (error instanceof Error && "code" in error && typeof error.code === "number") {
        return undefined;
      }
      throw error;
    }
  }

  /** The commit that a reference or another name leads to; a branch is looked for where git keeps it. */
  async head(ref: string): Promise<string | undefined> {
    if (PLAIN.test(ref)) {
      const kept = await readFile(join(this.folder, ref), "utf8").catch(noneWhereAbsent);
      if (kept !== undefined && OID.test(kept.trim())) return kept.trim();
      if (kept === undefined && !existsSync(join(this.folder, "packed-refs"))) return undefined;
    }
    return (await this.tryGit(["rev-parse", "--verify", "--quiet", `${ref}^{commit}`]))?.trim();
  }

  /** Branches and their ends. */
  async branches(): Promise<ReadonlyMap<string, string>> {
    const said = await this.git([
      "for-each-ref",
      "--format=%(refname) %(objectname)",
      "refs/heads",
    ]);
    return new Map(
      said
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => {
          const [ref = "", oid = ""] = line.split(" ");
          return [ref.slice("refs/heads/".length), oid] as const;
        }),
    );
  }

  /** Points a ref somewhere, or takes it away; `expect` undefined means whatever it is now. */
  async setRef(ref: string, to: string | undefined, expect?: string): Promise<void> {
    if (to !== undefined && expect === undefined && (await this.#write(ref, to))) return;
    const old = expect === undefined ? [] : [expect];
    if (to === undefined) await this.git(["update-ref", "-d", ref, ...old]);
    else await this.git(["update-ref", ref, to, ...old]);
  }

  /** Writes a reference as git does, where it is one that git would write: false where git is to say so. */
  async #write(ref: string, to: string): Promise<boolean> {
    if (!PLAIN.test(ref) || !this.#commits.has(to)) return false;
    const file = join(this.folder, ref);
    const lock = `${file}.lock`;
    try {
      await mkdir(dirname(file), { recursive: true });
      await writeFile(lock, `${to}\n`, { flag: "wx" });
    } catch (error) {
      return isOfFiles(error);
    }
    try {
      await rename(lock, file);
      return true;
    } catch (error) {
      await rm(lock);
      return isOfFiles(error);
    }
  }

  /** Asks about objects by their names, once. */
  #about(args: readonly string[]): Promise<string> {
    const asked = args.slice(1).filter((arg) => !arg.startsWith("--"));
    if (!asked.every((name) => NAMES.test(name) || name === "blob")) return this.git(args);
    const key = args.join(" ");
    const known = this.#known.get(key) ?? this.git(args);
    this.#known.set(key, known);
    // What is not there yet may come.
    known.catch(() => this.#known.delete(key));
    return known;
  }

  /** One commit, in one process; the ref that fast-import asks for is hidden from clones. */
  async commit(work: CommitWork): Promise<string> {
    const { author, committer = author, parents, files, message, at } = work;
    const [parent, ...others] = parents;
    const lines: (string | Uint8Array)[] = [
      "commit refs/fake/tip\nmark :1\n",
      `author ${author.name} <${author.email}> ${at} +0000\n`,
      `committer ${committer.name} <${committer.email}> ${at} +0000\n`,
      ...data(message),
      ...(parent === undefined ? [] : [`from ${parent}\n`]),
      ...others.map((other) => `merge ${other}\n`),
    ];
    for (const [path, text] of files) {
      if (text === undefined) lines.push(`D ${JSON.stringify(path)}\n`);
      else lines.push(`M 100644 inline ${JSON.stringify(path)}\n`, ...data(text));
    }
    // Without a parent the ref must not be continued from.
    const start = parent === undefined ? ["reset refs/fake/tip\n\n"] : [];
    const stream = Buffer.concat(
      [...start, ...lines, "get-mark :1\n"].map((part) => Buffer.from(part)),
    );
    const said = await this.#withInput(["fast-import", "--quiet", "--force"], stream);
    this.#commits.add(said.trim());
    return said.trim();
  }

  async commitTree(tree: string, work: Omit<CommitWork, "files">): Promise<string> {
    const { author, committer = author, parents, message, at } = work;
    const env = {
      GIT_AUTHOR_NAME: author.name,
      GIT_AUTHOR_EMAIL: author.email,
      GIT_AUTHOR_DATE: `${at} +0000`,
      GIT_COMMITTER_NAME: committer.name,
      GIT_COMMITTER_EMAIL: committer.email,
      GIT_COMMITTER_DATE: `${at} +0000`,
    };
    const args = [
      "commit-tree",
      tree,
      ...parents.flatMap((parent) => ["-p", parent]),
      "-m",
      message,
    ];
    const commit = (await this.git(args, env)).trim();
    this.#commits.add(commit);
    return commit;
  }

  #withInput(args: readonly string[], input: Uint8Array): Promise<string> {
    return new Promise((resolve, reject) => {
      const child = execFile(
        "git",
        [...args],
        { cwd: this.folder, env: gitEnvironment() },
        (error, stdout) => (error === null ? resolve(stdout) : reject(error)),
      );
      child.stdin?.end(input);
    });
  }

  /** The tree of a merge of two commits; undefined where they conflict. */
  async mergedTree(base: string, head: string): Promise<string | undefined> {
    const args = ["merge-tree", "--write-tree", base, head];
    return (await this.#unlessRefused(this.#about(args)))?.split("\n")[0];
  }

  async mergeBase(a: string, b: string): Promise<string | undefined> {
    return (await this.#unlessRefused(this.#about(["merge-base", a, b])))?.trim();
  }

  async isAncestor(ancestor: string, descendant: string): Promise<boolean> {
    const args = ["merge-base", "--is-ancestor", ancestor, descendant];
    return (await this.#unlessRefused(this.#about(args))) !== undefined;
  }

  /** Commits that `head` has and `base` has not, oldest first. */
  async between(base: string, head: string): Promise<readonly string[]> {
    const said = await this.#about(["rev-list", "--reverse", "--topo-order", `${base}..${head}`]);
    return said.split("\n").filter((line) => line !== "");
  }

  async facts(oid: string): Promise<CommitFacts> {
    const format = "--format=%H%x00%an%x00%ae%x00%cn%x00%ce%x00%ct%x00%P%x00%B";
    const said = await this.#about(["show", "--no-patch", format, oid]);
    const [id = "", an = "", ae = "", cn = "", ce = "", at = "", parents = "", ...message] =
      said.split("\0");
    this.#commits.add(id);
    return {
      oid: id,
      author: { name: an, email: ae },
      committer: { name: cn, email: ce },
      message: message.join("\0").trimEnd(),
      at: Number(at),
      parents: parents.split(" ").filter((parent) => parent !== ""),
    };
  }

  /** The text of a file at a commit; undefined where there is none. */
  read(commit: string, path: string): Promise<string | undefined> {
    return this.#unlessRefused(this.#about(["cat-file", "blob", `${commit}:${path}`]));
  }

  /** Brings in the objects of another repository, as a fork's. */
  async fetchFrom(other: BareRepository, oid: string): Promise<void> {
    if (other !== this) await this.git(["fetch", "--quiet", other.folder, oid]);
  }
}

const OID = /^[0-9a-f]{40}$/;
/** References that lie in files of their own, and whose names are as good as checked. */
const PLAIN = /^refs\/(?:heads|pull)(?:\/[A-Za-z0-9_-]+)+$/;
/** Names of objects, and what lies in them. */
const NAMES = /^[0-9a-f]{40}(?:\.\.[0-9a-f]{40}|:.+)?$/;

/** A reference that is a folder of others, or below another, is none. */
function noneWhereAbsent(error: unknown): undefined {
  if (!(error instanceof Error && "code" in error)) throw error;
  if (!["ENOENT", "ENOTDIR", "EISDIR"].includes(String(error.code))) throw error;
}

/** git is asked then, and says what is wrong. */
function isOfFiles(error: unknown): false {
  if (error instanceof Error && "code" in error) return false;
  throw error;
}

const INIT = ["init", "--quiet", "--bare", "--template="];

const SETTINGS = `
[core]
  fsync = none
[http]
  receivepack = true
[uploadpack]
  allowAnySHA1InWant = true
  allowFilter = true
[receive]
  denyDeletes = false
  denyDeleteCurrent = warn
  hideRefs = refs/pull
[transfer]
  hideRefs = refs/fake
[gc]
  auto = 0
[maintenance]
  auto = false
`;

function data(text: string): readonly (string | Uint8Array)[] {
  const bytes = Buffer.from(text);
  return [`data ${bytes.length}\n`, bytes, "\n"];
}

/** Nothing of the person's own git configuration, and no prompt. */
export function gitEnvironment(): Record<string, string> {
  return {
    PATH: process.env["PATH"] ?? "",
    HOME: "/nonexistent",
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_CONFIG_GLOBAL: "/dev/null",
    GIT_TERMINAL_PROMPT: "0",
    LC_ALL: "C",
  };
}
