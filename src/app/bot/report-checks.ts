import type { ApprovalVerdict, Diagnostic } from "#model";
import type { CheckReport } from "#report";
import type { CheckAction, CheckAnnotation, CheckConclusion, CheckRun, Forge } from "#scm";
import { shownApprovals } from "../pr/approval.ts";
import { APPROVAL_CHECK, PLAN_CHECK } from "../pr/check-names.ts";
import { statementInCheck } from "../pr/statement-in-check.ts";

/** The two names that branch rules ask for (issue 6 §1). */
const CHECKS: Readonly<Record<"plan" | "approval", string>> = {
  plan: PLAN_CHECK,
  approval: APPROVAL_CHECK,
};

/** GitHub sends `requested_action` with the identifier to the App whose check has the button. */
const AGAIN: CheckAction = {
  label: "Plan again",
  description: "Plan this commit again",
  identifier: "plan-again",
};

/** Exit codes after which a check has passed: done, done but something waits, and changes (contract §4). */
const PASSED: ReadonlySet<number> = new Set([0, 3, 5]);
/** A check run has no end of annotations, and a reader has. */
const MOST_ANNOTATIONS = 100;

/** One check run: of which commit, and which look of ours at it. */
export interface CheckPlace {
  readonly forge: Forge;
  readonly commit: string;
  readonly externalId: string;
}

/** Says that the plan is being made. */
export function beginPlan(
  { forge, commit, externalId }: CheckPlace,
  signal: AbortSignal,
): Promise<CheckRun> {
  return forge.checks.create({ commit, name: CHECKS.plan, externalId }, signal);
}

/** What the plan's check is to say. */
export interface PlanSaid {
  readonly report: CheckReport;
  readonly exitCode: number;
  /** What reviewers see from now on, as a document; it goes beside the words. */
  readonly statement: string | undefined;
}

/** Says what the plan came to, at the lines where something is wrong. */
export async function sayPlan(
  { forge, commit, externalId }: CheckPlace,
  { report, exitCode, statement }: PlanSaid,
  signal: AbortSignal,
): Promise<void> {
  const { planCheckText } = await import("#report");
  await forge.checks.create(
    {
      commit,
      name: CHECKS.plan,
      externalId,
      conclusion: PASSED.has(exitCode) ? "success" : "failure",
      output: {
        ...planCheckText(report),
        ...textOf(statement),
        annotations: await annotationsOf(report.findings),
      },
      actions: [AGAIN],
    },
    signal,
  );
}

function textOf(statement: string | undefined): { readonly text?: string } {
  const text = statement === undefined ? undefined : statementInCheck(statement);
  return text === undefined ? {} : { text };
}

/** Says that nothing was planned, and why. */
export async function sayNoPlan(
  { forge, commit, externalId }: CheckPlace,
  { title, why }: { readonly title: string; readonly why: string },
  signal: AbortSignal,
): Promise<void> {
  const { plain } = await import("#report");
  await forge.checks.create(
    {
      commit,
      name: CHECKS.plan,
      externalId,
      conclusion: "failure",
      output: { title, summary: plain(why) },
      actions: [AGAIN],
    },
    signal,
  );
}

/** Says who approved, and who still must. */
export async function sayApproval(
  { forge, commit, externalId }: CheckPlace,
  { verdict, conflicts }: { readonly verdict: ApprovalVerdict; readonly conflicts: boolean },
  signal: AbortSignal,
): Promise<void> {
  const { approvalCheckText } = await import("#report");
  const text = approvalCheckText(shownApprovals(verdict));
  const conflict = {
    title: "Conflicts with its base",
    summary: "It conflicts with its base, so that nobody can tell what was approved.",
  };
  await forge.checks.create(
    {
      commit,
      name: CHECKS.approval,
      externalId,
      conclusion: conflicts ? "failure" : CONCLUSIONS[verdict.status],
      output: conflicts ? conflict : text,
      actions: [AGAIN],
    },
    signal,
  );
}

const CONCLUSIONS: Readonly<Record<ApprovalVerdict["status"], CheckConclusion>> = {
  approved: "success",
  waiting: "action_required",
  refused: "failure",
};

/** The worst first; what a file says that is wrong stands at its line. */
async function annotationsOf(findings: readonly Diagnostic[]): Promise<readonly CheckAnnotation[]> {
  const { plain } = await import("#report");
  const worst = findings.toSorted((a, b) => rank(a) - rank(b));
  return worst.slice(0, MOST_ANNOTATIONS).map((finding) => {
    const { file, line, column, severity, code, message, hint } = finding;
    const told = hint === undefined ? message : `${message} To do: ${hint}`;
    return {
      path: file,
      startLine: line,
      endLine: line,
      startColumn: column,
      endColumn: column,
      level: severity === "error" ? "failure" : "warning",
      title: plain(code, 200),
      message: plain(told),
    };
  });
}

function rank({ severity }: Diagnostic): number {
  return severity === "error" ? 0 : 1;
}
