import PQueue from "p-queue";
import type { Action, ActionResult, ApplyEvent, ApplyOutcome, ApprovedPlan } from "#model";
import type { Stores } from "#stores";
import { BlobMover } from "./blob-mover.ts";
import { actionsOf, jobsOf } from "./jobs.ts";
import { Ledger, type Ending } from "./ledger.ts";
import type { Attestor } from "./attest.ts";
import type { Readmission } from "./readmit.ts";
import { runJob, writeGated, type Run } from "./run-job.ts";

/** How many jobs are under way side by side; what a host can bear is the stores' affair. */
const JOBS_AT_ONCE = 64;

/** What apply needs beside the plan. */
export interface ApplyRequest {
  readonly plan: ApprovedPlan;
  readonly stores: Stores;
  readonly now: () => Date;
  readonly emit: (event: ApplyEvent) => void;
  /** Undefined: no policy asks anything, and nothing is read back. */
  readonly admit?: Readmission | undefined;
  /** Makes our statements; undefined: nobody can sign, and what is to be attested is refused. */
  readonly attest?: Attestor | undefined;
}

/**
 * Does what an approved plan says, and nothing else: it decides nothing. Every action ends as done, skipped, failed or
 * refused, with its reason; when the signal aborts, what is not done is told as skipped and left to the next run.
 */
export async function apply(request: ApplyRequest, signal: AbortSignal): Promise<ApplyOutcome> {
  const { plan, stores, emit } = request;
  const startedAt = request.now().toISOString();
  const ledger = new Ledger(plan.actions, emit);
  emit({ kind: "started", actions: plan.actions.length, bytes: totalBytes(plan.actions) });
  const { admit, attest } = request;
  const run: Run = { stores, ledger, emit, admit, attest, mover: new BlobMover(stores, emit) };
  const ready = plan.actions.filter((action) => !isSetAside(action, request.now(), run));
  await runJobs(run, ready, signal);
  const interrupted = signal.aborted;
  for (const action of plan.actions) ledger.end(action, interrupted ? INTERRUPTED : NOT_TRIED);
  const results = plan.actions
    .map((action) => ledger.result(action.id))
    .filter((result) => result !== undefined);
  return {
    planDigest: plan.digest,
    planned: plan.actions.length,
    observed: results.filter(isDone).length,
    startedAt,
    finishedAt: request.now().toISOString(),
    interrupted,
    results,
  };
}

const INTERRUPTED: Ending = {
  status: "skipped",
  code: "interrupted",
  message: "The run was interrupted before this was done; the next run does it.",
  retryable: true,
};
const NOT_TRIED: Ending = {
  status: "failed",
  code: "not-tried",
  message: "The run ended without trying this; this is a defect of waybill.",
};

async function runJobs(run: Run, actions: readonly Action[], signal: AbortSignal): Promise<void> {
  const jobs = jobsOf(actions);
  const queue = new PQueue({ concurrency: JOBS_AT_ONCE });
  await queue.addAll(
    jobs.map((job) => async () => (signal.aborted ? undefined : runJob(run, job, signal))),
  );
  if (signal.aborted) return;
  const waiting = jobs.filter((job) =>
    actionsOf(job).some((action) => !run.ledger.result(action.id)),
  );
  await queue.addAll(
    waiting.map((job) => async () => (signal.aborted ? undefined : writeGated(run, job, signal))),
  );
}

/** Sets aside what this version of apply cannot do (approval has refused it already) and what waits for a time. */
function isSetAside(action: Action, now: Date, { ledger, attest }: Run): boolean {
  if (!isDoable(action, attest)) {
    ledger.end(action, {
      status: "refused",
      code: "not-supported",
      message: `This version of waybill does not ${action.op}; nothing was done.`,
    });
    return true;
  }
  if (action.notBefore !== undefined && Date.parse(action.notBefore) > now.getTime()) {
    ledger.end(action, {
      status: "skipped",
      code: "waits",
      message: `Waits until ${action.notBefore}.`,
      retryable: true,
    });
    return true;
  }
  return false;
}

function isDoable({ op }: Action, attest: Attestor | undefined): boolean {
  return op === "copy" || op === "tag" || (op === "attest" && attest !== undefined);
}

function totalBytes(actions: readonly Action[]): number {
  return actions.reduce((sum, action) => sum + (action.bytes ?? 0), 0);
}

function isDone(result: ActionResult): boolean {
  return result.status === "done";
}
