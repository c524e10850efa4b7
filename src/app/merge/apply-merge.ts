import type { ApplyOutcome, Diagnostic, Plan, RunRecord } from "#model";
import { findingsOf } from "../findings.ts";
import { openRunStores } from "../make-plan.ts";
import type { Workplace } from "../pr/open-request.ts";
import { keepRecords } from "../record/keep-record.ts";
import { recordOf } from "../record/record-of.ts";
import { readyRun } from "../run-approved.ts";
import { approveCovered } from "./cover.ts";
import { prepareMerge, sortedPlan, type Work } from "./prepare.ts";
import type { MergeRange } from "./range.ts";
import type { MergeRequest } from "./request.ts";
import type { SourceOf } from "./sources.ts";
import { tell } from "./tell.ts";

export type MergeAnswer =
  | { readonly kind: "invalid"; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: "stale" | "superseded"; readonly sentence: string; readonly exitCode: number }
  | {
      readonly kind: "applied";
      readonly plan: Plan;
      readonly outcome: ApplyOutcome;
      readonly diagnostics: readonly Diagnostic[];
      readonly findings: readonly Diagnostic[];
      /** The line of its record, without a newline. */
      readonly recordLine: string | undefined;
      readonly exitCode: number;
    };

/**
 * `waybill apply --on-merge`: does what the merges since the last apply ask for and were approved, leaves all else
 * undone and says so, and tells the pull requests what became of them (issue 6 §4, 004-13).
 */
export async function applyMerge(request: MergeRequest, signal: AbortSignal): Promise<MergeAnswer> {
  const prepared = await prepareMerge(request, signal);
  if (prepared.kind === "invalid") return prepared;
  if (prepared.kind === "outdated") return outdated(prepared.range);
  return carryOut(request, prepared.work, signal);
}

function outdated(range: Exclude<MergeRange, { readonly kind: "range" }>): MergeAnswer {
  const by = range.by.slice(0, 12);
  return range.kind === "superseded"
    ? {
        kind: "superseded",
        sentence: `Commit ${by} was applied, and this one with it.`,
        exitCode: 0,
      }
    : {
        kind: "stale",
        sentence: `stale-run: commit ${by} is newer and was applied; this run would go back.`,
        exitCode: 4,
      };
}

async function carryOut(
  request: MergeRequest,
  work: Work,
  signal: AbortSignal,
): Promise<MergeAnswer> {
  const { loaded } = work;
  const stores = await openRunStores(loaded, request);
  try {
    const { whole, coverage, all, lifts } = await sortedPlan(request, { ...work, stores }, signal);
    const approved = await approveCovered(whole, coverage, request.channel);
    const run = await readyRun({ loaded, stores, whole, approved, lifts }, request);
    const { done, outcome } = await run.go(signal);
    const { exitCode } = await import("#plan");
    const own = new Set(coverage.uncovered.map(({ action }) => action.id));
    const leftOut = approved.leftOut.filter(({ action }) => !own.has(action.id));
    const asked = new Set(run.plan.actions.map(({ id }) => id));
    const uncovered = coverage.uncovered.filter(({ action }) => asked.has(action.id));
    const code = worst([
      exitCode({ plan: approved.plan, leftOut, outcome: done }),
      ...uncovered.map(({ inRange }) => (inRange ? 4 : 3)),
    ]);
    const { blocked } = run.plan;
    const about = { ...runOf(request, work, all), blocked };
    const record = await recordOf(about, outcome, loaded.revisions);
    await share(request, work.place, record);
    const told = { ...work, sources: all, plan: run.plan, outcome, uncovered, record };
    const isTold = await tell(request, { ...told, exitCode: code }, signal);
    const findings = findingsOf(run.plan, loaded.desired);
    const { diagnostics } = loaded;
    const { recordLine } = await import("#audit");
    return {
      kind: "applied",
      plan: run.plan,
      outcome,
      diagnostics,
      findings,
      recordLine: record && recordLine(record),
      exitCode: worst([code, isTold ? 0 : 1]),
    };
  } finally {
    await stores.close();
  }
}

/** The first that applies of 130, 1, 4, 3, 0 (contract §4). */
function worst(codes: readonly number[]): number {
  return [130, 2, 1, 4, 3].find((code) => codes.includes(code)) ?? 0;
}

function runOf(
  { record, channel }: MergeRequest,
  { range }: Work,
  sources: readonly SourceOf[],
): Parameters<typeof recordOf>[0] {
  return {
    ...record,
    channel,
    range: { from: range.from, to: range.to },
    prs: sources.flatMap(({ pullRequest }) => pullRequest?.number ?? []).toSorted((a, b) => a - b),
    approvals: sources.flatMap(({ approvals }) =>
      approvals.map(({ login, id, reviewId, commit }) => ({ login, id, reviewId, commit })),
    ),
    overrides: sources.flatMap(({ pullRequest, overrides }) =>
      overrides.map(({ limit, channel: where, site, value, reason, expires }) => {
        const pr = pullRequest?.number ?? 0;
        return { pr, limit, channel: where, site, value, reason, expires };
      }),
    ),
  };
}

/** The registries are done: a record that cannot be kept is told, and the file of it is still there. */
async function share(
  { root, now, pushRecord, note }: MergeRequest,
  { token }: Workplace,
  record: RunRecord | undefined,
): Promise<void> {
  if (record === undefined) return;
  try {
    await keepRecords([record], { root, now, push: pushRecord, token });
  } catch (error) {
    note(`The record could not be kept: ${error instanceof Error ? error.message : ""}`);
  }
}
