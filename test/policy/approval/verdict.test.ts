import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ApprovalVerdict, Review } from "#model";
import { approvalVerdict, neededPeople, type ApprovalFacts } from "#policy";
import {
  account,
  at,
  commit,
  HEAD,
  NOW,
  OLD,
  promotion,
  questionOf,
  review,
  verdictOf,
  type Setting,
} from "../../support/approvals.ts";

const TWO = "approvals: { count: 2, from: [sre] }";
const ONE = "approvals: { count: 1, from: [sre] }";

type Row = readonly [name: string, status: ApprovalVerdict["status"], setting: Setting];

function rows(table: readonly Row[]): void {
  it.for(table)("%s → %s", ([, status, setting]) => {
    expect(verdictOf(setting).status).toBe(status);
  });
}

describe("003-33 how many of whom a channel asks", () => {
  rows([
    ["nobody yet", "waiting", { channel: TWO }],
    ["one of two", "waiting", { channel: TWO, reviews: [review(1, "alice")] }],
    ["two of two", "approved", { channel: TWO, reviews: [review(1, "alice"), review(2, "bob")] }],
    ["one twice", "waiting", { channel: TWO, reviews: [review(1, "alice"), review(2, "alice")] }],
    ["one who is not asked", "waiting", { channel: ONE, reviews: [review(1, "dave")] }],
    ["none where none is asked", "approved", { files: [promotion({ channels: ["dev"] })] }],
    [
      "nobody in the groups",
      "waiting",
      { channel: "approvals: { from: [empty] }", reviews: [review(1, "alice")] },
    ],
    [
      "no group at all",
      "waiting",
      { channel: "approvals: { from: [] }", reviews: [review(1, "alice")] },
    ],
    [
      "by default one who may write",
      "approved",
      { reviews: [review(1, "erin")], roles: { erin: "write" } },
    ],
    [
      "by default not one who may read",
      "waiting",
      { reviews: [review(1, "erin")], roles: { erin: "read" } },
    ],
    ["a role that was not asked", "refused", { reviews: [review(1, "erin")] }],
    [
      "a pinned number that is right",
      "approved",
      { channel: "approvals: { from: [pinned] }", reviews: [review(1, "alice")] },
    ],
    [
      "a name taken by somebody else",
      "waiting",
      { channel: "approvals: { from: [pinned] }", reviews: [review(1, "bob")] },
    ],
    [
      "whatever the case of a login",
      "approved",
      { channel: ONE, reviews: [{ ...review(1, "alice"), author: account("ALICE", 101) }] },
    ],
  ]);
});

function list(...reviews: readonly Review[]): Setting {
  return { channel: ONE, reviews };
}

describe("000-11 which reviews count", () => {
  rows([
    [
      "a comment replaces nothing",
      "approved",
      list(review(1, "alice"), review(2, "alice", "commented")),
    ],
    [
      "a dismissed one erases what was before it",
      "waiting",
      list(review(1, "alice"), review(2, "alice", "dismissed")),
    ],
    [
      "approved again after a dismissal",
      "approved",
      list(review(1, "alice", "dismissed"), review(2, "alice")),
    ],
    [
      "changes requested",
      "refused",
      list(review(1, "bob"), review(2, "alice", "changes-requested")),
    ],
    [
      "changes requested by a stranger",
      "approved",
      list(review(1, "bob"), review(2, "mallory", "changes-requested")),
    ],
    [
      "changes requested, then approved",
      "approved",
      list(review(1, "alice", "changes-requested"), review(2, "alice")),
    ],
    [
      "a pending one",
      "waiting",
      list({ ...review(1, "alice", "pending"), submittedAt: undefined }),
    ],
    ["of another commit", "waiting", list(review(1, "alice", "approved", OLD))],
    ["of no commit", "waiting", list({ ...review(1, "alice"), commit: undefined })],
    [
      "of another commit too",
      "approved",
      list(review(1, "alice"), review(2, "alice", "approved", OLD)),
    ],
    ["of an account that is gone", "waiting", list({ ...review(1, "alice"), author: undefined })],
    [
      "of a bot",
      "waiting",
      list({ ...review(1, "alice"), author: { login: "alice", id: 101, kind: "bot" } }),
    ],
    [
      "of a bot by its name",
      "waiting",
      list({ ...review(1, "alice"), author: { login: "alice[bot]", id: 101, kind: "person" } }),
    ],
    [
      "from after the merge",
      "waiting",
      { ...list(review(5, "alice")), pr: { state: "merged", mergedAt: at(4) } },
    ],
    [
      "from before the merge",
      "approved",
      { ...list(review(3, "alice")), pr: { state: "merged", mergedAt: at(4) } },
    ],
    [
      "taken back after the merge",
      "approved",
      {
        ...list(review(3, "alice"), review(5, "alice", "changes-requested")),
        pr: { mergedAt: at(4) },
      },
    ],
  ]);
});

function by(facts: Partial<ApprovalFacts>, ...logins: readonly string[]): Setting {
  const reviews = logins.map((login, index) => review(index + 1, login));
  return { channel: ONE, reviews, facts };
}

describe("000-11 who is barred from approving", () => {
  rows([
    ["the author", "waiting", { ...by({}, "alice"), pr: { author: account("alice") } }],
    [
      "the author under another name",
      "waiting",
      { ...by({}, "alice"), pr: { author: account("was-alice", 101) } },
    ],
    ["the author of a commit", "waiting", by({ commits: [commit("alice")] }, "alice")],
    ["a co-author", "waiting", by({ commits: [commit("author", "alice")] }, "alice")],
    [
      "the committer",
      "waiting",
      by({ commits: [{ ...commit("author"), committer: commit("alice").authors[0] }] }, "alice"),
    ],
    [
      "a co-author by the forge's own address",
      "waiting",
      by(
        {
          commits: [
            {
              ...commit("author"),
              authors: [
                { name: "x", email: "101+alice@users.noreply.github.com", account: undefined },
              ],
            },
          ],
        },
        "alice",
      ),
    ],
    [
      "somebody who pushed",
      "waiting",
      by({ pushers: { kind: "known", accounts: [account("alice")] } }, "alice"),
    ],
    [
      "another than who pushed",
      "approved",
      by({ pushers: { kind: "known", accounts: [account("alice")] } }, "bob"),
    ],
    [
      "one, where pushers are unknown",
      "waiting",
      by({ pushers: { kind: "unknown", reason: "a fork" } }, "alice"),
    ],
    [
      "two, where pushers are unknown",
      "approved",
      by({ pushers: { kind: "unknown", reason: "a fork" } }, "alice", "bob"),
    ],
    [
      "who asked our bot",
      "waiting",
      {
        ...by({ ours: { requester: account("alice") } }, "alice"),
        pr: { author: account("release-bot[bot]") },
      },
    ],
    [
      "one, where who asked our bot is unknown",
      "waiting",
      {
        ...by({ ours: { requester: undefined } }, "alice"),
        pr: { author: account("release-bot[bot]") },
      },
    ],
  ]);

  it("says why each review counts for nothing", () => {
    const { uncounted } = verdictOf({
      channel: ONE,
      reviews: [
        review(1, "author"),
        review(2, "alice", "approved", OLD),
        review(3, "bob", "dismissed"),
      ],
    });
    expect(uncounted.map(({ login, why }) => [login, why])).toEqual([
      ["alice", "other-commit"],
      ["author", "own-pull-request"],
      ["bob", "dismissed"],
    ]);
  });
});

describe("003-29 teams, and who may promote", () => {
  const team = "approvals: { from: [team] }";
  rows([
    [
      "a member",
      "approved",
      { channel: team, reviews: [review(1, "erin")], teams: { erin: "member" } },
    ],
    [
      "no member",
      "waiting",
      { channel: team, reviews: [review(1, "erin")], teams: { erin: "not-member" } },
    ],
    [
      "a team that cannot be read",
      "refused",
      { channel: team, reviews: [review(1, "erin")], teams: { erin: "unknown" } },
    ],
    [
      "one that cannot be read beside one that can",
      "approved",
      {
        channel: "approvals: { from: [team, sre] }",
        reviews: [review(1, "erin"), review(2, "bob")],
        teams: { erin: "unknown" },
      },
    ],
    [
      "the author is no promoter",
      "refused",
      { channel: `promoters: [sre], ${ONE}`, reviews: [review(1, "alice")] },
    ],
    [
      "the author is a promoter",
      "approved",
      {
        channel: `promoters: [sre], ${ONE}`,
        reviews: [review(1, "alice")],
        pr: { author: account("bob") },
      },
    ],
    [
      "an App is a promoter",
      "approved",
      {
        channel: `promoters: [sre], ${ONE}`,
        reviews: [review(1, "alice")],
        pr: { author: account("release-bot[bot]") },
      },
    ],
    [
      "another App is none",
      "refused",
      {
        channel: `promoters: [sre], ${ONE}`,
        reviews: [review(1, "alice")],
        pr: { author: account("mallory[bot]") },
      },
    ],
    [
      "a person with an App's name is none",
      "refused",
      {
        channel: `promoters: [sre], ${ONE}`,
        reviews: [review(1, "alice")],
        pr: { author: account("release-bot") },
      },
    ],
    ["nobody is", "refused", { channel: `promoters: [], ${ONE}`, reviews: [review(1, "alice")] }],
    [
      "held by a chat command",
      "refused",
      { channel: ONE, reviews: [review(1, "alice")], question: { heldBy: "carol" } },
    ],
  ]);

  it("a team that cannot be read names the right that is missing", () => {
    const verdict = verdictOf({
      channel: team,
      reviews: [review(1, "erin")],
      teams: { erin: "unknown" },
    });
    expect(verdict.requirements[0]).toMatchObject({ status: "unknown", rights: ["members: read"] });
  });

  it("tells who could still approve", () => {
    const verdict = verdictOf({
      channel: "approvals: { count: 2, from: [sre, team] }",
      reviews: [review(1, "alice")],
    });
    expect(verdict.requirements[0]).toMatchObject({
      missing: 1,
      by: ["alice"],
      candidates: ["bob", "carol", "org/sre"],
    });
  });

  it("asks the forge only for whom no file names", () => {
    const question = questionOf({
      channel: "approvals: { from: [team, sre] }, promoters: [team]",
      reviews: [review(1, "alice"), review(2, "erin"), review(3, "mallory", "commented")],
    });
    expect(neededPeople(question)).toEqual({
      teams: [
        { team: "org/sre", login: "erin" },
        { team: "org/sre", login: "author" },
      ],
      roles: [],
    });
  });
});

describe("000-08 owners of files", () => {
  const owners = `owners:
  - { paths: ["promotions/payments/**"], from: [sre] }
  - { paths: ["promotions/**"], kinds: [container-image], from: [payments] }
`;
  const channel = "approvals: { count: 0 }";
  rows([
    ["one row of two", "waiting", { owners, channel, reviews: [review(1, "bob")] }],
    [
      "both rows, by two people",
      "approved",
      { owners, channel, reviews: [review(1, "bob"), review(2, "dave")] },
    ],
    ["both rows, by one person", "approved", { owners, channel, reviews: [review(1, "alice")] }],
    [
      "a row of another kind",
      "approved",
      {
        owners,
        channel,
        reviews: [review(1, "bob")],
        files: [promotion({ kinds: ["helm-chart"] })],
      },
    ],
    [
      "a file of unknown kind",
      "waiting",
      { owners, channel, reviews: [review(1, "bob")], files: [promotion({ kinds: undefined })] },
    ],
    [
      "a file that changed its kind",
      "waiting",
      {
        owners,
        channel,
        reviews: [review(1, "bob")],
        files: [promotion({ kinds: ["helm-chart", "container-image"] })],
      },
    ],
    [
      "a file of nobody",
      "approved",
      { owners, channel, files: [promotion({ path: "promotions2/x.yaml" })] },
    ],
    ["a step of life in no channel", "waiting", { owners, files: [promotion({ channels: [] })] }],
  ]);
});

describe("001-15 who may is each channel's own", () => {
  const owners = `owners:
  - { paths: ["promotions/**"], from: [payments] }
`;
  const channel = "approvals: { count: 0 }";
  rows([
    [
      "only channels that do without",
      "approved",
      { owners, files: [promotion({ channels: ["dev"] })] },
    ],
    [
      "channels with and without",
      "waiting",
      { owners, channel, files: [promotion({ channels: ["dev", "prod"] })] },
    ],
  ]);
});

describe("threat 14: policies", () => {
  const files = [
    promotion({ path: "policies/channels.yaml", artifacts: [], kinds: undefined, channels: [] }),
  ];
  const workflow = [
    promotion({ path: ".github/workflows/apply.yml", artifacts: [], channels: [] }),
  ];
  rows([
    [
      "need an admin",
      "waiting",
      { owners: "admins: [sre]\n", files, reviews: [review(1, "dave")] },
    ],
    [
      "and one will do",
      "approved",
      { owners: "admins: [sre]\n", files, reviews: [review(1, "bob")] },
    ],
    [
      "and so do workflows",
      "waiting",
      { owners: "admins: [sre]\n", files: workflow, reviews: [review(1, "dave")] },
    ],
    [
      "the forge's, where nobody is named",
      "approved",
      {
        owners: "admins: [empty]\n",
        files,
        reviews: [review(1, "erin")],
        roles: { erin: "admin" },
      },
    ],
    [
      "and not who may only write",
      "waiting",
      { files, reviews: [review(1, "erin")], roles: { erin: "write" } },
    ],
    [
      "the first ones: an administrator approves",
      "approved",
      {
        files,
        question: { rules: { owners: undefined, channels: new Map(), bootstrap: true } },
        reviews: [review(1, "erin")],
        roles: { erin: "admin" },
      },
    ],
    [
      "the first ones: an administrator merges",
      "approved",
      {
        files,
        question: { rules: { owners: undefined, channels: new Map(), bootstrap: true } },
        pr: { mergedBy: account("merger"), mergedAt: at(9) },
        roles: { merger: "admin" },
      },
    ],
    [
      "the first ones: somebody merges",
      "waiting",
      {
        files,
        question: { rules: { owners: undefined, channels: new Map(), bootstrap: true } },
        pr: { mergedBy: account("merger"), mergedAt: at(9) },
        roles: { merger: "write" },
      },
    ],
  ]);
});

describe("overrides", () => {
  const body =
    "```waybill-override\nlimit: freeze\nchannel: prod\nreason: INC-1\nexpires: 2026-11-25T00:00:00Z\n```\n";
  const channel = `${ONE}, overrides: [payments]`;
  it.for<readonly [string, Setting, ApprovalVerdict["status"], number]>([
    ["need the role that the policy names", { reviews: [review(5, "bob")] }, "waiting", 0],
    ["and are in force with it", { reviews: [review(5, "bob"), review(6, "dave")] }, "approved", 1],
    [
      "given after the body's last edit",
      { reviews: [review(5, "bob"), review(6, "dave")], pr: { body, bodyEditedAt: at(7) } },
      "waiting",
      0,
    ],
    [
      "and not at the same second",
      { reviews: [review(6, "alice")], pr: { body, bodyEditedAt: at(6) } },
      "waiting",
      0,
    ],
    [
      "and lift nothing once expired",
      { reviews: [review(6, "alice")], question: { now: new Date("2026-11-26T00:00:00Z") } },
      "approved",
      0,
    ],
    [
      "and name a channel",
      { reviews: [review(6, "alice")], pr: { body: body.replace("prod", "prd") } },
      "refused",
      0,
    ],
    [
      "and are of the form",
      { reviews: [review(6, "alice")], pr: { body: body.replace("reason", "because") } },
      "refused",
      0,
    ],
  ])("%s", ([, setting, status, inForce]) => {
    const verdict = verdictOf({ channel, pr: { body }, ...setting });
    expect([verdict.status, verdict.overrides.length]).toEqual([status, inForce]);
  });
});

function ask(
  {
    channel,
    mergedAt,
    slack,
  }: { readonly channel: string; readonly mergedAt: string | undefined; readonly slack: boolean },
  list: readonly Review[],
): ApprovalVerdict {
  return approvalVerdict(
    questionOf({
      channel,
      owners: 'owners: [{ paths: ["promotions/payments/**"], from: [payments, sre] }]\n',
      reviews: list,
      pr: { mergedAt },
      teams: { erin: "unknown", mallory: "not-member", bob: "member" },
      facts: slack ? { pushers: { kind: "unknown", reason: "x" } } : {},
      question: { now: NOW },
    }),
  );
}

describe("for any reviews", () => {
  const logins = ["alice", "bob", "carol", "dave", "erin", "author", "mallory"];
  const one = fc.record({
    login: fc.constantFrom(...logins),
    state: fc.constantFrom<Review["state"]>(
      "approved",
      "changes-requested",
      "commented",
      "dismissed",
    ),
    commit: fc.constantFrom(HEAD, HEAD, OLD),
    minute: fc.integer({ min: 0, max: 30 }),
  });
  const reviews = fc.array(one, { maxLength: 12 }).map((list) =>
    list.map(({ login, state, commit: on, minute }, index) => ({
      ...review(index, login, state, on),
      submittedAt: at(minute),
    })),
  );
  const settings = fc.record({
    channel: fc.constantFrom(
      ONE,
      TWO,
      "approvals: { from: [team, payments] }",
      `${ONE}, overrides: [payments]`,
    ),
    mergedAt: fc.constantFrom(undefined, at(20)),
    slack: fc.boolean(),
  });

  it("their order does not matter", () => {
    fc.assert(
      fc.property(settings, reviews, fc.infiniteStream(fc.nat()), (setting, list, seeds) => {
        const shuffled = list
          .map((item) => ({ item, key: seeds.next().value ?? 0 }))
          .toSorted((a, b) => a.key - b.key);
        expect(
          ask(
            setting,
            shuffled.map(({ item }) => item),
          ),
        ).toEqual(ask(setting, list));
      }),
      { numRuns: 60 },
    );
  });

  it("one approval more never turns approved into anything else", () => {
    fc.assert(
      fc.property(settings, reviews, one, (setting, list, { login, commit: on, minute }) => {
        if (ask(setting, list).status !== "approved") return;
        const more = { ...review(99, login, "approved", on), submittedAt: at(minute) };
        expect(ask(setting, [...list, more]).status).toBe("approved");
      }),
      { numRuns: 200 },
    );
  });
});
