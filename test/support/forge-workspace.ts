import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { waybill, type Ran } from "../cli/captured.ts";
import { FakeGitHub } from "./github/index.ts";
import { startRepository } from "./repository.ts";
import { startRegistry, type Registry } from "./registry/index.ts";
import { registriesTo, SITES } from "./workspace.ts";

const execute = promisify(execFile);

/** Channels for pull requests: staging asks for one approval, prod for two of `sre`. */
const CHANNELS: string = `apiVersion: waybill.dev/v1
kind: Channels
channels:
  staging: { to: "preprod/{project}/{name}", sites: { require: [oslo] }, approvals: { count: 1 } }
  prod:
    to: "{project}/{name}"
    after: [staging]
    sites: { require: [oslo] }
    approvals: { count: 2, from: [sre] }
    tags: { moving: { stable: newest-stable } }
`;

const OWNERS: string = `apiVersion: waybill.dev/v1
kind: Owners
groups: { sre: { people: [alice, carol] } }
owners: []
admins: [sre]
`;

/** A promotions repository on a GitHub of this machine, with two registry doubles. */
export class ForgeWorkspace implements AsyncDisposable {
  readonly github: FakeGitHub;
  readonly source: Registry;
  readonly target: Registry;
  readonly #folders: string[] = [];

  private constructor(github: FakeGitHub, source: Registry, target: Registry) {
    this.github = github;
    this.source = source;
    this.target = target;
  }

  static async open(files: Readonly<Record<string, string>> = {}): Promise<ForgeWorkspace> {
    const [github, source, target] = [
      await FakeGitHub.start(),
      await startRegistry(),
      await startRegistry(),
    ];
    for (const login of ["alice", "carol"]) github.collaborator(login, "admin");
    for (const login of ["bob", "dave"]) github.collaborator(login, "write");
    const workspace = new ForgeWorkspace(github, source, target);
    await github.push({
      branch: "main",
      by: "alice",
      files: {
        "policies/sites.yaml": SITES,
        "policies/channels.yaml": CHANNELS,
        "policies/owners.yaml": OWNERS,
        "policies/registries.yaml": registriesTo(source.host, target.host),
        ...files,
      },
    });
    return workspace;
  }

  /** Pushes a branch of bob's and opens its pull request. */
  async propose(
    files: Readonly<Record<string, string | undefined>>,
    more: { readonly branch?: string; readonly by?: string; readonly body?: string } = {},
  ): Promise<number> {
    const { branch = "change", by = "bob", body = "" } = more;
    await this.github.push({ branch, files, by, from: "refs/heads/main" });
    return (await this.github.openPull({ head: branch, author: by, title: "A change", body }))
      .number;
  }

  /** Clones, and checks out a reference as a job does; the folder. */
  async checkout(reference: string): Promise<string> {
    const folder = mkdtempSync(join(tmpdir(), "waybill-job-"));
    this.#folders.push(folder);
    startRepository(folder, this.github.remote());
    const job = "refs/remotes/job";
    const wanted = ["+refs/heads/*:refs/remotes/origin/*", `+${reference}:${job}`];
    await this.git(folder, "fetch", "-q", "origin", ...wanted);
    await this.git(folder, "checkout", "-q", "--detach", job);
    return folder;
  }

  async git(folder: string, ...args: readonly string[]): Promise<string> {
    const identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"];
    return (await execute("git", [...identity, ...args], { cwd: folder })).stdout.trim();
  }

  /** Runs a verb in a job's folder, with the variables of a job. */
  run(
    folder: string,
    args: readonly string[],
    { token, env = {} }: { readonly token?: string; readonly env?: Record<string, string> } = {},
  ): Promise<Ran> {
    return waybill(args, { folder, env: { ...this.github.env(token), ...env } });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true });
    await this.source.close();
    await this.target.close();
    await this.github[Symbol.asyncDispose]();
  }
}
