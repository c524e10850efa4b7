import type { BareRepository } from "./bare-repository.ts";

export interface FakeAccount {
  readonly login: string;
  readonly id: number;
  readonly type: "User" | "Bot" | "Organization";
  /** Addresses that commits are matched with. */
  readonly emails: readonly string[];
}

export type FakeRole = "admin" | "maintain" | "write" | "triage" | "read" | "none";

export interface FakeTeam {
  readonly org: string;
  readonly slug: string;
  readonly members: ReadonlyMap<string, "active" | "pending">;
}

export interface FakePull {
  readonly number: number;
  readonly author: FakeAccount;
  title: string;
  body: string;
  lastEditedAt: string | undefined;
  state: "open" | "closed";
  draft: boolean;
  readonly head: { readonly repository: FakeRepository; readonly branch: string; commit: string };
  readonly base: { readonly branch: string; commit: string };
  readonly createdAt: string;
  updatedAt: string;
  merged: { readonly at: string; readonly by: FakeAccount; readonly commit: string } | undefined;
  /** The commits as they were at the merge; an open one's are computed. */
  commits: readonly string[] | undefined;
  /** A head branch that was reset to its base closes the pull request for good. */
  forGood: boolean;
  headGone: boolean;
  readonly labels: string[];
  readonly reviews: FakeReview[];
}

export interface FakeReview {
  readonly id: number;
  readonly author: FakeAccount | null;
  state: "APPROVED" | "CHANGES_REQUESTED" | "COMMENTED" | "DISMISSED" | "PENDING";
  readonly commit: string | null;
  readonly submittedAt: string | undefined;
  readonly body: string;
}

export interface FakeIssue {
  readonly number: number;
  readonly author: FakeAccount;
  title: string;
  body: string;
  state: "open" | "closed";
  readonly createdAt: string;
  updatedAt: string;
}

export interface FakeComment {
  readonly id: number;
  readonly number: number;
  readonly author: FakeAccount | null;
  body: string;
  readonly createdAt: string;
  updatedAt: string;
  /** How many listings do not show it yet. */
  lag: number;
  readonly reactions: { readonly by: string; readonly content: string }[];
}

export interface FakeCheck {
  readonly id: number;
  readonly name: string;
  readonly commit: string;
  readonly app: FakeApp;
  externalId: string;
  detailsUrl: string | undefined;
  status: string;
  conclusion: string | null;
  startedAt: string;
  completedAt: string | null;
  title: string | null;
  summary: string | null;
  text: string | null;
  readonly annotations: unknown[];
  actions: unknown[];
}

export interface FakeStatus {
  readonly commit: string;
  readonly context: string;
  readonly state: string;
  readonly description: string | null;
  readonly targetUrl: string | null;
  readonly by: FakeAccount;
  readonly at: string;
}

export interface FakeDeployment {
  readonly id: number;
  readonly commit: string;
  readonly environment: string;
  readonly task: string;
  readonly description: string;
  readonly production: boolean;
  readonly by: FakeAccount;
  readonly at: string;
  readonly statuses: {
    readonly id: number;
    readonly state: string;
    readonly description: string;
    readonly logUrl: string;
    readonly at: string;
  }[];
}

export interface FakeRun {
  readonly id: number;
  attempt: number;
  readonly event: string;
  readonly path: string;
  readonly headCommit: string;
  readonly headBranch: string;
  readonly headRepository: string;
  status: string;
  conclusion: string | null;
  readonly createdAt: string;
  readonly artifacts: FakeArtifact[];
}

export interface FakeArtifact {
  readonly id: number;
  readonly name: string;
  readonly archive: Uint8Array;
  expired: boolean;
  readonly createdAt: string;
}

export interface FakeActivity {
  readonly id: number;
  readonly before: string;
  readonly after: string;
  readonly ref: string;
  readonly at: string;
  readonly type: "push" | "force_push" | "branch_creation" | "branch_deletion" | "pr_merge";
  readonly actor: FakeAccount | null;
}

export interface FakeApp {
  readonly id: number;
  readonly slug: string;
  readonly name: string;
  readonly account: FakeAccount;
  /** The PEM that GitHub would keep: it checks the App's JWTs. */
  readonly publicKey: string | undefined;
  readonly permissions: Permissions;
  readonly installation: number;
}

export type Permissions = Readonly<Record<string, "read" | "write">>;

export interface FakeToken {
  readonly account: FakeAccount;
  /** `actions` and `app` are installation tokens; `user` acts by the role of its person. */
  readonly kind: "actions" | "app" | "user";
  readonly app: FakeApp | undefined;
  readonly permissions: Permissions;
  /** The names of the only repositories that an installation's token is for; undefined: all of them. */
  readonly repositories?: readonly string[] | undefined;
}

export interface FakeRepository {
  readonly id: number;
  readonly owner: string;
  readonly name: string;
  readonly private: boolean;
  readonly defaultBranch: string;
  readonly git: BareRepository;
  readonly forkOf: FakeRepository | undefined;
  readonly collaborators: Map<string, FakeRole>;
  readonly pulls: Map<number, FakePull>;
  readonly issues: Map<number, FakeIssue>;
  readonly comments: Map<number, FakeComment>;
  readonly checks: Map<number, FakeCheck>;
  readonly statuses: FakeStatus[];
  readonly deployments: Map<number, FakeDeployment>;
  readonly runs: Map<number, FakeRun>;
  readonly activity: FakeActivity[];
  /** Active rules of a branch, as GitHub's `rules/branches` answers them. */
  readonly rules: Map<string, readonly unknown[]>;
  readonly environments: Map<string, Readonly<Record<string, unknown>>>;
  readonly settings: RepositorySettings;
  nextNumber: number;
}

/** What a repository's page of settings says, as far as anything asks. */
export interface RepositorySettings {
  workflowPermissions: "read" | "write";
  workflowsApprove: boolean;
  defaultSubject: boolean;
  /** Subjects hold the numbers of owner and repository: what repositories have that were made since July 2026. */
  immutableSubject: boolean;
}
