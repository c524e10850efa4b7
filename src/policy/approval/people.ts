import type {
  Account,
  CommitPerson,
  CountedApproval,
  Review,
  UncountedReason,
  UncountedReview,
} from "#model";
import { loginKey, type ApprovalFacts } from "./question.ts";

/** What the reviews come to, one opinion a person (research: GitHub's list has the whole history). */
export interface Opinions {
  /** Sorted by login, then review. One person may have several, of different commits. */
  readonly approvals: readonly CountedApproval[];
  /** People whose last word asks for changes. */
  readonly objections: readonly Account[];
  readonly uncounted: readonly UncountedReview[];
  /** How many more approvals everything needs, because somebody who may not count cannot be told. */
  readonly slack: number;
  readonly notes: readonly string[];
}

/**
 * Counts opinions (issue 6 §3): the last of each person, where a dismissed one takes back all before it and a comment
 * is none. Barred are bots, the author, everybody whose work is in the commits, who pushed, and who asked our bot.
 */
export function opinionsOf(facts: ApprovalFacts, standing: ReadonlySet<string>): Opinions {
  const barred = barredPeople(facts);
  const mergedAt = facts.pullRequest.mergedAt;
  const uncounted: UncountedReview[] = [];
  const approvals: CountedApproval[] = [];
  const objections: Account[] = [];
  for (const history of histories(facts.reviews)) {
    const inTime = history.filter(({ review }) => !isLate(review, mergedAt));
    for (const late of history) if (!inTime.includes(late)) leave(late, "after-merge");
    const last = inTime.at(-1);
    if (last === undefined) continue;
    if (last.review.state !== "approved") {
      if (last.review.state === "changes-requested") objections.push(last.author);
      leave(last, last.review.state === "changes-requested" ? "changes-requested" : "dismissed");
      continue;
    }
    for (const opinion of closingApprovals(inTime)) {
      const why = barOf(opinion, barred) ?? elsewhere(opinion.review, standing);
      if (why === undefined) approvals.push(counted(opinion));
      else leave(opinion, why);
    }
  }
  return {
    approvals: approvals.toSorted(
      (a, b) => compareLogins(a.login, b.login) || a.reviewId - b.reviewId,
    ),
    objections: objections.toSorted((a, b) => compareLogins(a.login, b.login)),
    uncounted: uncounted.toSorted(
      (a, b) => compareLogins(a.login, b.login) || a.reviewId - b.reviewId,
    ),
    slack: barred.unknown.length,
    notes: [...barred.unknown, ...strangersIn(facts)],
  };

  function leave({ author, review }: Opinion, why: UncountedReason): void {
    uncounted.push({ login: author.login, reviewId: review.id, why });
  }
}

interface Opinion {
  readonly author: Account;
  readonly review: Review;
  readonly submittedAt: string;
}

/** The opinions of each person, oldest first, in whatever order they came; what is no opinion is left out. */
function histories(reviews: readonly Review[]): readonly (readonly Opinion[])[] {
  const opinions = reviews.flatMap((review): readonly Opinion[] => {
    const { author, state, submittedAt } = review;
    if (author === undefined || submittedAt === undefined) return [];
    return state === "commented" || state === "pending" ? [] : [{ author, review, submittedAt }];
  });
  const sorted = opinions.toSorted(
    (a, b) => timeOf(a.submittedAt) - timeOf(b.submittedAt) || a.review.id - b.review.id,
  );
  return [...Map.groupBy(sorted, ({ author }) => personKey(author)).values()];
}

/** The approvals since the last word that was none: approving another commit too takes nothing back. */
function closingApprovals(opinions: readonly Opinion[]): readonly Opinion[] {
  const before = opinions.findLastIndex(({ review }) => review.state !== "approved");
  return opinions.slice(before + 1);
}

function isLate({ submittedAt }: Review, mergedAt: string | undefined): boolean {
  return mergedAt !== undefined && timeOf(submittedAt ?? "") > timeOf(mergedAt);
}

/** A time that cannot be read is later than all others. */
function timeOf(text: string): number {
  const time = Date.parse(text);
  return Number.isNaN(time) ? Infinity : time;
}

function elsewhere({ commit }: Review, standing: ReadonlySet<string>): UncountedReason | undefined {
  return commit !== undefined && standing.has(commit) ? undefined : "other-commit";
}

function counted({ author, review, submittedAt }: Opinion): CountedApproval {
  const { login, id } = author;
  return { login, id, reviewId: review.id, commit: review.commit ?? "", submittedAt };
}

interface Barred {
  readonly people: readonly { readonly account: Person; readonly why: UncountedReason }[];
  /** Why somebody cannot be told; each costs one more approval. */
  readonly unknown: readonly string[];
}

type Person = Pick<Account, "login" | "id">;

function barredPeople({ pullRequest, commits, pushers, ours }: ApprovalFacts): Barred {
  const committed = commits.flatMap(({ authors, committer }) =>
    [...authors, ...(committer === undefined ? [] : [committer])].flatMap(accountsOf),
  );
  const pushed = pushers.kind === "known" ? pushers.accounts : [];
  const asked = ours?.requester;
  const unknown = [
    ...(pushers.kind === "unknown"
      ? [
          `Who pushed to the branch cannot be told (${pushers.reason}): one approval more is needed, because one may be theirs.`,
        ]
      : []),
    ...(ours !== undefined && asked === undefined
      ? [
          "Who asked for this pull request cannot be told: one approval more is needed, because one may be theirs.",
        ]
      : []),
  ];
  return {
    people: [
      ...listOf(pullRequest.author).map(barredFor("own-pull-request")),
      ...committed.map(barredFor("own-commit")),
      ...pushed.map(barredFor("own-push")),
      ...listOf(asked).map(barredFor("own-request")),
    ],
    unknown,
  };
}

function listOf(account: Account | undefined): readonly Account[] {
  return account === undefined ? [] : [account];
}

function barredFor(why: UncountedReason): (account: Person) => Barred["people"][number] {
  return (account) => ({ account, why });
}

function barOf({ author }: Opinion, { people }: Barred): UncountedReason | undefined {
  if (author.kind !== "person" || author.login.endsWith("[bot]")) return "not-a-person";
  return people.find(({ account }) => isSamePerson(account, author))?.why;
}

const NO_REPLY = /^(?:([1-9][0-9]{0,14})\+)?([A-Za-z0-9][A-Za-z0-9_-]{0,38})@users\.noreply\./;

/** A commit may name its account by the forge's own e-mail address only. It can bar a person, and never lets one count. */
function accountsOf({ account, email }: CommitPerson): readonly Person[] {
  const match = NO_REPLY.exec(email);
  const named = match?.[2];
  const id = match?.[1] === undefined ? undefined : Number(match[1]);
  return [...listOf(account), ...(named === undefined ? [] : [{ login: named, id }])];
}

/** Commits of e-mail addresses that belong to no account: whose they are cannot be told. */
function strangersIn({ commits }: ApprovalFacts): readonly string[] {
  const strange = commits.filter(({ authors }) =>
    authors.some((person) => accountsOf(person).length === 0),
  );
  if (strange.length === 0) return [];
  return [
    `${strange.length === 1 ? "1 commit has" : `${strange.length} commits have`} an author whose e-mail address belongs to no account; whether that is one of those who approved cannot be told.`,
  ];
}

/** Numbers decide where both are known; a name can be taken over. */
function isSamePerson(a: Person, b: Person): boolean {
  if (a.id !== undefined && b.id !== undefined) return a.id === b.id;
  return loginKey(a.login) === loginKey(b.login);
}

function personKey({ login, id }: Account): string {
  return id === undefined ? loginKey(login) : `#${id}`;
}

function compareLogins(a: string, b: string): number {
  const [left, right] = [loginKey(a), loginKey(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}
