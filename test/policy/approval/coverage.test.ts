import { describe, expect, it } from "vitest";
import {
  canonicalJson,
  type Action,
  type ActionKey,
  type Change,
  type PlanStatement,
} from "#model";
import {
  bodyHash,
  coverActions,
  parseStatement,
  standingCommits,
  statementText,
  type ChangeSource,
  type CoverQuestion,
  type MergedRequest,
} from "#policy";
import { action, tagAction } from "../../support/actions.ts";
import {
  at,
  HEAD,
  OLD,
  promotion,
  questionOf,
  review,
  type Setting,
} from "../../support/approvals.ts";
import { digestOf } from "../../support/state.ts";

const COPY = action();
const TAG = tagAction("v1.0.0");
const FORWARD = tagAction("stable", { expect: digestOf("v0.9.0") });
const DELETE = action({
  op: "delete",
  destructive: true,
  digest: digestOf("v0.8.0"),
  version: "v0.8.0",
});

function placed(
  kind: "enters" | "leaves",
  of: Action,
  tags: readonly string[] = [of.version],
): Change {
  const { artifact, version, digest, to } = of;
  return { kind, artifact, version, digest, channel: "prod", site: "oslo", to, tags };
}

function moved(of: Action): Change {
  const { artifact, version, digest, to, tag } = of;
  return {
    kind: "moves",
    artifact,
    version,
    digest,
    channel: "prod",
    site: "oslo",
    to,
    tag: tag ?? "",
    before: undefined,
  };
}

const CHANGES: readonly Change[] = [
  placed("enters", COPY),
  moved(FORWARD),
  placed("leaves", DELETE),
];

function statement(
  keys: readonly Action[],
  minute: number,
  more: Partial<PlanStatement> = {},
): PlanStatement {
  return {
    pr: 7,
    head: HEAD,
    base: OLD,
    planDigest: digestOf("plan"),
    actionKeys: keys,
    bodyHash: bodyHash(""),
    at: at(minute),
    runId: "1",
    ...more,
  };
}

/** A pull request that bob approved at minute 5, merged at minute 9. */
function merged(more: Partial<MergedRequest> = {}, setting: Setting = {}): MergedRequest {
  return {
    kind: "pull-request",
    number: 7,
    question: questionOf({
      channel: "approvals: { from: [sre] }, overrides: [sre]",
      reviews: [review(5, "bob")],
      pr: { state: "merged", mergedAt: at(9), ...setting.pr },
      ...setting,
    }),
    changes: CHANGES,
    reviewed: new Map([[HEAD, CHANGES]]),
    statements: [statement([DELETE, FORWARD], 4)],
    isEarlier: false,
    ...more,
  };
}

/** `covered`, or why an action is left undone and whether this range asked for it. */
function answer(
  of: Action,
  sources: readonly ChangeSource[],
  more: Partial<CoverQuestion> = {},
): string {
  const { covered, uncovered } = coverActions({
    actions: [of],
    sources,
    isPinned: () => false,
    isOurs: () => false,
    overLimit: new Set(),
    ...more,
  });
  const [left] = uncovered;
  expect(covered.length + uncovered.length).toBe(1);
  return left === undefined ? "covered" : `${left.code}${left.inRange ? "" : ", elsewhere"}`;
}

describe("000-11 what an approval is worth", () => {
  const pinned = { isPinned: () => true };
  it.for<readonly [string, Action, Partial<MergedRequest>, Partial<CoverQuestion>, string]>([
    ["a copy that was approved", COPY, { statements: [] }, {}, "covered"],
    ["its tag", TAG, { statements: [] }, {}, "covered"],
    [
      "a tag that only the image fills",
      tagAction("sha-abcdef0"),
      { changes: [placed("enters", COPY, ["sha-{shortRevision}"])] },
      {},
      "covered",
    ],
    ["a computed move forward", FORWARD, { statements: [] }, {}, "covered"],
    ["our statement about it", action({ op: "attest" }), { statements: [] }, {}, "covered"],
    [
      "a copy of another digest",
      action({ digest: digestOf("v2.0.0") }),
      {},
      {},
      "no-approved-change, elsewhere",
    ],
    [
      "a copy to another place",
      action({ to: TAG.from ?? DELETE.to, artifact: "payments/web" }),
      {},
      {},
      "no-approved-change, elsewhere",
    ],
    ["another tag", tagAction("latest"), {}, {}, "no-approved-change, elsewhere"],
    ["a removal with its statement", DELETE, {}, {}, "covered"],
    ["a removal without one", DELETE, { statements: [] }, {}, "statement-missing"],
    [
      "a removal that the statement does not name",
      DELETE,
      { statements: [statement([FORWARD], 4)] },
      {},
      "statement-missing",
    ],
    [
      "a removal stated after the review",
      DELETE,
      { statements: [statement([DELETE], 6)] },
      {},
      "statement-missing",
    ],
    [
      "a removal stated for another commit",
      DELETE,
      { statements: [statement([DELETE], 4, { head: OLD })] },
      {},
      "statement-missing",
    ],
    [
      "a removal stated for another pull request",
      DELETE,
      { statements: [statement([DELETE], 4, { pr: 8 })] },
      {},
      "statement-missing",
    ],
    [
      "the newest statement before the review counts",
      DELETE,
      { statements: [statement([DELETE], 2), statement([], 4)] },
      {},
      "statement-missing",
    ],
    [
      "a re-plan with fewer keys",
      DELETE,
      { statements: [statement([DELETE, FORWARD, COPY], 4)] },
      {},
      "covered",
    ],
    ["a move by a pin with its statement", FORWARD, {}, pinned, "covered"],
    ["a move by a pin without one", FORWARD, { statements: [] }, pinned, "statement-missing"],
    [
      "a move by a pin from elsewhere",
      tagAction("stable", { expect: digestOf("other") }),
      {},
      pinned,
      "statement-missing",
    ],
    [
      "a move by a pin from what a merge put there",
      tagAction("stable", { expect: digestOf("other") }),
      {},
      { ...pinned, isOurs: () => true },
      "covered",
    ],
    [
      "a change that no reviewed commit had",
      COPY,
      { reviewed: new Map([[HEAD, []]]) },
      {},
      "approval-missing",
    ],
    ["too much at once", FORWARD, {}, { overLimit: new Set([FORWARD.id]) }, "over-limit"],
    ["of an earlier range, left unfinished", COPY, { isEarlier: true }, {}, "covered"],
    [
      "of an earlier range, and never approved",
      COPY,
      { isEarlier: true, reviewed: new Map() },
      {},
      "approval-missing, elsewhere",
    ],
  ])("%s", ([, of, request, question, expected]) => {
    expect(answer(of, [merged(request)], question)).toBe(expected);
  });

  it("an approval that is missing in one channel holds up no other", () => {
    const dev: Change = { ...placed("enters", TAG), channel: "dev" } as Change;
    const elsewhere = action({ channel: "dev", to: DELETE.to, digest: digestOf("dev") });
    const change: Change = { ...placed("enters", elsewhere), channel: "dev" } as Change;
    const source = merged(
      { changes: [placed("enters", COPY), change], reviewed: new Map([[HEAD, [change, dev]]]) },
      { reviews: [], files: [promotion({ channels: ["dev", "prod"] })] },
    );
    expect(answer(COPY, [source])).toBe("approval-missing");
    expect(answer(elsewhere, [source])).toBe("covered");
  });

  it.for<readonly [string, string, string]>([
    ["lifts it", "", "covered"],
    ["lifts as many as it says", "value: 1\n", "covered"],
    ["of another limit does not", "limit-is: remove", "over-limit"],
    ["at another site does not", "site: bergen\n", "over-limit"],
  ])("an approved override %s", ([, more, expected]) => {
    const limit = more.startsWith("limit-is") ? "remove" : "move";
    const body = `\`\`\`waybill-override\nlimit: ${limit}\nchannel: prod\nreason: x\nexpires: 2026-11-25\n${more.startsWith("limit-is") ? "" : more}\`\`\`\n`;
    const source = merged({}, { pr: { body, mergedAt: at(9) } });
    expect(answer(FORWARD, [source], { overLimit: new Set([FORWARD.id]) })).toBe(expected);
  });
});

describe("a commit without a pull request", () => {
  const { rules } = questionOf({});
  const files = [promotion({ channels: ["dev"] })];
  const dev: Change = { ...placed("enters", COPY), channel: "dev" } as Change;
  const direct: ChangeSource = {
    kind: "commit",
    commit: HEAD,
    rules,
    files,
    changes: [dev],
    isEarlier: false,
  };
  it.for<readonly [string, ChangeSource, Action, string]>([
    ["covers what needs nobody", direct, action({ channel: "dev" }), "covered"],
    ["covers no channel that asks", { ...direct, changes: CHANGES }, COPY, "approval-missing"],
    [
      "takes nothing away",
      { ...direct, changes: [{ ...placed("leaves", DELETE), channel: "dev" } as Change] },
      { ...DELETE, channel: "dev" },
      "approval-missing",
    ],
  ])("%s", ([, source, of, expected]) => {
    expect(answer(of, [source])).toBe(expected);
  });
});

describe("a statement", () => {
  const whole = statement([DELETE, FORWARD], 4);

  it("is read as it was written", () => {
    const read = parseStatement(statementText(whole));
    expect(statementText(read ?? whole)).toBe(statementText(whole));
    expect(read?.actionKeys.map((key) => Object.keys(key).length)).toEqual([9, 9]);
  });

  it.for<readonly [string, string]>([
    ["not JSON", "{"],
    ["a list", "[]"],
    ["of another version", statementText(whole).replace("statement/v1", "statement/v2")],
    ["without a time", statementText(whole).replace(whole.at, "soon")],
    ["of no commit", statementText(whole).replace(HEAD, "main")],
    ["with a key of no operation", statementText(whole).replace('"delete"', '"format"')],
    [
      "with a key that lacks a member",
      canonicalJson({ ...JSON.parse(statementText(whole)), actionKeys: [{ op: "copy" }] }),
    ],
  ])("%s is none", ([, text]) => {
    expect(parseStatement(text)).toBeUndefined();
  });

  it("holds its keys in nine members, whatever the action has beside them", () => {
    const [key] = parseStatement(statementText(statement([COPY], 1)))?.actionKeys ?? [];
    const expected: ActionKey = {
      op: "copy",
      artifact: COPY.artifact,
      version: COPY.version,
      digest: COPY.digest,
      channel: "prod",
      site: "oslo",
      to: COPY.to,
      tag: null,
      expect: null,
    };
    expect(key).toEqual(expected);
  });
});

it("a review stands while the files of its scope are what they were", () => {
  const now = new Map([["promotions/a.yaml", "1"]]);
  const reviewed = new Map([
    [
      HEAD,
      new Map([
        ["promotions/a.yaml", "1"],
        ["promotions/b.yaml", "2"],
      ]),
    ],
    [OLD, new Map([["promotions/a.yaml", "0"]])],
    ["c".repeat(40), new Map<string, string>()],
  ]);
  expect([...standingCommits(["promotions/a.yaml"], now, reviewed)]).toEqual([HEAD]);
  expect([
    ...standingCommits(["promotions/gone.yaml", "promotions/a.yaml"], now, reviewed),
  ]).toEqual([HEAD]);
});
