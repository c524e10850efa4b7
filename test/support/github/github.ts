import {
  createHmac,
  createVerify,
  generateKeyPairSync,
  randomBytes,
  randomUUID,
} from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BareRepository } from "./bare-repository.ts";
import type { Fault } from "./fault.ts";
import { ApiRefusal, invalid } from "./handler.ts";
import {
  accountJson,
  commentJson,
  pullJson,
  repositoryJson,
  reviewJson,
  type Json,
  type Places,
} from "./json.ts";
import { Listener } from "./listener.ts";
import { actionsPermissions, forkPermissions, rolePermissions } from "./rights.ts";
import type {
  FakeAccount,
  FakeActivity,
  FakeApp,
  FakeArtifact,
  FakeComment,
  FakePull,
  FakeRepository,
  FakeReview,
  FakeRole,
  FakeRun,
  FakeTeam,
  FakeToken,
  Permissions,
} from "./state.ts";

/** One request as it came in. */
export interface LoggedRequest {
  /** An operation of GitHub's description, `graphql/…` by its fields, `git`, or `storage`. */
  readonly operation: string;
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly by: string | undefined;
  /** The pull request that a GraphQL document asks for. */
  readonly about?: number;
}

export interface MadeApp {
  readonly app: FakeApp;
  readonly pem: string;
  readonly webhookSecret: string;
}

export interface Delivery {
  readonly id: number;
  readonly guid: string;
  readonly event: string;
  readonly payload: Json;
  readonly at: string;
  readonly redelivery: boolean;
  status: number;
}

export interface RefMove {
  readonly ref: string;
  readonly to: string | undefined;
}

export interface PushWork {
  readonly branch: string;
  readonly files: Readonly<Record<string, string | undefined>>;
  readonly by: string;
  readonly message?: string;
  /** Git's author, where it is not the one who pushes. */
  readonly author?: string;
  readonly coAuthors?: readonly string[];
  readonly repository?: string;
  /** Where a new branch starts, or an old one is reset to. */
  readonly from?: string;
}

export interface OpenPull {
  readonly head: string;
  readonly author: string;
  readonly base?: string;
  readonly title?: string;
  readonly body?: string;
  readonly draft?: boolean;
  readonly labels?: readonly string[];
  readonly repository?: string;
}

const GITHUB_ITSELF = { name: "GitHub", email: "noreply@github.com" };
const NOTHING = "0".repeat(40);

/**
 * A GitHub on loopback for tests: its API over HTTP, checked against GitHub's own description, and its repositories over
 * git's HTTP. What git holds is in real bare repositories; clone, push and merge are git's own.
 */
export class FakeGitHub implements AsyncDisposable {
  readonly accounts: Map<string, FakeAccount> = new Map();
  readonly repositories: Map<string, FakeRepository> = new Map();
  readonly teams: Map<string, FakeTeam> = new Map();
  readonly tokens: Map<string, FakeToken> = new Map();
  readonly apps: Map<number, FakeApp> = new Map();
  /** Apps that a person has agreed to by manifest, by the code that GitHub sent back. */
  readonly manifests: Map<string, MadeApp> = new Map();
  readonly requests: LoggedRequest[] = [];
  readonly deliveries: Delivery[] = [];
  readonly faults: Fault[] = [];
  /** Requests and answers that GitHub's description does not allow, and everything else that a client must not do. */
  readonly violations: string[] = [];
  /** How many listings do not show a comment that was just made. */
  commentLag = 0;
  /** What is left of the primary limit; undefined where there is no end. */
  limit: { remaining: number; resetAt: number } | undefined;
  webhook: { readonly url: string; readonly secret: string } | undefined;
  /** Milliseconds since the epoch; tests that compare times set it. */
  clock: () => number = Date.now;
  readonly root: string;
  readonly #api: Listener;
  readonly #storage: Listener;
  #lastId = 1000;
  #lock: Promise<unknown> = Promise.resolve();
  readonly #sending: Set<Promise<unknown>> = new Set();

  private constructor(root: string) {
    this.root = root;
    this.#api = new Listener(this, "api");
    this.#storage = new Listener(this, "storage");
  }

  static async start(options: { readonly private?: boolean } = {}): Promise<FakeGitHub> {
    const github = new FakeGitHub(await mkdtemp(join(tmpdir(), "fake-github-")));
    await Promise.all([github.#api.listen(), github.#storage.listen()]);
    github.addApp({ slug: "github-actions", id: 15_368, accountId: 41_898_282 });
    await github.addRepository("acme/promotions", options);
    return github;
  }

  get origin(): string {
    return this.#api.origin;
  }

  get places(): Places {
    return { origin: this.origin, api: `${this.origin}/api/v3` };
  }

  /** The variables that Actions would set for a job of a repository. */
  env(token?: string, repository = "acme/promotions"): Record<string, string> {
    return {
      GITHUB_SERVER_URL: this.origin,
      GITHUB_API_URL: `${this.origin}/api/v3`,
      GITHUB_GRAPHQL_URL: `${this.origin}/api/graphql`,
      GITHUB_REPOSITORY: repository,
      ...(token !== undefined && { GITHUB_TOKEN: token }),
    };
  }

  /** The address to clone from, with credentials where a token is given. */
  remote(token?: string, repository = "acme/promotions"): string {
    const url = new URL(`${this.origin}/${repository}.git`);
    if (token !== undefined) {
      url.username = "x-access-token";
      url.password = token;
    }
    return url.href;
  }

  storageOf(artifact: FakeArtifact): string {
    return `${this.#storage.origin}/artifact/${artifact.id}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.settled();
    await Promise.all([this.#api.close(), this.#storage.close()]);
    await rm(this.root, { recursive: true, force: true });
  }

  // --- who there is -------------------------------------------------------------------------------------------------

  nextId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  nextNumber(repository: FakeRepository): number {
    repository.nextNumber += 1;
    return repository.nextNumber - 1;
  }

  /** To the second, as GitHub tells time. */
  time(): string {
    return `${new Date(this.clock()).toISOString().slice(0, 19)}Z`;
  }

  addAccount(login: string, more: Partial<Pick<FakeAccount, "id" | "type">> = {}): FakeAccount {
    const id = more.id ?? this.nextId();
    const emails = [`${login}@example.com`, `${id}+${login}@users.noreply.github.com`];
    const account: FakeAccount = { login, id, type: more.type ?? "User", emails };
    this.accounts.set(login, account);
    return account;
  }

  /** The account of a login, made where there is none yet. */
  account(login: string): FakeAccount {
    return this.accounts.get(login) ?? this.addAccount(login);
  }

  addTeam(name: string, members: readonly string[], pending: readonly string[] = []): void {
    const [org = "", slug = ""] = name.split("/");
    const states = new Map([
      ...members.map((login) => [this.account(login).login, "active"] as const),
      ...pending.map((login) => [this.account(login).login, "pending"] as const),
    ]);
    this.teams.set(name, { org, slug, members: states });
  }

  addApp(options: {
    readonly slug: string;
    readonly id?: number;
    readonly accountId?: number;
    readonly publicKey?: string;
    readonly permissions?: Permissions;
  }): FakeApp {
    const id = options.id ?? this.nextId();
    const account = this.addAccount(`${options.slug}[bot]`, {
      id: options.accountId ?? this.nextId(),
      type: "Bot",
    });
    const app: FakeApp = {
      id,
      slug: options.slug,
      name: options.slug,
      account,
      publicKey: options.publicKey,
      permissions: { metadata: "read", ...options.permissions },
      installation: this.nextId(),
    };
    this.apps.set(id, app);
    return app;
  }

  /** Agrees to an App's manifest as a person would; returns the code that GitHub sends back. */
  agreeToManifest(slug: string, permissions: Permissions): string {
    const { privateKey: pem, publicKey } = generateKeyPairSync("rsa", {
      modulusLength: 2048,
      privateKeyEncoding: { type: "pkcs1", format: "pem" },
      publicKeyEncoding: { type: "spki", format: "pem" },
    });
    const code = randomBytes(20).toString("hex");
    const app = this.addApp({ slug, publicKey, permissions });
    this.manifests.set(code, { app, pem, webhookSecret: randomBytes(20).toString("hex") });
    return code;
  }

  collaborator(login: string, role: FakeRole, repository?: string): FakeAccount {
    this.repository(repository).collaborators.set(login, role);
    return this.account(login);
  }

  roleOf(repository: FakeRepository, login: string): FakeRole {
    return repository.collaborators.get(login) ?? (repository.private ? "none" : "read");
  }

  // --- tokens -------------------------------------------------------------------------------------------------------

  /** GITHUB_TOKEN of a job with these permissions. */
  actionsToken(permissions: Permissions): string {
    const app = [...this.apps.values()].find(({ slug }) => slug === "github-actions");
    if (app === undefined) throw new Error("Actions is an App");
    return this.#issue({
      account: app.account,
      kind: "actions",
      app,
      permissions: actionsPermissions(permissions),
    });
  }

  /** GITHUB_TOKEN of a job of a fork's pull request with these permissions in its workflow. */
  forkToken(permissions: Permissions): string {
    return this.actionsToken(forkPermissions(permissions));
  }

  /** A token of an installed App. */
  installationToken(
    app: FakeApp,
    permissions: Permissions = app.permissions,
    repositories?: readonly string[],
  ): string {
    return this.#issue({
      account: app.account,
      kind: "app",
      app,
      permissions: { metadata: "read", ...permissions },
      repositories,
    });
  }

  /** A person's token. */
  userToken(login: string): string {
    return this.#issue({
      account: this.account(login),
      kind: "user",
      app: undefined,
      permissions: {},
    });
  }

  #issue(token: FakeToken): string {
    const prefix = { actions: "ghs", app: "ghs", user: "ghp" }[token.kind];
    const text = `${prefix}_${randomBytes(18).toString("hex")}`;
    this.tokens.set(text, token);
    return text;
  }

  /** What a token may do with a repository. */
  permissionsOf(token: FakeToken, repository: FakeRepository | undefined): Permissions {
    const { repositories } = token;
    if (repositories?.includes(repository?.name ?? "") === false) return {};
    if (token.kind !== "user") return token.permissions;
    if (repository === undefined) return rolePermissions("read");
    return rolePermissions(this.roleOf(repository, token.account.login));
  }

  /** The App that signed a JWT; undefined where none did. */
  appOfJwt(jwt: string): FakeApp | undefined {
    const [header = "", claims = "", signature = ""] = jwt.split(".");
    if (signature === "") return undefined;
    const { iss }: { iss?: unknown } = JSON.parse(Buffer.from(claims, "base64url").toString());
    const app = this.apps.get(Number(iss));
    if (app?.publicKey === undefined) return undefined;
    const check = createVerify("RSA-SHA256").update(`${header}.${claims}`);
    return check.verify(app.publicKey, signature, "base64url") ? app : undefined;
  }

  // --- repositories -------------------------------------------------------------------------------------------------

  async addRepository(
    name: string,
    options: { readonly private?: boolean; readonly forkOf?: FakeRepository } = {},
  ): Promise<FakeRepository> {
    const [owner = "", repo = ""] = name.split("/");
    const folder = join(this.root, "git", owner, `${repo}.git`);
    const repository: FakeRepository = {
      id: this.nextId(),
      owner,
      name: repo,
      private: options.private ?? false,
      defaultBranch: "main",
      git: await BareRepository.create(folder, "main"),
      forkOf: options.forkOf,
      collaborators: new Map(),
      pulls: new Map(),
      issues: new Map(),
      comments: new Map(),
      checks: new Map(),
      statuses: [],
      deployments: new Map(),
      runs: new Map(),
      activity: [],
      rules: new Map(),
      environments: new Map(),
      settings: {
        workflowPermissions: "read",
        workflowsApprove: false,
        defaultSubject: true,
        immutableSubject: true,
      },
      nextNumber: 1,
    };
    this.repositories.set(name.toLowerCase(), repository);
    return repository;
  }

  /** Makes `LOGIN/NAME` from a repository, with its default branch. */
  async fork(login: string, of?: string): Promise<FakeRepository> {
    const parent = this.repository(of);
    this.account(login);
    const made = await this.addRepository(`${login}/${parent.name}`, { forkOf: parent });
    made.collaborators.set(login, "admin");
    const head = await parent.git.head(`refs/heads/${parent.defaultBranch}`);
    if (head !== undefined) {
      await made.git.fetchFrom(parent.git, head);
      await made.git.setRef(`refs/heads/${made.defaultBranch}`, head);
    }
    return made;
  }

  repository(name = "acme/promotions"): FakeRepository {
    const found = this.repositories.get(name.toLowerCase());
    if (found === undefined) throw new Error(`no repository ${name}`);
    return found;
  }

  /** Runs one change of references at a time, as the API and a push may meet. */
  locked<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#lock.then(work, work);
    this.#lock = next.then(ignore, ignore);
    return next;
  }

  // --- what people do -----------------------------------------------------------------------------------------------

  /** Commits to a branch and pushes it, as a person would; returns the commit. */
  async push(work: PushWork): Promise<string> {
    const repository = this.repository(work.repository);
    const ref = `refs/heads/${work.branch}`;
    const { git } = repository;
    const start = work.from ?? ref;
    const parent =
      (await git.head(start)) ?? (await git.head(`refs/heads/${repository.defaultBranch}`));
    const trailers = (work.coAuthors ?? []).map((login) => {
      const [email = ""] = this.account(login).emails;
      return `Co-authored-by: ${login} <${email}>`;
    });
    const message = [
      work.message ?? `change ${work.branch}`,
      ...(trailers.length > 0 ? ["", ...trailers] : []),
    ];
    const commit = await git.commit({
      parents: parent === undefined ? [] : [parent],
      files: new Map(Object.entries(work.files)),
      message: message.join("\n"),
      author: this.#gitPerson(work.author ?? work.by),
      at: Math.floor(this.clock() / 1000),
    });
    await this.moveRefs(repository, [{ ref, to: commit }], this.account(work.by));
    return commit;
  }

  #gitPerson(login: string): { readonly name: string; readonly email: string } {
    const account = this.account(login);
    return { name: login, email: account.emails[0] ?? "" };
  }

  async openPull(work: OpenPull): Promise<FakePull> {
    const repository = this.repository(work.repository);
    const [owner, ...rest] = work.head.includes(":")
      ? work.head.split(":")
      : [repository.owner, work.head];
    const branch = rest.join(":");
    const head =
      owner === repository.owner
        ? repository
        : [...this.repositories.values()].find(
            (one) => one.owner === owner && one.forkOf === repository,
          );
    const commit = await head?.git.head(`refs/heads/${branch}`);
    const base = work.base ?? repository.defaultBranch;
    const baseCommit = await repository.git.head(`refs/heads/${base}`);
    if (head === undefined || commit === undefined)
      throw invalid("Validation Failed", [
        { resource: "PullRequest", field: "head", code: "invalid" },
      ]);
    if (baseCommit === undefined)
      throw invalid("Validation Failed", [
        { resource: "PullRequest", field: "base", code: "invalid" },
      ]);
    const same = [...repository.pulls.values()].find(
      (one) =>
        one.state === "open" &&
        one.head.repository === head &&
        one.head.branch === branch &&
        one.base.branch === base,
    );
    if (same !== undefined) {
      throw invalid("Validation Failed", [
        {
          resource: "PullRequest",
          code: "custom",
          message: `A pull request already exists for ${owner}:${branch}.`,
        },
      ]);
    }
    await repository.git.fetchFrom(head.git, commit);
    if ((await repository.git.between(baseCommit, commit)).length === 0) {
      throw invalid("Validation Failed", [
        {
          resource: "PullRequest",
          code: "custom",
          message: `No commits between ${base} and ${branch}`,
        },
      ]);
    }
    const pull: FakePull = {
      number: this.nextNumber(repository),
      author: this.account(work.author),
      title: work.title ?? `Change ${branch}`,
      body: work.body ?? "",
      lastEditedAt: undefined,
      state: "open",
      draft: work.draft ?? false,
      head: { repository: head, branch, commit },
      base: { branch: base, commit: baseCommit },
      createdAt: this.time(),
      updatedAt: this.time(),
      merged: undefined,
      commits: undefined,
      forGood: false,
      headGone: false,
      labels: [...(work.labels ?? [])],
      reviews: [],
    };
    repository.pulls.set(pull.number, pull);
    await this.#refreshPullRefs(repository, pull);
    this.#emitPull(repository, pull, "opened", pull.author);
    return pull;
  }

  pull(number: number, repository?: string): FakePull {
    const found = this.repository(repository).pulls.get(number);
    if (found === undefined) throw new Error(`no pull request ${number}`);
    return found;
  }

  review(
    number: number,
    work: {
      readonly by: string;
      readonly state?: FakeReview["state"];
      /** Null is a review whose commit GitHub has forgotten. */
      readonly commit?: string | null;
      readonly repository?: string;
    },
  ): FakeReview {
    const pull = this.pull(number, work.repository);
    const state = work.state ?? "APPROVED";
    const review: FakeReview = {
      id: this.nextId(),
      author: this.account(work.by),
      state,
      commit: work.commit === undefined ? pull.head.commit : work.commit,
      submittedAt: state === "PENDING" ? undefined : this.time(),
      body: "",
    };
    pull.reviews.push(review);
    const repository = this.repository(work.repository);
    this.emit("pull_request_review", {
      action: "submitted",
      review: reviewJson(repository, pull, review, this.places),
      pull_request: pullJson(repository, pull, this.places),
      repository,
      sender: this.account(work.by),
    });
    return review;
  }

  dismiss(number: number, review: number, repository?: string): FakeReview {
    const found = this.pull(number, repository).reviews.find(({ id }) => id === review);
    if (found === undefined) throw new ApiRefusal(404, "Not Found");
    found.state = "DISMISSED";
    return found;
  }

  editBody(number: number, body: string, repository?: string): void {
    const pull = this.pull(number, repository);
    if (pull.body === body) return;
    pull.body = body;
    pull.lastEditedAt = this.time();
    pull.updatedAt = this.time();
  }

  closePull(repository: FakeRepository, pull: FakePull, by: FakeAccount): void {
    if (pull.state === "closed") return;
    pull.state = "closed";
    this.#emitPull(repository, pull, "closed", by);
  }

  comment(number: number, by: string, body: string, repository?: string): FakeComment {
    return this.addComment(this.repository(repository), { number, by: this.account(by), body });
  }

  addComment(
    repository: FakeRepository,
    work: { readonly number: number; readonly by: FakeAccount; readonly body: string },
  ): FakeComment {
    const made: FakeComment = {
      id: this.nextId(),
      number: work.number,
      author: work.by,
      body: work.body,
      createdAt: this.time(),
      updatedAt: this.time(),
      lag: this.commentLag,
      reactions: [],
    };
    repository.comments.set(made.id, made);
    const pull = repository.pulls.get(work.number);
    this.emit("issue_comment", {
      action: "created",
      comment: commentJson(repository, made, this.places),
      issue: { number: work.number, ...(pull !== undefined && { pull_request: {} }) },
      repository,
      sender: work.by,
    });
    return made;
  }

  /** Merges as the button does: a real merge, squash or rebase on the base branch. */
  async merge(
    number: number,
    work: {
      readonly by: string;
      readonly method?: "merge" | "squash" | "rebase";
      readonly repository?: string;
    },
  ): Promise<string> {
    const repository = this.repository(work.repository);
    const pull = this.pull(number, work.repository);
    if (pull.state !== "open" || pull.draft)
      throw new ApiRefusal(405, "Pull Request is not mergeable");
    const by = this.account(work.by);
    const commits = await this.commitsOf(repository, pull);
    const commit = await this.#mergeCommit(repository, pull, {
      by: work.by,
      method: work.method ?? "merge",
    });
    pull.commits = commits;
    pull.state = "closed";
    pull.merged = { at: this.time(), by, commit };
    pull.updatedAt = this.time();
    await this.moveRefs(
      repository,
      [{ ref: `refs/heads/${pull.base.branch}`, to: commit }],
      by,
      "pr_merge",
    );
    this.#emitPull(repository, pull, "closed", by);
    return commit;
  }

  async #mergeCommit(
    { git, owner }: FakeRepository,
    pull: FakePull,
    work: { readonly by: string; readonly method: "merge" | "squash" | "rebase" },
  ): Promise<string> {
    const base = await git.head(`refs/heads/${pull.base.branch}`);
    const tree = base === undefined ? undefined : await git.mergedTree(base, pull.head.commit);
    if (base === undefined || tree === undefined) throw new ApiRefusal(405, "Merge conflict");
    const at = Math.floor(this.clock() / 1000);
    if (work.method === "rebase") {
      let onto = base;
      for (const oid of await git.between(base, pull.head.commit)) {
        const facts = await git.facts(oid);
        // Each commit of the test's own making touches what the merge of it with the base gives.
        const step = await git.mergedTree(onto, oid);
        if (step === undefined) throw new ApiRefusal(405, "Rebase conflict");
        onto = await git.commitTree(step, {
          parents: [onto],
          message: facts.message,
          author: facts.author,
          committer: GITHUB_ITSELF,
          at,
        });
      }
      return onto;
    }
    const isSquash = work.method === "squash";
    const message = isSquash
      ? `${pull.title} (#${pull.number})`
      : `Merge pull request #${pull.number} from ${owner}/${pull.head.branch}\n\n${pull.title}`;
    return git.commitTree(tree, {
      parents: isSquash ? [base] : [base, pull.head.commit],
      message,
      author: this.#gitPerson(isSquash ? pull.author.login : work.by),
      committer: GITHUB_ITSELF,
      at,
    });
  }

  /** The commits of a pull request, oldest first. */
  async commitsOf({ git }: FakeRepository, pull: FakePull): Promise<readonly string[]> {
    if (pull.commits !== undefined) return pull.commits;
    const base = (await git.head(`refs/heads/${pull.base.branch}`)) ?? pull.base.commit;
    return git.between(base, pull.head.commit);
  }

  /** Files a finished workflow run, with its artifacts. */
  addRun(
    work: Partial<Omit<FakeRun, "id" | "artifacts">> & {
      readonly headCommit: string;
      readonly artifacts?: Readonly<Record<string, Uint8Array>>;
      readonly repository?: string;
    },
  ): FakeRun {
    const run: FakeRun = {
      id: this.nextId(),
      attempt: work.attempt ?? 1,
      event: work.event ?? "pull_request",
      path: work.path ?? ".github/workflows/plan.yml",
      headCommit: work.headCommit,
      headBranch: work.headBranch ?? "feature",
      headRepository: work.headRepository ?? "acme/promotions",
      status: work.status ?? "completed",
      conclusion: work.conclusion === undefined ? "success" : work.conclusion,
      createdAt: work.createdAt ?? this.time(),
      artifacts: Object.entries(work.artifacts ?? {}).map(([name, archive]) => ({
        id: this.nextId(),
        name,
        archive,
        expired: false,
        createdAt: this.time(),
      })),
    };
    this.repository(work.repository).runs.set(run.id, run);
    return run;
  }

  // --- references ---------------------------------------------------------------------------------------------------

  /** Moves references and lets everything follow that hangs on them. */
  moveRefs(
    repository: FakeRepository,
    moves: readonly RefMove[],
    by: FakeAccount,
    how?: "pr_merge",
  ): Promise<void> {
    return this.locked(async () => {
      for (const { ref, to } of moves) {
        const before = await repository.git.head(ref);
        await repository.git.setRef(ref, to);
        await this.refMoved(repository, { ref, before, after: to, by, how });
      }
    });
  }

  /** What follows from a reference that was moved, by the API or by a push. */
  async refMoved(
    repository: FakeRepository,
    move: {
      readonly ref: string;
      readonly before: string | undefined;
      readonly after: string | undefined;
      readonly by: FakeAccount;
      readonly how?: "pr_merge" | undefined;
    },
  ): Promise<void> {
    const { ref, before, after, by } = move;
    if (!ref.startsWith("refs/heads/") || before === after) return;
    repository.activity.push({
      id: this.nextId(),
      before: before ?? NOTHING,
      after: after ?? NOTHING,
      ref,
      at: this.time(),
      type: move.how ?? (await activityType(repository.git, before, after)),
      actor: by,
    });
    this.emit("push", {
      ref,
      before: before ?? NOTHING,
      after: after ?? NOTHING,
      repository,
      sender: by,
    });
    const branch = ref.slice("refs/heads/".length);
    for (const owner of this.repositories.values()) {
      for (const pull of owner.pulls.values()) {
        if (pull.state !== "open") continue;
        if (pull.head.repository === repository && pull.head.branch === branch) {
          await this.#headMoved(owner, pull, { after, by });
        } else if (owner === repository && pull.base.branch === branch && after !== undefined) {
          await this.#baseMoved(owner, pull, { after, by });
        }
      }
    }
  }

  async #headMoved(
    repository: FakeRepository,
    pull: FakePull,
    { after, by }: { readonly after: string | undefined; readonly by: FakeAccount },
  ): Promise<void> {
    if (after === undefined) {
      this.closePull(repository, pull, by);
      return;
    }
    await repository.git.fetchFrom(pull.head.repository.git, after);
    const base = (await repository.git.head(`refs/heads/${pull.base.branch}`)) ?? pull.base.commit;
    pull.head.commit = after;
    pull.base.commit = base;
    pull.updatedAt = this.time();
    if ((await repository.git.between(base, after)).length === 0) {
      pull.forGood = true;
      this.closePull(repository, pull, by);
      return;
    }
    await this.#refreshPullRefs(repository, pull);
    this.#emitPull(repository, pull, "synchronize", by);
  }

  async #baseMoved(
    repository: FakeRepository,
    pull: FakePull,
    { after, by }: { readonly after: string; readonly by: FakeAccount },
  ): Promise<void> {
    if (await repository.git.isAncestor(pull.head.commit, after)) {
      pull.commits = await repository.git.between(pull.base.commit, pull.head.commit);
      pull.state = "closed";
      pull.merged = { at: this.time(), by, commit: after };
      this.#emitPull(repository, pull, "closed", by);
      return;
    }
    await this.#refreshPullRefs(repository, pull);
  }

  /** refs/pull/N/head, and refs/pull/N/merge where it can be merged. */
  async #refreshPullRefs({ git }: FakeRepository, pull: FakePull): Promise<void> {
    await git.setRef(`refs/pull/${pull.number}/head`, pull.head.commit);
    const base = (await git.head(`refs/heads/${pull.base.branch}`)) ?? pull.base.commit;
    const tree = await git.mergedTree(base, pull.head.commit);
    const merge = `refs/pull/${pull.number}/merge`;
    if (tree === undefined) {
      if ((await git.head(merge)) !== undefined) await git.setRef(merge, undefined);
      return;
    }
    const commit = await git.commitTree(tree, {
      parents: [base, pull.head.commit],
      message: `Merge ${pull.head.commit} into ${base}`,
      author: GITHUB_ITSELF,
      at: Math.floor(this.clock() / 1000),
    });
    await git.setRef(merge, commit);
  }

  // --- events -------------------------------------------------------------------------------------------------------

  #emitPull(repository: FakeRepository, pull: FakePull, action: string, by: FakeAccount): void {
    this.emit("pull_request", {
      action,
      number: pull.number,
      pull_request: {
        ...pullJson(repository, pull, this.places),
        merged: pull.merged !== undefined,
      },
      repository,
      sender: by,
    });
  }

  emit(
    event: string,
    payload: Json & { readonly repository: FakeRepository; readonly sender: FakeAccount },
  ): void {
    const { repository, sender, ...rest } = payload;
    this.#deliver({
      id: this.nextId(),
      guid: randomUUID(),
      event,
      payload: {
        ...rest,
        repository: repositoryJson(repository, this.places),
        sender: accountJson(sender),
      },
      at: this.time(),
      redelivery: false,
      status: 0,
    });
  }

  redeliver(old: Delivery): void {
    this.#deliver({ ...old, id: this.nextId(), redelivery: true, status: 0 });
  }

  #deliver(delivery: Delivery): void {
    this.deliveries.push(delivery);
    if (this.webhook === undefined) return;
    const { url, secret } = this.webhook;
    const body = JSON.stringify(delivery.payload);
    const signature = createHmac("sha256", secret).update(body).digest("hex");
    const headers = {
      "content-type": "application/json",
      "user-agent": "GitHub-Hookshot/fake",
      "x-github-event": delivery.event,
      "x-github-delivery": delivery.guid,
      "x-hub-signature-256": `sha256=${signature}`,
    };
    const sent = post(url, body, headers).then((status) => Object.assign(delivery, { status }));
    const tracked: Promise<unknown> = sent.finally(() => this.#sending.delete(tracked));
    this.#sending.add(tracked);
  }

  /** Waits until every webhook was answered. */
  async settled(): Promise<void> {
    while (this.#sending.size > 0) await Promise.all(this.#sending);
  }

  // --- what a test asks ---------------------------------------------------------------------------------------------

  /** How many requests of an operation came in; of all where none is named. */
  count(operation?: string): number {
    return this.requests.filter((one) => operation === undefined || one.operation === operation)
      .length;
  }

  /** The next requests of an operation get this instead of what they would, or after it. */
  fault(fault: Fault): void {
    this.faults.push(fault);
  }
}

async function activityType(
  git: BareRepository,
  before: string | undefined,
  after: string | undefined,
): Promise<FakeActivity["type"]> {
  if (before === undefined) return "branch_creation";
  if (after === undefined) return "branch_deletion";
  return (await git.isAncestor(before, after)) ? "push" : "force_push";
}

/** The status of the answer; 502 where there is none. */
async function post(
  url: string,
  body: string,
  headers: Readonly<Record<string, string>>,
): Promise<number> {
  try {
    const answer = await fetch(url, { method: "POST", body, headers });
    await answer.arrayBuffer();
    return answer.status;
  } catch (error) {
    if (error instanceof TypeError) return 502;
    throw error;
  }
}

function ignore(): void {}
