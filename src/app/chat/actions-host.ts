import type { OpenRequest, Workplace } from "../pr/open-request.ts";
import type { ChatHost, Started } from "./chat-host.ts";
import { believedPlan, mergeOf, newestRun } from "./plan-runs.ts";
import { endOf } from "./wait-for-run.ts";

/** The workflows that commands set off, as `waybill init --github` names them. */
export const WORKFLOWS = {
  plan: "waybill-plan.yml",
  approval: "waybill-approval.yml",
  apply: "waybill-apply.yml",
} as const;

/** How the jobs of GitHub Actions do what a comment asks for; all of it takes `actions: write` and no more. */
export function actionsHost(place: Workplace, pollMs = 5_000): ChatHost {
  return {
    planAgain: (open, base, signal) => planAgain({ place, open, base }, signal),
    judgeAgain: (open, signal) => judgeAgain(place, open, { pollMs, signal }),
    applyAgain: (open, signal) => applyAgain(place, open, signal),
    lastCheck: (open, signal) => believedPlan(place, open, signal),
  };
}

interface Planning {
  readonly place: Workplace;
  readonly open: OpenRequest;
  /** What it was planned against last; undefined: nobody knows. */
  readonly base: string | undefined;
}

/**
 * A check that failed gets its second chance: the same run again, which tells the comment as well where its token may
 * write. It would plan the old merge, so once the base has moved, and for everything else, jobs after this one plan the
 * merge as it is now.
 */
async function planAgain(planning: Planning, signal: AbortSignal): Promise<Started> {
  const { place, open, base } = planning;
  if (base !== undefined && base !== open.base) {
    const started = await planHere(planning);
    const says = `${started.says} Its base moved on: update the branch, and waybill / plan follows.`;
    return started.ok ? { ...started, says } : started;
  }
  const { forge } = place;
  const run = await newestRun(forge, open, WORKFLOWS.plan, signal);
  const isOwn = open.pullRequest.head.repository === forge.repository;
  if (run !== undefined && run.status !== "completed" && isOwn)
    return {
      ok: true,
      says: "It is being planned already; this comment will say what came of it.",
    };
  if (run?.status !== "completed" || run.conclusion === "success") return planHere(planning);
  await forge.runs.again(run.id, signal);
  // A fork's token writes no comment, so that somebody else has to.
  if (!isOwn) return planHere(planning);
  return { ok: true, says: "waybill / plan runs again; this comment will say what came of it." };
}

async function planHere({ place, open }: Planning): Promise<Started> {
  const plan = await mergeOf(place, open);
  return plan === undefined
    ? {
        ok: false,
        says: "GitHub has no merge of this head: it conflicts with its base, or wait a moment.",
      }
    : { ok: true, says: "It is planned again; this comment will say what came of it.", plan };
}

interface Waiting {
  readonly pollMs: number;
  readonly signal: AbortSignal;
}

/** A check beside the failed one would not take its place, so the same run is run again, once it ended. */
async function judgeAgain(
  { forge }: Workplace,
  open: OpenRequest,
  { pollMs, signal }: Waiting,
): Promise<Started> {
  const run = await newestRun(forge, open, WORKFLOWS.approval, signal);
  if (run === undefined)
    return {
      ok: true,
      says: "waybill / approval has not run for this head, and will see it then.",
    };
  const ended = await endOf(forge, run, { pollMs, signal });
  if (ended === undefined)
    return { ok: false, says: "waybill / approval still runs: run it again when it has ended." };
  await forge.runs.again(ended.id, signal);
  return { ok: true, says: "waybill / approval looks again." };
}

/** By its button, on the branch as it is now: a run of an older commit would be refused as stale. */
async function applyAgain(
  { forge }: Workplace,
  { pullRequest }: OpenRequest,
  signal: AbortSignal,
): Promise<Started> {
  await forge.runs.start(WORKFLOWS.apply, pullRequest.base.branch, signal);
  return { ok: true, says: "What was merged is applied again, as far as it is approved." };
}
