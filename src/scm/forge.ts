import type {
  Account,
  MergedBetween,
  PullRequest,
  PullRequestCommit,
  Pushers,
  RepositoryRole,
  Review,
  TeamMembership,
} from "#model";

/**
 * The port between Waybill and a forge: what its verbs ask of the place where people review, and nothing else. Every
 * method throws ForgeError only. Which files a pull request changes is no question to a forge: git answers it, whole.
 */
export interface Forge {
  /** `OWNER/NAME` */
  readonly repository: string;
  /** The page of the repository. */
  readonly url: string;
  /** The account that this token acts as. */
  whoAmI(signal: AbortSignal): Promise<Account>;
  readonly pullRequests: PullRequests;
  readonly comments: Comments;
  readonly checks: Checks;
  readonly people: People;
  readonly branches: Branches;
  readonly deployments: Deployments;
  readonly issues: Issues;
  readonly runs: Runs;
  readonly settings: Settings;
  /** Reads what was merged between two commits; undefined where one of them, or all of it, is not there for this token. */
  mergedBetween(range: CommitRange, signal: AbortSignal): Promise<MergedBetween | undefined>;
}

export interface CommitRange {
  readonly from: string;
  readonly to: string;
}

export interface PullRequests {
  /** Undefined: there is no such pull request. */
  get(number: number, signal: AbortSignal): Promise<PullRequest | undefined>;
  /** The pull requests, of any state, that commits came in by or belong to; a commit that is not there is left out. */
  ofCommits(
    commits: readonly string[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<string, readonly CommitPullRequest[]>>;
  /** Several pull requests with all that a verdict on them needs, in few requests; what is not there is left out. */
  whole(
    numbers: readonly number[],
    signal: AbortSignal,
  ): Promise<ReadonlyMap<number, WholeRequest>>;
  /** The open pull request from a branch of this repository; the one into `base` where that is given. */
  openFrom(
    branch: string,
    base: string | undefined,
    signal: AbortSignal,
  ): Promise<PullRequestLink | undefined>;
  create(draft: NewPullRequest, signal: AbortSignal): Promise<PullRequestLink>;
  update(number: number, change: PullRequestChange, signal: AbortSignal): Promise<void>;
}

/** A pull request with all that is known of it; each list oldest first. */
export interface WholeRequest {
  readonly pullRequest: PullRequest;
  /** Every review ever given: what a person thinks now is for the reader to tell. */
  readonly reviews: readonly Review[];
  /** Those between base and head. */
  readonly commits: readonly PullRequestCommit[];
  /** Everybody who pushed to the head branch since its first commit. */
  readonly pushers: Pushers;
  readonly comments: readonly Comment[];
}

/** What a listing tells of a pull request. */
export interface CommitPullRequest {
  readonly number: number;
  readonly state: "open" | "merged" | "closed";
  /** Head's and base's repositories as `OWNER/NAME`; a deleted fork has none. */
  readonly head: { readonly commit: string; readonly repository: string | undefined };
  readonly base: { readonly branch: string; readonly repository: string };
  readonly mergedAt: string | undefined;
}

export interface PullRequestLink {
  readonly number: number;
  readonly url: string;
  readonly head: string;
  readonly body: string;
  readonly title: string;
}

export interface NewPullRequest {
  readonly branch: string;
  readonly base: string;
  readonly title: string;
  readonly body: string;
}

export interface PullRequestChange {
  readonly title?: string;
  readonly body?: string;
  readonly state?: "open" | "closed";
}

/** Comments in the conversation of a pull request or an issue. */
export interface Comments {
  /** Oldest first. */
  list(number: number, signal: AbortSignal): Promise<readonly Comment[]>;
  /** Undefined: it was deleted. */
  get(id: number, signal: AbortSignal): Promise<Comment | undefined>;
  create(number: number, body: string, signal: AbortSignal): Promise<Comment>;
  /** Undefined: it was deleted meanwhile. */
  update(id: number, body: string, signal: AbortSignal): Promise<Comment | undefined>;
  /** Already gone is as good as done. */
  remove(id: number, signal: AbortSignal): Promise<void>;
  /** Answers a comment with one of the reactions that the chat commands use. */
  react(id: number, reaction: Reaction, signal: AbortSignal): Promise<void>;
}

export type Reaction = "eyes" | "+1" | "confused";

export interface Comment {
  readonly id: number;
  readonly url: string;
  readonly author: Account | undefined;
  readonly body: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface Checks {
  /** The newest run of each name, whoever made it. */
  list(commit: string, signal: AbortSignal): Promise<readonly CheckRun[]>;
  /** Every run of one name, also those that a newer one replaced, whoever made them; newest first. */
  history(commit: string, name: string, signal: AbortSignal): Promise<readonly CheckRun[]>;
  /** Finds the run that this App made for the same commit, name and `externalId`, or makes it. */
  create(check: NewCheckRun, signal: AbortSignal): Promise<CheckRun>;
  update(id: number, change: CheckRunChange, signal: AbortSignal): Promise<void>;
  /** A commit status, for tokens that may not make check runs; the newest of a context counts. */
  setStatus(commit: string, status: CommitStatus, signal: AbortSignal): Promise<void>;
}

export type CheckConclusion =
  | "success"
  | "failure"
  | "neutral"
  | "cancelled"
  | "skipped"
  | "timed_out"
  | "action_required"
  | "stale";

export interface CheckRun {
  readonly id: number;
  readonly name: string;
  readonly commit: string;
  readonly url: string | undefined;
  readonly externalId: string | undefined;
  readonly status: "waiting" | "in_progress" | "completed";
  readonly conclusion: CheckConclusion | undefined;
  readonly completedAt: string | undefined;
  readonly startedAt: string | undefined;
  /** The App that made it. */
  readonly app: { readonly id: number; readonly slug: string } | undefined;
  readonly summary: string | undefined;
  readonly text: string | undefined;
}

export interface CheckOutput {
  readonly title: string;
  readonly summary: string;
  readonly text?: string;
  /** As many as there are: they go out in pieces of the size that the forge takes. */
  readonly annotations?: readonly CheckAnnotation[];
}

export interface CheckAnnotation {
  readonly path: string;
  readonly startLine: number;
  readonly endLine: number;
  readonly startColumn?: number;
  readonly endColumn?: number;
  readonly level: "notice" | "warning" | "failure";
  readonly title: string;
  readonly message: string;
}

export interface CheckAction {
  readonly label: string;
  readonly description: string;
  readonly identifier: string;
}

export interface NewCheckRun {
  readonly commit: string;
  readonly name: string;
  readonly externalId: string;
  readonly detailsUrl?: string;
  readonly conclusion?: CheckConclusion;
  readonly output?: CheckOutput;
  readonly actions?: readonly CheckAction[];
}

export interface CheckRunChange {
  readonly conclusion?: CheckConclusion;
  readonly output?: CheckOutput;
  readonly actions?: readonly CheckAction[];
}

export interface CommitStatus {
  readonly context: string;
  readonly state: "success" | "failure" | "error" | "pending";
  readonly description: string;
  readonly url?: string;
}

export interface People {
  /** What the account may do with this repository, with its number. */
  role(login: string, signal: AbortSignal): Promise<Collaborator>;
  /** Whether the account is in `ORG/SLUG`. */
  inTeam(team: string, login: string, signal: AbortSignal): Promise<TeamMembership>;
}

export interface Collaborator {
  readonly role: RepositoryRole;
  /** Undefined where there is no such account. */
  readonly account: Account | undefined;
}

export interface Branches {
  /** The commit at a branch's end; undefined: there is no such branch. */
  head(branch: string, signal: AbortSignal): Promise<string | undefined>;
  /**
   * Puts one commit on top of `parent` and makes the branch name it, in one move: a reader sees the branch as it was or
   * as it is to be, never at its base. `expect` is what the branch must name now, undefined for a branch that is not
   * there; anything else is a ForgeError `conflict` and nothing changed.
   */
  publish(change: BranchChange, signal: AbortSignal): Promise<string>;
  /** Already gone is as good as done. */
  remove(branch: string, signal: AbortSignal): Promise<void>;
}

export interface BranchChange {
  readonly branch: string;
  readonly expect: string | undefined;
  readonly parent: string;
  readonly message: string;
  /** Path → text; undefined takes the file away. */
  readonly files: ReadonlyMap<string, string | undefined>;
}

export interface Deployments {
  /** Files one deployment with its outcome. */
  record(deployment: NewDeployment, signal: AbortSignal): Promise<void>;
}

export interface NewDeployment {
  readonly commit: string;
  /** `waybill/<channel>/<site>` */
  readonly environment: string;
  readonly production: boolean;
  readonly description: string;
  readonly state: "success" | "failure" | "error" | "in_progress" | "queued" | "inactive";
  readonly logUrl?: string;
}

export interface Issues {
  /** The oldest issue, open or closed, that this account opened and whose body's first line is `marker`. */
  find(marker: string, signal: AbortSignal): Promise<Issue | undefined>;
  create(issue: NewIssue, signal: AbortSignal): Promise<Issue>;
  update(number: number, change: IssueChange, signal: AbortSignal): Promise<void>;
}

export interface Issue {
  readonly number: number;
  readonly url: string;
  readonly open: boolean;
  readonly title: string;
  readonly body: string;
}

export interface NewIssue {
  readonly title: string;
  readonly body: string;
}

export interface IssueChange {
  readonly title?: string;
  readonly body?: string;
  readonly open?: boolean;
}

/** Runs of the forge's own CI, and what they left behind. */
export interface Runs {
  /** Undefined: there is no such run, or it is forgotten. */
  get(id: number, signal: AbortSignal): Promise<WorkflowRun | undefined>;
  /** Runs for a commit, newest first. */
  ofCommit(commit: string, signal: AbortSignal): Promise<readonly WorkflowRun[]>;
  /** Artifacts of one run that are still there. */
  artifacts(run: number, signal: AbortSignal): Promise<readonly RunArtifact[]>;
  /** Artifacts of this name that are still there, of whatever runs; newest first. */
  artifactsNamed(name: string, signal: AbortSignal): Promise<readonly RunArtifact[]>;
  /** The bytes of one file in an artifact's archive; undefined where the archive or the file is gone. */
  readArtifact(
    artifact: RunArtifact,
    file: string,
    signal: AbortSignal,
  ): Promise<Uint8Array | undefined>;
  /** Has a run that ended run again, as it was: the same commit, the same event. */
  again(id: number, signal: AbortSignal): Promise<void>;
  /** Starts a workflow that has a button, by the name of its file, on a branch. */
  start(workflow: string, branch: string, signal: AbortSignal): Promise<void>;
}

export interface WorkflowRun {
  readonly id: number;
  readonly attempt: number;
  readonly event: string;
  /** The workflow file, `.github/workflows/plan.yml`. */
  readonly path: string;
  readonly headCommit: string;
  readonly headBranch: string | undefined;
  readonly headRepository: string | undefined;
  readonly status: string;
  readonly conclusion: string | undefined;
  readonly createdAt: string;
  readonly url: string;
}

export interface RunArtifact {
  readonly id: number;
  readonly name: string;
  readonly run: number;
  readonly size: number;
  readonly createdAt: string;
}

/** How the repository is set up, as far as `waybill doctor` looks at it. */
export interface Settings {
  defaultBranch(signal: AbortSignal): Promise<string>;
  /** The active rules of a branch, from every level. Who may go round them is nothing that a plain token can read. */
  branchRules(branch: string, signal: AbortSignal): Promise<BranchRules>;
  environments(signal: AbortSignal): Promise<readonly EnvironmentSettings[]>;
  /** What GITHUB_TOKEN may do where a workflow does not say. */
  workflowRights(signal: AbortSignal): Promise<WorkflowRights>;
  oidcSubject(signal: AbortSignal): Promise<OidcSubject>;
}

export interface BranchRules {
  /** Undefined: no rule asks for a pull request. */
  readonly pullRequest:
    | {
        readonly approvals: number;
        readonly dismissesStale: boolean;
        readonly lastPushApproval: boolean;
        readonly codeOwners: boolean;
      }
    | undefined;
  readonly checks: readonly RequiredCheck[];
  /** The branch has to be up to date before a merge. */
  readonly isStrict: boolean;
  readonly hasQueue: boolean;
  readonly forbidsForcePush: boolean;
  readonly forbidsDeletion: boolean;
}

export interface RequiredCheck {
  readonly name: string;
  /** The App that has to report it; undefined: any token that may write checks or statuses. */
  readonly app: number | undefined;
}

export interface EnvironmentSettings {
  readonly name: string;
  readonly reviewers: number;
  readonly preventsSelfReview: boolean;
  /** Not every branch may deploy to it. */
  readonly restrictsBranches: boolean;
}

export interface WorkflowRights {
  readonly write: boolean;
  readonly mayApprove: boolean;
}

export interface OidcSubject {
  /** The subject holds the numbers of owner and repository, which a new repository of the same name does not get. */
  readonly isImmutable: boolean;
  /** Claims that make up the subject, where the repository chose them. */
  readonly claims: readonly string[] | undefined;
}
