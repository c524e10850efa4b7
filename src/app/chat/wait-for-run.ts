import { setTimeout as sleep } from "node:timers/promises";
import type { Forge, WorkflowRun } from "#scm";

/** A check of approvals takes less than this; the job of a comment has fifteen. */
const MOST_MS = 8 * 60_000;

/** Waits until a run has ended, because only then it can run again; undefined: it did not. */
export async function endOf(
  { runs }: Forge,
  run: WorkflowRun,
  { pollMs, signal }: { readonly pollMs: number; readonly signal: AbortSignal },
): Promise<WorkflowRun | undefined> {
  const tries = Math.ceil(MOST_MS / pollMs);
  let now: WorkflowRun | undefined = run;
  for (let step = 0; now !== undefined && now.status !== "completed"; step += 1) {
    if (step === tries) return undefined;
    await sleep(pollMs, undefined, { signal });
    now = await runs.get(run.id, signal);
  }
  return now;
}
