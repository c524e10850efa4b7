import { execFile, type ChildProcess } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { parseRecordLine } from "#audit";
import type { RunRecord } from "#model";
import { bundled } from "../../support/bundle.ts";
import { ForgeWorkspace } from "../../support/forge-workspace.ts";
import { runStep, type Ended } from "../../support/job-process.ts";
import { readOutputs } from "../../support/step-outputs.ts";

const execute = promisify(execFile);

/** The rights that the workflows give their jobs (.github/workflows). */
const RIGHTS = {
  plan: { contents: "read" },
  report: { contents: "read", pull_requests: "write", actions: "read" },
  approval: { contents: "read", pull_requests: "read", actions: "read", checks: "read" },
  apply: {
    contents: "read",
    pull_requests: "write",
    issues: "write",
    deployments: "write",
    actions: "read",
    checks: "read",
  },
  record: { contents: "write", actions: "read" },
} as const;

type Command = keyof typeof RIGHTS;

/** What a step of a workflow's job left. */
export interface Stepped extends Ended {
  readonly summary: string;
  readonly outputs: ReadonlyMap<string, string>;
  /** The runner's folder for temporary files, which the next job gets as an artifact. */
  readonly temp: string;
  readonly folder: string;
  /** What was checked out. */
  readonly commit: string;
}

export interface Applied extends Stepped {
  readonly record: RunRecord | undefined;
}

interface JobOf {
  readonly command: Command;
  readonly event: readonly [name: string, payload: unknown];
  readonly reference: string;
  readonly token?: string;
  readonly temp?: string | undefined;
  readonly channel?: string | undefined;
  readonly meet?: ((child: ChildProcess) => void) | undefined;
}

/** How a merge's job is to run. */
export interface ApplyJob {
  readonly commit?: string;
  readonly channel?: string;
  readonly meet?: (child: ChildProcess) => void;
}

/**
 * The jobs of this product's workflows on a GitHub of this machine, each a process of the action with the event's payload,
 * a token with that job's rights, and a clone of its own.
 */
export class Story implements AsyncDisposable {
  readonly workspace: ForgeWorkspace;
  /** A file that every job reads instead of policies/registries.yaml, as a runner of one's own may have it. */
  registries: string | undefined;
  readonly #folders: string[] = [];
  #run = 100;

  private constructor(workspace: ForgeWorkspace) {
    this.workspace = workspace;
  }

  static async open(files: Readonly<Record<string, string>> = {}): Promise<Story> {
    return new Story(await ForgeWorkspace.open(files));
  }

  /** The check `waybill / plan`: of the merge result, by a token that only reads. */
  plan(number: number, token?: string): Promise<Stepped> {
    return this.#job({
      command: "plan",
      ...this.#about(number),
      ...(token !== undefined && { token }),
    });
  }

  /** The job of the comment, with what the plan's job left. */
  report(number: number, { temp, commit }: Stepped, token?: string): Promise<Stepped> {
    return this.#job({
      command: "report",
      ...this.#about(number),
      // A run that is started again is about the commit that it was about.
      reference: commit,
      temp,
      ...(token !== undefined && { token }),
    });
  }

  /** The check `waybill / approval`. */
  approval(number: number): Promise<Stepped> {
    return this.#job({ command: "approval", ...this.#about(number) });
  }

  /** Both checks and the comment, as a push to a pull request starts them. */
  async checks(number: number): Promise<Stepped> {
    const planned = await this.plan(number);
    await this.report(number, planned);
    return planned;
  }

  /** Both checks of a merge queue's group that ends with a pull request. */
  async grouped(number: number): Promise<{ readonly plan: Stepped; readonly approval: Stepped }> {
    const base = await this.commitAt("refs/heads/main");
    const reference = await this.commitAt(`refs/pull/${number}/merge`);
    const head_ref = `refs/heads/gh-readonly-queue/main/pr-${number}-${base}`;
    const group = { head_ref, head_sha: reference, base_ref: "refs/heads/main", base_sha: base };
    const event = ["merge_group", { action: "checks_requested", merge_group: group }] as const;
    return {
      plan: await this.#job({ command: "plan", event, reference }),
      approval: await this.#job({ command: "approval", event, reference }),
    };
  }

  /** The job of a push to main; its record is left to another. */
  async apply({ commit = "refs/heads/main", channel, meet }: ApplyJob = {}): Promise<Applied> {
    const reference = await this.commitAt(commit);
    const event = ["push", {}] as const;
    const ended = await this.#job({ command: "apply", event, reference, channel, meet });
    const line = readIf(join(ended.temp, "waybill", "record.json"));
    return { ...ended, record: parseRecordLine(line.trim()) };
  }

  /** The job that keeps what an apply wrote down. */
  record({ temp }: Stepped): Promise<Stepped> {
    const event = ["push", {}] as const;
    return this.#job({ command: "record", event, reference: "refs/heads/main", temp });
  }

  /** A merge's jobs: apply, then the record. */
  async merged(): Promise<Applied> {
    const applied = await this.apply();
    await this.record(applied);
    return applied;
  }

  /** Types `waybill …` in a clone of main, as somebody does who has a token. */
  async type(
    args: readonly string[],
    { token, actor }: { readonly token: string; readonly actor: string },
  ): Promise<Ended> {
    const folder = await this.workspace.checkout("refs/heads/main");
    const script = bundled("waybill");
    const env = { ...this.workspace.github.env(token), GITHUB_ACTOR: actor };
    return runStep({ folder, script, args, env });
  }

  /** Proposes, has it approved, and merges; the pull request's number. */
  async mergeApproved(
    files: Readonly<Record<string, string>>,
    approvers: readonly string[] = ["alice", "carol"],
  ): Promise<number> {
    this.#run += 1;
    const number = await this.workspace.propose(files, { branch: `change-${this.#run}` });
    for (const by of approvers) this.workspace.github.review(number, { by });
    await this.workspace.github.merge(number, { by: "dave" });
    return number;
  }

  async commitAt(reference: string): Promise<string> {
    return (await this.workspace.github.repository().git.head(reference)) ?? reference;
  }

  /** The lines of main's newest note, as anybody reads them with git. */
  async notes(): Promise<readonly RunRecord[]> {
    const folder = await this.workspace.checkout("refs/heads/main");
    const notes = "refs/notes/waybill";
    await this.workspace.git(folder, "fetch", "-q", "origin", `${notes}:${notes}`);
    const { stdout } = await execute("git", ["notes", "--ref", notes, "show"], { cwd: folder });
    return stdout
      .trim()
      .split("\n")
      .flatMap((line) => parseRecordLine(line) ?? []);
  }

  /** The comments on a pull request, oldest first. */
  comments(number: number): readonly string[] {
    const all = [...this.workspace.github.repository().comments.values()];
    return all.filter((comment) => comment.number === number).map(({ body }) => body);
  }

  issues(): readonly { readonly state: string; readonly body: string }[] {
    return [...this.workspace.github.repository().issues.values()];
  }

  /** Tags at the site. */
  placed(path: string): readonly string[] {
    return [...this.workspace.target.repository(path).tags.keys()].toSorted();
  }

  /** Requests to GitHub's API, without git's. */
  calls(): number {
    return this.workspace.github.requests.filter(({ operation }) => operation !== "git").length;
  }

  #about(number: number): Pick<JobOf, "event" | "reference"> {
    const { deliveries } = this.workspace.github;
    const own = deliveries.findLast(
      ({ event, payload }) => event === "pull_request" && payload["number"] === number,
    );
    return {
      event: ["pull_request", own?.payload ?? { number }],
      reference: `refs/pull/${number}/merge`,
    };
  }

  async #job({ command, event, reference, channel, meet, ...given }: JobOf): Promise<Stepped> {
    const { github } = this.workspace;
    const folder = await this.workspace.checkout(reference);
    const commit = await this.workspace.git(folder, "rev-parse", "HEAD");
    const temp = given.temp ?? this.#folder();
    const [name, payload] = event;
    writeFileSync(join(temp, "event.json"), JSON.stringify(payload));
    for (const file of ["summary.md", "outputs"]) rmSync(join(temp, file), { force: true });
    this.#run += 1;
    const ended = await runStep({
      folder: temp,
      script: bundled("action"),
      env: {
        ...github.env(),
        GITHUB_ACTIONS: "true",
        GITHUB_ACTOR: "dave",
        GITHUB_RUN_ID: String(this.#run),
        GITHUB_SHA: commit,
        GITHUB_WORKSPACE: folder,
        GITHUB_EVENT_NAME: name,
        GITHUB_EVENT_PATH: join(temp, "event.json"),
        GITHUB_OUTPUT: join(temp, "outputs"),
        GITHUB_STEP_SUMMARY: join(temp, "summary.md"),
        RUNNER_TEMP: temp,
        ...(name === "push" && { GITHUB_REF_TYPE: "branch", GITHUB_REF_NAME: "main" }),
        INPUT_COMMAND: command,
        INPUT_TOKEN: given.token ?? github.actionsToken(RIGHTS[command]),
        ...(channel !== undefined && { INPUT_CHANNEL: channel }),
        ...(this.registries !== undefined && { INPUT_REGISTRIES: this.registries }),
      },
      meet,
    });
    return {
      ...ended,
      temp,
      folder,
      commit,
      summary: readIf(join(temp, "summary.md")),
      outputs: readOutputs(readIf(join(temp, "outputs"))),
    };
  }

  #folder(): string {
    const folder = mkdtempSync(join(tmpdir(), "waybill-runner-"));
    this.#folders.push(folder);
    return folder;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const folder of this.#folders) rmSync(folder, { recursive: true, force: true });
    const { violations } = this.workspace.github;
    await this.workspace[Symbol.asyncDispose]();
    if (violations.length > 0) throw new Error(violations.join("\n"));
  }
}

function readIf(path: string): string {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}
