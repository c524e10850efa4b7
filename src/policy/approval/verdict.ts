import {
  compareText,
  parseTime,
  type ApprovalRefusal,
  type ApprovalVerdict,
  type NeedVerdict,
  type Override,
  type ApprovalNeed,
} from "#model";
import { judge } from "./judge.ts";
import { approverIs, promoterIs, type KnownPeople } from "./membership.ts";
import { opinionsOf, type Opinions } from "./people.ts";
import { nameOf, requirementsOf } from "./requirements.ts";
import { loginKey, type ApprovalQuestion } from "./question.ts";

/**
 * Tells whether a pull request may take effect, and if not, who must still say so (issue 6 §3; 000-11, 003-29, 003-33).
 * The order of reviews does not matter, and one approval more never makes it worse.
 */
export function approvalVerdict(question: ApprovalQuestion): ApprovalVerdict {
  const opinions = opinionsOf(question.facts, question.standing);
  const asked = requirementsOf(question);
  const requirements = asked.map((need) => judgeNeed(question, need, opinions));
  const refusals = refusalsOf(question, opinions);
  const isUnknown = requirements.some(({ status }) => status === "unknown");
  const isMet = requirements.every(({ status }) => status === "met");
  const met = new Set(
    requirements
      .filter(({ status }) => status === "met")
      .map(({ requirement }) => requirement.what),
  );
  return {
    status: refusals.length > 0 || isUnknown ? "refused" : isMet ? "approved" : "waiting",
    requirements,
    refusals,
    approvals: opinions.approvals,
    uncounted: opinions.uncounted,
    overrides: question.overrides.asked.filter(
      (override) => met.has(nameOf(override)) && !isExpired(override, question.now),
    ),
    notes: [...opinions.notes, ...expiredNotes(question)],
  };
}

/** Judges one need by some of the approvals. */
export function judgeNeed(
  question: ApprovalQuestion,
  need: ApprovalNeed,
  { approvals, slack }: Pick<Opinions, "approvals" | "slack">,
): NeedVerdict {
  return isMergedByAdmin(question, need)
    ? mergedByAdmin(question, need)
    : judge(need, { approvals, slack, known: knownOf(question) });
}

/** Why no approval can help, as far as that can be said. */
export function refusalsOf(
  question: ApprovalQuestion,
  opinions: Opinions,
): readonly ApprovalRefusal[] {
  const known = knownOf(question);
  return [
    ...promoterRefusals(question, known),
    ...objectionRefusals(opinions, requirementsOf(question), known),
    ...overrideRefusals(question),
    ...(question.heldBy === undefined ? [] : [held(question.heldBy)]),
    ...(question.isMixed === true ? [MIXED] : []),
  ];
}

/** What is known of the people of a question. */
function knownOf({ facts, rules }: ApprovalQuestion): KnownPeople {
  return { teams: facts.teams, roles: facts.roles, owners: rules.owners };
}

/** The first policies count where an administrator merges them, too (issue 6 §1, `bootstrap`). */
function isMergedByAdmin({ facts }: ApprovalQuestion, { kind }: ApprovalNeed): boolean {
  const merger = facts.pullRequest.mergedBy;
  return (
    kind === "bootstrap" &&
    merger?.kind === "person" &&
    facts.roles.get(loginKey(merger.login)) === "admin"
  );
}

function mergedByAdmin({ facts }: ApprovalQuestion, requirement: ApprovalNeed): NeedVerdict {
  const by = facts.pullRequest.mergedBy === undefined ? [] : [facts.pullRequest.mergedBy.login];
  return { requirement, status: "met", by, missing: 0, candidates: [], rights: [] };
}

/** The author, or who asked our bot, must be a promoter of every channel that promotions change. */
function promoterRefusals(
  { facts, rules, files }: ApprovalQuestion,
  known: KnownPeople,
): readonly ApprovalRefusal[] {
  if (rules.bootstrap) return [];
  const { author } = facts.pullRequest;
  const people = [author, facts.ours?.requester].filter((account) => account !== undefined);
  const promoting = files.filter(({ path }) => !path.startsWith("policies/"));
  const channels = [...new Set(promoting.flatMap((file) => file.channels))].toSorted(compareText);
  return channels.flatMap((channel): readonly ApprovalRefusal[] => {
    const promoters = rules.channels.get(channel)?.promoters;
    if (promoters === undefined) return [];
    const answers = people.map((account) =>
      promoterIs({ ...account, isBot: account.kind !== "person" }, promoters, known),
    );
    if (answers.some(({ kind }) => kind === "in")) return [];
    const rights = answers.flatMap((answer) => (answer.kind === "unknown" ? answer.rights : []));
    const who = author?.login ?? "The author";
    if (rights.length > 0)
      return [
        {
          code: "promoter-unknown",
          channel,
          message: `Whether ${who} may promote to ${channel} cannot be told: the token cannot read ${[...new Set(rights)].join(", ")}.`,
          hint: "name the people in policies/owners.yaml, or give the token that right",
        },
      ];
    return [
      {
        code: "not-a-promoter",
        channel,
        message: `${who} is no promoter of ${channel}.`,
        hint: `ask somebody of ${promoters.length === 0 ? "its promoters, of whom there are none yet," : promoters.join(", ")} to open it`,
      },
    ];
  });
}

/** Somebody whose approval would count asked for changes, and has not taken it back. */
function objectionRefusals(
  { objections }: Opinions,
  asked: readonly ApprovalNeed[],
  known: KnownPeople,
): readonly ApprovalRefusal[] {
  return objections
    .filter(
      (person) =>
        person.kind === "person" &&
        asked.some(({ from }) => approverIs(person, from, known).kind === "in"),
    )
    .map(({ login }) => ({
      code: "changes-requested",
      channel: undefined,
      message: `${login} asked for changes.`,
      hint: "answer them; they approve, or somebody dismisses their review",
    }));
}

function overrideRefusals({ overrides, rules }: ApprovalQuestion): readonly ApprovalRefusal[] {
  return [
    ...overrides.faults.map(
      ({ line, message, hint = "correct the block in the pull request's body" }) => ({
        code: "override-invalid" as const,
        channel: undefined,
        message: `Line ${line} of the pull request's body: ${message}`,
        hint,
      }),
    ),
    ...overrides.asked
      .filter(({ channel }) => !rules.channels.has(channel))
      .map(({ channel, line }) => ({
        code: "override-channel" as const,
        channel,
        message: `Line ${line} of the pull request's body asks for an override in ${channel}, which is no channel.`,
        hint: "name a channel of policies/channels.yaml",
      })),
  ];
}

function held(login: string): ApprovalRefusal {
  return {
    code: "held",
    channel: undefined,
    message: `${login} holds this pull request.`,
    hint: "/waybill unhold, as a comment of its own, lets it go on",
  };
}

const MIXED: ApprovalRefusal = {
  code: "policy-and-promotion",
  channel: undefined,
  message: "It changes a policy or a workflow together with a promotion.",
  hint: "open two pull requests, each for one of them",
};

function isExpired({ expires }: Override, now: Date): boolean {
  return (parseTime(expires) ?? -Infinity) <= now.getTime();
}

function expiredNotes({ overrides, now }: ApprovalQuestion): readonly string[] {
  return overrides.asked
    .filter((override) => isExpired(override, now))
    .map((override) => `The ${nameOf(override)} expired at ${override.expires}: it lifts nothing.`);
}
