import {
  DEFAULT_APPROVALS,
  needsRevision,
  type Action,
  type ActionKey,
  type Change,
  type ChangedFile,
  type Override,
  type PlanStatement,
} from "#model";
import { changeKey } from "./intent.ts";
import { judgeChange, type Judged, type UncoveredCode } from "./judge-change.ts";
import type { ApprovalQuestion, ApprovalRules } from "./question.ts";
import { requirementsOf } from "./requirements.ts";
import { isStated, statedKeys, statementOf, type StatedKeys } from "./statement.ts";
import { withoutUndone } from "./undone.ts";
import { approvalVerdict } from "./verdict.ts";

/** Where a change of the default branch came from. */
export type ChangeSource = MergedRequest | DirectCommit;

/** A merged pull request, its reviews, and what a plan said of it. */
export interface MergedRequest {
  readonly kind: "pull-request";
  readonly number: number;
  readonly question: ApprovalQuestion;
  /** What its merge changed. */
  readonly changes: readonly Change[];
  /** Reviewed commit → the changes that the files there asked for; a review approves those alone. */
  readonly reviewed: ReadonlyMap<string, readonly Change[]>;
  /** Only such whose maker is proved. */
  readonly statements: readonly PlanStatement[];
  /** It was applied before, and something of it was left undone. */
  readonly isEarlier: boolean;
}

/** A commit that came without a pull request: it covers only what needs nobody (issue 6 §4). */
export interface DirectCommit {
  readonly kind: "commit";
  readonly commit: string;
  readonly rules: ApprovalRules;
  readonly files: readonly ChangedFile[];
  readonly changes: readonly Change[];
  readonly isEarlier: boolean;
}

/** What sorting needs to know of the plan's actions. */
export interface CoverQuestion {
  readonly actions: readonly Action[];
  /** Oldest first. */
  readonly sources: readonly ChangeSource[];
  /** Moves that a pin asks for: they may go back, so that intent is not enough. */
  readonly isPinned: (action: Action) => boolean;
  /** Whether the digest that a tag names now is one that an approved merge put there. */
  readonly isOurs: (action: Action) => boolean;
  /** Ids of actions that together pass a limit. */
  readonly overLimit: ReadonlySet<string>;
}

/** An action that an approved change asks for. */
export interface CoveredAction {
  readonly action: Action;
  readonly source: ChangeSource;
}

/** An action that is left undone, and why. */
export interface UncoveredAction {
  readonly action: Action;
  readonly code: UncoveredCode;
  readonly message: string;
  /** Something of this range asks for it: then it is refused (exit 4); else it is drift (exit 3). */
  readonly inRange: boolean;
}

export interface Coverage {
  readonly covered: readonly CoveredAction[];
  readonly uncovered: readonly UncoveredAction[];
}

/**
 * Sorts the actions of a plan by what was approved (issue 6 §3 and §4): copies, new tags and computed moves forward need
 * an approved change that asks for them; what takes away, and moves by a pin, also a statement that names them.
 */
export function coverActions(question: CoverQuestion): Coverage {
  const standing = withoutUndone(question.sources.map(({ changes }) => changes));
  const sources = question.sources.map((source, index) => prepare(source, standing[index] ?? []));
  const covered: CoveredAction[] = [];
  const uncovered: UncoveredAction[] = [];
  for (const action of question.actions) {
    const answers = sources.flatMap((source) => ask(action, source, question));
    const yes = answers.findLast(({ judged }) => judged.kind === "yes");
    if (yes !== undefined) covered.push({ action, source: yes.source });
    else uncovered.push(leftUndone(action, answers));
  }
  return { covered, uncovered };
}

/** A source with what is asked of it for every action. */
interface Prepared {
  readonly source: ChangeSource;
  /** By place and digest. */
  readonly changes: ReadonlyMap<string, readonly Change[]>;
  readonly reviewed: ReadonlyMap<string, ReadonlySet<string>>;
  readonly keysOf: (statement: PlanStatement) => StatedKeys;
  readonly overrides: readonly Override[];
}

function prepare(source: ChangeSource, standing: readonly Change[]): Prepared {
  const known = new Map<PlanStatement, StatedKeys>();
  const reviewed = source.kind === "commit" ? [] : [...source.reviewed];
  return {
    source,
    changes: Map.groupBy(standing, slotOf),
    reviewed: new Map(reviewed.map(([at, changes]) => [at, new Set(changes.map(changeKey))])),
    keysOf(statement) {
      const keys = known.get(statement) ?? statedKeys(statement);
      known.set(statement, keys);
      return keys;
    },
    overrides: source.kind === "commit" ? [] : approvalVerdict(source.question).overrides,
  };
}

function slotOf(change: Change): string {
  return "to" in change ? slot(change) : "";
}

type Place = Pick<ActionKey, "artifact" | "digest" | "channel" | "site" | "to">;

/** With channel and site: two channels may share a repository, and what one of them asks for says nothing of the other. */
function slot({ artifact, digest, channel, site, to }: Place): string {
  return [artifact, digest ?? "", channel ?? "", site ?? "", to].join("\n");
}

interface Answer {
  readonly source: ChangeSource;
  readonly judged: Judged;
}

function ask(action: Action, prepared: Prepared, question: CoverQuestion): readonly Answer[] {
  const { source } = prepared;
  return (prepared.changes.get(slot(action)) ?? [])
    .filter((change) => asksFor(change, action))
    .map((change) => {
      const judged =
        source.kind === "commit"
          ? judgeDirect(source, change, action)
          : judgeMerged({ source, prepared }, change, { action, question });
      const over = judged.kind === "yes" && question.overLimit.has(action.id);
      return {
        source,
        judged: over && !isLifted(action, prepared, question) ? OVER_LIMIT : judged,
      };
    });
}

const OVER_LIMIT: Judged = {
  kind: "no",
  code: "over-limit",
  message: "It is one of too many at once, and no approved override lifts that limit.",
};

/** Whether doing the action is what the change comes to. */
function asksFor(change: Change, action: Action): boolean {
  switch (action.op) {
    case "copy":
      return change.kind === "enters";
    case "tag":
      return namesTag(change, action.tag);
    case "untag":
    case "delete":
      return change.kind === "leaves";
    case "attest":
      return change.kind === "enters" || change.kind === "moves";
  }
}

/** A name that only the image itself can fill is the version's own, whatever it comes to. */
function namesTag(change: Change, tag: string | null): boolean {
  if (change.kind === "moves") return change.tag === tag;
  return (
    change.kind === "enters" && change.tags.some((name) => name === tag || needsRevision(name))
  );
}

interface FromMerge {
  readonly source: MergedRequest;
  readonly prepared: Prepared;
}

interface Wanted {
  readonly action: Action;
  readonly question: CoverQuestion;
}

function judgeMerged(
  { source, prepared }: FromMerge,
  change: Change,
  { action, question }: Wanted,
): Judged {
  const key = changeKey(change);
  const intent = judgeChange(source.question, change, ({ commit }) =>
    hasChange(prepared, commit, key),
  );
  if (intent.kind === "no" || !needsStatement(action, question)) return intent;
  const stated = judgeChange(source.question, change, (approval) => {
    const statement = statementOf(approval, source.statements);
    return (
      statement?.pr === source.number &&
      hasChange(prepared, approval.commit, key) &&
      isStated(prepared.keysOf(statement), action, question.isOurs(action))
    );
  });
  if (stated.kind === "yes") return stated;
  return {
    kind: "no",
    code: "statement-missing",
    message:
      "It takes away, or moves a tag by a pin, and no plan that was approved names it: the approvals are older than that plan, or the stores changed since.",
  };
}

function hasChange({ reviewed }: Prepared, commit: string, key: string): boolean {
  return reviewed.get(commit)?.has(key) ?? false;
}

/** What takes away, and what may go back, is approved action by action. */
function needsStatement(action: Action, { isPinned }: CoverQuestion): boolean {
  return action.destructive || (action.op === "tag" && action.expect !== null && isPinned(action));
}

/** Without a pull request nobody was asked: only channels that ask nobody are covered, and nothing is taken away. */
function judgeDirect({ rules, files }: DirectCommit, change: Change, action: Action): Judged {
  const channel = "channel" in change ? rules.channels.get(change.channel) : undefined;
  const { count } = channel?.approvals ?? DEFAULT_APPROVALS;
  const isFree =
    channel !== undefined &&
    count === 0 &&
    channel.promoters === undefined &&
    !action.destructive &&
    !rules.bootstrap &&
    ownersAsked(rules, files, change) === 0;
  return isFree
    ? { kind: "yes" }
    : {
        kind: "no",
        code: "approval-missing",
        message: "It came without a pull request, and its channel needs approvals.",
      };
}

function ownersAsked(
  rules: ApprovalRules,
  files: readonly ChangedFile[],
  { artifact }: Change,
): number {
  const own = files.filter(
    ({ artifacts }) => artifacts.length === 0 || artifacts.includes(artifact),
  );
  return requirementsOf({ rules, files: own }).filter(({ kind }) => kind !== "channel").length;
}

/** Whether an approved override lets as many pass as there are. */
function isLifted(action: Action, { overrides }: Prepared, question: CoverQuestion): boolean {
  const limit = action.destructive ? "remove" : "move";
  const count = question.actions.filter(
    (other) =>
      question.overLimit.has(other.id) &&
      other.channel === action.channel &&
      other.site === action.site &&
      other.destructive === action.destructive,
  ).length;
  return overrides.some(
    (override) =>
      override.limit === limit &&
      override.channel === action.channel &&
      (override.site === undefined || override.site === action.site) &&
      (override.value === undefined || count <= override.value),
  );
}

function leftUndone(action: Action, answers: readonly Answer[]): UncoveredAction {
  const inRange = answers.some(({ source }) => !source.isEarlier);
  const refused = answers.findLast(({ judged }) => judged.kind === "no")?.judged;
  if (refused === undefined || refused.kind === "yes") {
    return {
      action,
      code: "no-approved-change",
      message: "No approved change asks for it: it became needed by something else.",
      inRange: false,
    };
  }
  return { action, code: refused.code, message: refused.message, inRange };
}
