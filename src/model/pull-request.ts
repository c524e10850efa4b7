/** An account of a forge. A login can be given up and taken by somebody else; the number cannot. */
export interface Account {
  readonly login: string;
  readonly id: number | undefined;
  /** `other` is what neither acts for itself nor is an App: an organization, a mannequin. */
  readonly kind: "person" | "bot" | "other";
}

/** One end of a pull request; a fork that was deleted has no repository any more. */
export interface PullRequestEnd {
  readonly branch: string;
  readonly commit: string;
  /** `OWNER/NAME` */
  readonly repository: string | undefined;
}

/** A pull request as the forge tells it. All texts are foreign; all times are RFC 3339 UTC. */
export interface PullRequest {
  readonly number: number;
  readonly url: string;
  readonly state: "open" | "merged" | "closed";
  readonly draft: boolean;
  readonly title: string;
  readonly body: string;
  /** When the body was last changed, by anybody; undefined where it never was. */
  readonly bodyEditedAt: string | undefined;
  /** Undefined where the account is gone. */
  readonly author: Account | undefined;
  readonly head: PullRequestEnd;
  readonly base: PullRequestEnd;
  readonly createdAt: string;
  readonly mergedAt: string | undefined;
  readonly mergedBy: Account | undefined;
  /** The commit on the base branch that the merge made. */
  readonly mergeCommit: string | undefined;
}

/** One review, as it was given; the whole history has many of one person. */
export interface Review {
  readonly id: number;
  /** Undefined where the account is gone. */
  readonly author: Account | undefined;
  /** `commented` is no opinion; `dismissed` takes an opinion back; `pending` is not given yet. */
  readonly state: "approved" | "changes-requested" | "commented" | "dismissed" | "pending";
  /** The head that the reviewer looked at, where the forge tells. */
  readonly commit: string | undefined;
  readonly submittedAt: string | undefined;
}

/** Somebody who had a hand in a commit; the account is undefined where the forge knows no such e-mail address. */
export interface CommitPerson {
  readonly name: string;
  readonly email: string;
  readonly account: Account | undefined;
}

/** One commit of a pull request, with everybody whose work it is. */
export interface PullRequestCommit {
  readonly commit: string;
  /** The author first, then every co-author that the message names. */
  readonly authors: readonly CommitPerson[];
  readonly committer: CommitPerson | undefined;
}

/** Who pushed to the head of a pull request; unknown where the forge does not tell this token. */
export type Pushers =
  | { readonly kind: "known"; readonly accounts: readonly Account[] }
  | { readonly kind: "unknown"; readonly reason: string };

/** What an account may do with a repository. */
export type RepositoryRole = "admin" | "maintain" | "write" | "triage" | "read" | "none";

/** Whether an account is in a team; unknown where the token may not see the team, with the right that it lacks. */
export type TeamMembership =
  | { readonly kind: "member" }
  | { readonly kind: "not-member" }
  | { readonly kind: "unknown"; readonly right: string; readonly reason: string };
