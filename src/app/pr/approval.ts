import type { ApprovalVerdict } from "#model";
import type { ApprovalsShown } from "#report";
import { askAbout } from "./ask-about.ts";
import { APPROVAL_CHECK } from "./check-names.ts";
import { differenceBetween } from "./difference.ts";
import type { Environment } from "./forge.ts";
import { heldBy } from "./held-by.ts";
import { openWorkplace, readRequest, type OpenRequest, type Workplace } from "./open-request.ts";
import { reapprovedIn } from "./reapproved.ts";

/** What `waybill approval` is asked. */
export interface ApprovalRequest {
  readonly root: string;
  readonly env: Environment;
  readonly pr: number;
  readonly now: () => Date;
  /** Sets the commit status of the head too: for tokens whose job is not the check. */
  readonly status: boolean;
}

/** Who approved, and who still must. */
export interface ApprovalAnswer {
  readonly pr: number;
  readonly head: string;
  readonly verdict: ApprovalVerdict;
  /** It conflicts with its base, so that nobody can tell what was approved. */
  readonly conflicts: boolean;
  readonly exitCode: number;
}

/** `waybill approval`: whether a pull request may take effect, by its base's rules (issue 6 §3, 000-11, 003-29). */
export async function approval(
  request: ApprovalRequest,
  signal: AbortSignal,
): Promise<ApprovalAnswer> {
  const place = await openWorkplace(request, signal);
  const open = await readRequest(place, request.pr, signal);
  const verdict = await verdictOn(place, open, request.now(), signal);
  const conflicts = open.merged === undefined;
  const isApproved = verdict.status === "approved" && !conflicts;
  if (request.status) {
    await place.forge.checks.setStatus(
      open.head,
      {
        context: APPROVAL_CHECK,
        state: isApproved ? "success" : verdict.status === "refused" ? "failure" : "pending",
        description: await sentenceOf(verdict, conflicts),
      },
      signal,
    );
  }
  return { pr: request.pr, head: open.head, verdict, conflicts, exitCode: isApproved ? 0 : 4 };
}

/** The verdict on an open pull request; one that conflicts is judged as its head is, and is not approved by that. */
export async function verdictOn(
  { forge, git, timeline }: Workplace,
  open: OpenRequest,
  now: Date,
  signal: AbortSignal,
): Promise<ApprovalVerdict> {
  const { approvalVerdict } = await import("#policy");
  const { base, head, merged, comments } = open;
  const counts = merged ?? head;
  const difference = await differenceBetween({ git, timeline, before: base, after: counts, now });
  const again = reapprovedIn(await timeline.message(head), difference);
  const meant = { forge, timeline, whole: open, counts, difference: again ?? difference, now };
  const held = await heldBy(forge, comments, signal);
  return approvalVerdict(await askAbout({ ...meant, heldBy: held }, signal));
}

/** One sentence for a status. */
async function sentenceOf(verdict: ApprovalVerdict, conflicts: boolean): Promise<string> {
  if (conflicts) return "It conflicts with its base.";
  const [refusal] = verdict.refusals;
  if (refusal !== undefined) return refusal.message;
  const open = verdict.requirements.filter(({ status }) => status !== "met");
  if (open.length === 0) return "Approved.";
  return `Waits for ${open.map(({ requirement }) => requirement.what).join(", ")}.`;
}

/** A verdict as the comment shows it. */
export function shownApprovals(verdict: ApprovalVerdict): ApprovalsShown {
  return {
    isApproved: verdict.status === "approved",
    needed: verdict.requirements.map(
      ({ requirement, by, missing, candidates, rights, status }) => ({
        from: candidates,
        have: by.length,
        want: by.length + missing,
        why:
          status === "unknown"
            ? `${requirement.what}; the token cannot read ${rights.join(", ")}`
            : requirement.what,
      }),
    ),
    refused: verdict.refusals.map(({ message, hint }) => `${message} To do: ${hint}.`),
    given: verdict.approvals.map(({ login, commit }) => ({ login, commit })),
    notCounted: verdict.uncounted.map(({ login, why }) => ({ login, why: NOT_COUNTED[why] })),
  };
}

const NOT_COUNTED: Readonly<Record<ApprovalVerdict["uncounted"][number]["why"], string>> = {
  "own-pull-request": "it is their pull request",
  "own-commit": "a commit of it is theirs",
  "own-push": "they pushed to it",
  "own-request": "they asked for it",
  "not-a-person": "it is no person",
  "other-commit": "they looked at other files than there are now",
  "after-merge": "it was merged before",
  "changes-requested": "they asked for changes",
  dismissed: "it was dismissed",
};
