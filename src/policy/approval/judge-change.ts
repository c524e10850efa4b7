import type { ApprovalNeed, Change, CountedApproval } from "#model";
import { opinionsOf } from "./people.ts";
import type { ApprovalQuestion } from "./question.ts";
import { requirementsOf } from "./requirements.ts";
import { judgeNeed, refusalsOf } from "./verdict.ts";

/** Why an action is left undone. */
export type UncoveredCode =
  | "no-approved-change"
  | "approval-missing"
  | "statement-missing"
  | "over-limit";

/** Whether one change is approved. */
export type Judged =
  | { readonly kind: "yes" }
  | { readonly kind: "no"; readonly code: UncoveredCode; readonly message: string };

/**
 * Judges one change of a merged pull request by the approvals that mean it, so that a channel that still lacks one holds
 * up no other channel (issue 6 §4).
 */
export function judgeChange(
  question: ApprovalQuestion,
  change: Change,
  means: (approval: CountedApproval) => boolean,
): Judged {
  const opinions = opinionsOf(question.facts, question.standing);
  const approvals = opinions.approvals.filter(means);
  const channel = "channel" in change ? change.channel : undefined;
  const refusal = refusalsOf(question, opinions).find(
    (item) => item.channel === undefined || item.channel === channel,
  );
  if (refusal !== undefined)
    return { kind: "no", code: "approval-missing", message: refusal.message };
  const files = filesOf(question, change);
  const open = requirementsOf(question)
    .filter((need) => concerns(need, channel, files))
    .map((need) => judgeNeed(question, need, { ...opinions, approvals }))
    .find(({ status }) => status !== "met");
  if (open === undefined) return { kind: "yes" };
  const { requirement, missing } = open;
  return {
    kind: "no",
    code: "approval-missing",
    message: `It needs ${missing === 1 ? "1 approval" : `${missing} approvals`} more for ${requirement.what}.`,
  };
}

/** The files that speak of the artifact, and those that speak of none. */
function filesOf({ files }: ApprovalQuestion, { artifact }: Change): ReadonlySet<string> {
  return new Set(
    files
      .filter(({ artifacts }) => artifacts.length === 0 || artifacts.includes(artifact))
      .map(({ path }) => path),
  );
}

function concerns(
  need: ApprovalNeed,
  channel: string | undefined,
  files: ReadonlySet<string>,
): boolean {
  switch (need.kind) {
    case "owners":
      return need.files.some((file) => files.has(file));
    case "channel":
      return need.channel === channel;
    case "override":
      return false;
    case "policies":
    case "bootstrap":
      return true;
  }
}
