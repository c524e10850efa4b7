import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ForgeWorkspace } from "../../support/forge-workspace.ts";
import { image, seed, type Built } from "../../support/images.ts";
import { startWaybill } from "../../support/real/waybill.ts";
import { promotion, versionLine } from "../../support/workspace.ts";
import { commitTree, type TreeEntry } from "./tree.ts";

export const APP: Built = image({ seed: "app" });
export const FILE = "promotions/payments/api.yaml";
const STAGED = promotion("api", versionLine("v1.0.0", APP, "channels: [staging]"));
export const PROMOTED: string = promotion(
  "api",
  versionLine("v1.0.0", APP, "channels: [staging, prod]"),
);

/** A pull request of somebody who means harm. */
export interface Attack {
  readonly entries: Readonly<Record<string, TreeEntry | undefined>>;
  readonly branch?: string;
  readonly title?: string;
  readonly body?: string;
}

/** What the two jobs of a pull request left behind. */
export interface Aftermath {
  readonly number: number;
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** What the step that comments said. */
  readonly report: { readonly code: number | null; readonly said: string };
  readonly summary: string;
  /** What stands in GITHUB_OUTPUT of the plan. */
  readonly outputs: string;
  /** What stands in the files that give later steps an environment. */
  readonly environment: string;
  readonly comments: readonly string[];
  /** The work tree differs from what was checked out, or git's own folder has something new to run. */
  readonly disturbed: string;
}

/** A GitHub, two registries, and a server that nobody has a reason to speak with. */
export class Stage implements AsyncDisposable {
  readonly forge: ForgeWorkspace;
  readonly #trap: Server;
  readonly trapHost: string;
  /** What came to the server that nobody should know. */
  readonly trapped: string[] = [];
  readonly #top: string = mkdtempSync(join(tmpdir(), "waybill-hostile-"));
  /** Where everything that an attack would run leaves a mark. */
  readonly mark: string = join(this.#top, "it-ran");
  #count = 0;

  private constructor(forge: ForgeWorkspace, trap: Server, port: number) {
    this.forge = forge;
    this.#trap = trap;
    this.trapHost = `127.0.0.1:${port}`;
    trap.on("request", (request, response) => {
      this.trapped.push(`${request.method} ${request.url}`);
      response.writeHead(401, {
        "www-authenticate": `Bearer realm="http://${this.trapHost}/token"`,
      });
      response.end();
    });
  }

  static async open(files: Readonly<Record<string, string>> = {}): Promise<Stage> {
    const forge = await ForgeWorkspace.open({ [FILE]: STAGED, ...files });
    seed(forge.source.repository("staging/api"), APP);
    const trap = createServer().listen(0, "127.0.0.1");
    await once(trap, "listening");
    const address = trap.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    return new Stage(forge, trap, port);
  }

  get ran(): boolean {
    return existsSync(this.mark);
  }

  /** Everything that changed a registry. */
  get writes(): readonly string[] {
    return [...this.forge.source.requests, ...this.forge.target.requests]
      .filter(({ method }) => method !== "GET" && method !== "HEAD")
      .map(({ method, path }) => `${method} ${path}`);
  }

  /** Opens the pull request from a fork, and runs its check and its comment as the jobs do: a process each. */
  async attack(attack: Attack): Promise<Aftermath> {
    this.#count += 1;
    const { github } = this.forge;
    const login = `mallory${this.#count}`;
    const fork = await github.fork(login);
    const branch = attack.branch ?? "change";
    await commitTree(fork.git, { onto: "refs/heads/main", branch, entries: attack.entries });
    const { number } = await github.openPull({
      head: `${login}:${branch}`,
      author: login,
      title: attack.title ?? "A change",
      body: attack.body ?? "",
    });
    const folder = await this.forge.checkout(`refs/pull/${number}/merge`);
    const before = traces(folder);
    const job = join(this.#top, `job-${this.#count}`);
    mkdirSync(job);
    const plan = await this.#step(folder, job, ["plan", "--out", join(job, "plan.json")]);
    const token = github.actionsToken({ contents: "read", pull_requests: "write" });
    const report = existsSync(join(job, "plan.json"))
      ? await this.#step(
          folder,
          join(job, "report"),
          ["pr", "report", "--plan", join(job, "plan.json"), "--pr", String(number)],
          { GITHUB_TOKEN: token },
        )
      : { code: null, stdout: "", stderr: "" };
    return {
      number,
      ...plan,
      report: { code: report.code, said: report.stdout + report.stderr },
      summary: readIfThere(join(job, "summary")),
      outputs: readIfThere(join(job, "output")),
      environment: readIfThere(join(job, "env")) + readIfThere(join(job, "path")),
      comments: [...github.repository().comments.values()]
        .filter((comment) => comment.number === number)
        .map(({ body }) => body),
      disturbed: traces(folder) === before ? "" : traces(folder),
    };
  }

  async #step(
    folder: string,
    job: string,
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
    mkdirSync(job, { recursive: true });
    const { ended } = startWaybill(["--format", "github", ...args], {
      cwd: folder,
      env: {
        ...this.forge.github.env(),
        GITHUB_ACTIONS: "true",
        CI: "true",
        GITHUB_OUTPUT: join(job, "output"),
        GITHUB_STEP_SUMMARY: join(job, "summary"),
        GITHUB_ENV: join(job, "env"),
        GITHUB_PATH: join(job, "path"),
        WAYBILL_REGISTRY_AUTH_FILE: this.#credentials(),
        ...env,
      },
    });
    const { code, stdout, stderr } = await ended;
    return { code, stdout, stderr };
  }

  /** Credentials for the registries that the base knows: whoever gets them elsewhere has stolen them. */
  #credentials(): string {
    const file = join(this.#top, "auth.json");
    const auth = Buffer.from("robot:the-registry-password").toString("base64");
    const hosts = ["registry.example.com", "registry.oslo.example.com"];
    writeFileSync(
      file,
      JSON.stringify({ auths: Object.fromEntries(hosts.map((host) => [host, { auth }])) }),
    );
    return file;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#trap.close();
    this.#trap.closeAllConnections();
    await this.forge[Symbol.asyncDispose]();
    rmSync(this.#top, { recursive: true, force: true });
  }
}

/** Every file there is, with its size, its mode and where it leads; what git keeps for itself left out. */
function traces(folder: string): string {
  const own = ["-path", "*/.git/objects", "-o", "-path", "*/.git/index*"];
  const found = execFileSync(
    "find",
    [folder, "(", ...own, ")", "-prune", "-o", "-type", "d", "-o", "-printf", "%p %s %m %l\\n"],
    { encoding: "utf8" },
  );
  return found.split("\n").toSorted().join("\n");
}

function readIfThere(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}
