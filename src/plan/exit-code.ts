import type { ActionResult, ApplyOutcome, Blocked, BlockedCode, Plan } from "#model";

/** What a run of `plan` or `apply` came to, as far as its exit code asks. */
export interface RunResult {
  /** The plan as shown, or the approved part of it. */
  readonly plan: Plan;
  /** What approval left out; `apply` only. */
  readonly leftOut?: readonly ActionResult[];
  /** Undefined where nothing was applied: `plan`. */
  readonly outcome?: ApplyOutcome;
  /** `--detailed-exitcode`: changes are exit 5. */
  readonly detailed?: boolean;
}

export type ExitCode = 0 | 1 | 3 | 4 | 5 | 130;

/** Blocked for good reason, until a person decides otherwise; the other codes mean that something was not known or failed. */
const REFUSALS: ReadonlySet<BlockedCode> = new Set([
  "foreign-move",
  "tag-would-go-back",
  "still-needed",
  "store-not-supported",
]);

/** The exit code of a run: 130 where it was interrupted, else the first that applies of 1, 4, 3, 5, 0 (contract §4). */
export function exitCode(run: RunResult): ExitCode {
  if (run.outcome?.interrupted) return 130;
  if (isFailed(run)) return 1;
  if (isRefused(run)) return 4;
  if (isUnfinished(run)) return 3;
  if (run.detailed && run.plan.actions.length > 0) return 5;
  return 0;
}

function isFailed({ plan, outcome }: RunResult): boolean {
  if (plan.blocked.some((item) => !isRefusal(item) && !item.bestEffort)) return true;
  if (outcome === undefined) return false;
  if (outcome.results.some((result) => isUndone(result) && !isExcused(result))) return true;
  const done = outcome.results.filter(({ status }) => status === "done").length;
  return outcome.observed !== done || outcome.planned !== outcome.results.length;
}

function isRefused({ plan, leftOut, outcome }: RunResult): boolean {
  return (
    plan.blocked.some(isRefusal) ||
    (leftOut ?? []).length > 0 ||
    (outcome?.results ?? []).some(({ status }) => status === "refused") ||
    (outcome === undefined &&
      (plan.actions.some(({ destructive }) => destructive) || (plan.overLimit ?? []).length > 0))
  );
}

/** What is left here is best effort, or waits for its time. */
function isUnfinished({ plan, outcome }: RunResult): boolean {
  return (
    plan.blocked.length > 0 ||
    (outcome === undefined
      ? plan.actions.some(({ notBefore }) => notBefore !== undefined)
      : outcome.results.some(isUndone))
  );
}

/** Of what trust blocks it says itself whether a fact refused it or could not be read. */
function isRefusal({ code, verdict }: Blocked): boolean {
  return verdict === undefined ? REFUSALS.has(code) : verdict === "refuse";
}

function isUndone({ status }: ActionResult): boolean {
  return status === "failed" || status === "skipped";
}

/** Best effort may fail, and an action that waits for its time was never to be done now. */
function isExcused({ action, status }: ActionResult): boolean {
  return action.bestEffort === true || (status === "skipped" && action.notBefore !== undefined);
}
