import { approvalVerdict, memberKey, type ApprovalFacts, type ApprovalQuestion } from "#policy";
import { readPolicies, readOverrides } from "#desired";
import type {
  Account,
  ApprovalVerdict,
  ChangedFile,
  PullRequest,
  PullRequestCommit,
  Review,
  RepositoryRole,
  TeamMembership,
} from "#model";

export const HEAD: string = "a".repeat(40);
export const OLD: string = "b".repeat(40);
export const NOW: Date = new Date("2026-11-20T12:00:00Z");

const IDS: ReadonlyMap<string, number> = new Map(
  ["author", "alice", "bob", "carol", "dave", "erin", "mallory", "merger"].map((login, index) => [
    login,
    100 + index,
  ]),
);

/** An account; its number stays the same for a name. */
export function account(login: string, id: number | undefined = IDS.get(login)): Account {
  return { login, id, kind: login.endsWith("[bot]") ? "bot" : "person" };
}

/** Minutes after 10:00 on the day of NOW. */
export function at(minutes: number): string {
  return new Date(Date.UTC(2026, 10, 20, 10, minutes)).toISOString().replace(".000Z", "Z");
}

/** A review; later numbers are later reviews. */
export function review(
  number: number,
  login: string,
  state: Review["state"] = "approved",
  commit: string | undefined = HEAD,
): Review {
  return { id: number, author: account(login), state, commit, submittedAt: at(number) };
}

/** A commit of these people, the author first. */
export function commit(...logins: readonly string[]): PullRequestCommit {
  const authors = logins.map((login) => ({
    name: login,
    email: `${login}@example.com`,
    account: account(login),
  }));
  return { commit: HEAD, authors, committer: authors[0] };
}

function pullRequest(more: Partial<PullRequest> = {}): PullRequest {
  return {
    number: 7,
    url: "https://github.com/org/promotions/pull/7",
    state: "open",
    draft: false,
    title: "Promote",
    body: "",
    bodyEditedAt: undefined,
    author: account("author"),
    head: { branch: "promote", commit: HEAD, repository: "org/promotions" },
    base: { branch: "main", commit: "c".repeat(40), repository: "org/promotions" },
    createdAt: at(0),
    mergedAt: undefined,
    mergedBy: undefined,
    mergeCommit: undefined,
    ...more,
  };
}

/** What a test of a verdict may set. */
export interface Setting {
  readonly reviews?: readonly Review[];
  /** Keys of channel `prod`. */
  readonly channel?: string;
  /** Keys of `owners.yaml` after its head. */
  readonly owners?: string;
  readonly files?: readonly ChangedFile[];
  readonly facts?: Partial<ApprovalFacts>;
  readonly pr?: Partial<PullRequest>;
  readonly teams?: Readonly<Record<string, TeamMembership["kind"]>>;
  readonly roles?: Readonly<Record<string, RepositoryRole>>;
  readonly question?: Partial<ApprovalQuestion>;
}

const GROUPS = `groups:
  sre: { people: [alice, bob, carol], teams: [], apps: [release-bot] }
  payments: { people: [dave, alice] }
  team: { teams: [org/sre] }
  pinned: { people: ["alice#101", "bob#999"] }
  empty: {}
`;

/** A promotion that enters prod. */
export function promotion(more: Partial<ChangedFile> = {}): ChangedFile {
  return {
    path: "promotions/payments/api.yaml",
    artifacts: ["payments/api"],
    kinds: ["container-image"],
    channels: ["prod"],
    ...more,
  };
}

/** A question about a pull request into `prod`, by real policy files. */
export function questionOf(setting: Setting): ApprovalQuestion {
  const { policies } = readPolicies([
    {
      path: "policies/owners.yaml",
      text: `apiVersion: waybill.dev/v1\nkind: Owners\n${GROUPS}${setting.owners ?? ""}`,
    },
    {
      path: "policies/channels.yaml",
      text: `apiVersion: waybill.dev/v1\nkind: Channels\nchannels:\n  prod: { to: "{name}", sites: { require: [oslo] }${setting.channel === undefined ? "" : `, ${setting.channel}`} }\n  dev: { to: "dev/{name}", sites: { require: [oslo] }, approvals: { count: 0, codeOwners: false } }\n`,
    },
  ]);
  const pr = pullRequest(setting.pr);
  const asked = readOverrides(pr.body, pr.bodyEditedAt ?? pr.createdAt);
  return {
    facts: {
      pullRequest: pr,
      reviews: setting.reviews ?? [],
      commits: [commit("author")],
      pushers: { kind: "known", accounts: [account("author")] },
      teams: new Map(
        Object.entries(setting.teams ?? {}).map(([login, kind]) => [
          memberKey("org/sre", login),
          kind === "unknown" ? { kind, right: "members: read", reason: "403" } : { kind },
        ]),
      ),
      roles: new Map(Object.entries(setting.roles ?? {})),
      ...setting.facts,
    },
    rules: {
      owners: policies.owners?.owners,
      channels: policies.channels?.channels ?? new Map(),
      bootstrap: false,
    },
    files: setting.files ?? [promotion()],
    standing: new Set([HEAD]),
    overrides: { asked: asked.overrides, faults: asked.diagnostics },
    now: NOW,
    ...setting.question,
  };
}

export function verdictOf(setting: Setting): ApprovalVerdict {
  return approvalVerdict(questionOf(setting));
}
