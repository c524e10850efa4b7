import type {
  Account,
  ChangedFile,
  Channel,
  Diagnostic,
  Override,
  Owners,
  PullRequest,
  PullRequestCommit,
  Pushers,
  RepositoryRole,
  Review,
  TeamMembership,
} from "#model";

/** What a forge tells of a pull request and its people. */
export interface ApprovalFacts {
  readonly pullRequest: PullRequest;
  readonly reviews: readonly Review[];
  readonly commits: readonly PullRequestCommit[];
  readonly pushers: Pushers;
  /** Given for a pull request that our bot opened: who asked for it, where that is known. */
  readonly ours?: { readonly requester: Account | undefined } | undefined;
  /** By `memberKey`. What is not here was not asked, and is unknown. */
  readonly teams: ReadonlyMap<string, TeamMembership>;
  /** By `loginKey`. What is not here was not asked, and is unknown. */
  readonly roles: ReadonlyMap<string, RepositoryRole>;
}

/** Who may, always as the base says it (promise 11). */
export interface ApprovalRules {
  readonly owners: Owners | undefined;
  readonly channels: ReadonlyMap<string, Channel>;
  /** The base has no policy at all: the first merge is an administrator's (issue 6 §1). */
  readonly bootstrap: boolean;
}

/** Everything that the verdict on one pull request depends on. */
export interface ApprovalQuestion {
  readonly facts: ApprovalFacts;
  readonly rules: ApprovalRules;
  readonly files: readonly ChangedFile[];
  /** Commits at which the files of the scope are byte for byte what counts now: a review of one of them means this. */
  readonly standing: ReadonlySet<string>;
  /** What the body asks to be lifted, and what is wrong with how it asks. */
  readonly overrides: {
    readonly asked: readonly Override[];
    readonly faults: readonly Diagnostic[];
  };
  /** Who holds it back by a chat command. */
  readonly heldBy?: string | undefined;
  /** It changes who may together with what they may, so that nobody's approval lets it take effect (promise 11). */
  readonly isMixed?: boolean | undefined;
  readonly now: Date;
}

/** One name for one person in one team. */
export function memberKey(team: string, login: string): string {
  return `${team.toLowerCase()}\n${loginKey(login)}`;
}

/** Logins are one whatever their case. */
export function loginKey(login: string): string {
  return login.toLowerCase();
}
