import { plain } from "../plain-text.ts";
import type { ApprovalsShown } from "./comment-input.ts";
import { approvalsSection } from "./approvals.ts";
import type { CheckReport } from "./check-report.ts";
import { COMMENT_ROOM } from "./fit.ts";
import { LADDER } from "./parts.ts";
import { summaryWithin } from "./step-summary.ts";
import { verdictLine } from "./verdict.ts";

/** The words of a check run: one line, and Markdown. */
export interface CheckRunText {
  readonly title: string;
  readonly summary: string;
}

const TITLE_CHARACTERS = 200;

/** What the check run `waybill / plan` says: the same as a step's summary, in the room that a check run has. */
export function planCheckText(report: CheckReport): CheckRunText {
  return { title: titleOf(verdictLine(report)), summary: summaryWithin(COMMENT_ROOM, report) };
}

/** What the check run `waybill / approval` says: who must still approve, and why. */
export function approvalCheckText(approvals: ApprovalsShown): CheckRunText {
  const open = approvals.needed.filter(({ have, want }) => have < want).length;
  const title = approvals.isApproved ? "Approved" : `Not approved: ${open} still needed`;
  const shown = LADDER.map((detail) => approvalsSection(approvals, detail).join("\n"));
  const summary = shown.find((text) => text.length <= COMMENT_ROOM.characters);
  return { title, summary: summary ?? title };
}

/** A title is no Markdown: what stands for emphasis and code is left out. */
function titleOf(line: string): string {
  const text = plain(line.replaceAll("**", "").replaceAll("`", "")).trim();
  return text.length <= TITLE_CHARACTERS ? text : `${text.slice(0, TITLE_CHARACTERS - 1)}…`;
}
