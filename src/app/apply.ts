import { hasErrors, type ApplyEvent, type ApplyOutcome, type Diagnostic, type Plan } from "#model";
import type { Approval } from "#plan";
import { checkChannel } from "./channel-named.ts";
import { findingsOf } from "./findings.ts";
import { load, type Loaded } from "./load.ts";
import { makePlan, openRunStores, type PlanOptions } from "./make-plan.ts";
import { RequestError } from "./request-error.ts";
import { readyRun } from "./run-approved.ts";
import type { SigningRequest } from "./trust/open-attestor.ts";
import { hasRecord, keepRecords } from "./record/keep-record.ts";
import { recordOf } from "./record/record-of.ts";

/** What `waybill apply` is asked. */
export interface ApplyRequest extends Omit<PlanOptions, "kept"> {
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly registriesFile: string | undefined;
  readonly restrictPaths?: boolean | undefined;
  readonly channel: string | undefined;
  readonly allowDirty: boolean;
  /** What signs our own statements, where a channel asks for them. */
  readonly signing?: SigningRequest | undefined;
  /** Who does it, for the record in the notes of the commit; undefined: none is kept. */
  readonly record?: { readonly actor: string; readonly runId: string } | undefined;
  /** The text of a plan document and the file's name: only what it names is done. */
  readonly planFile: { readonly text: string; readonly name: string } | undefined;
  /** Shows the plan of this run to whoever may say yes; `doable` of its actions may be done now, maybe none. */
  readonly confirm: (plan: Plan, doable: number) => Promise<boolean>;
  readonly emit: (event: ApplyEvent) => void;
  /** Tells the person something that changes nothing. */
  readonly note: (sentence: string) => void;
}

/** What was done, or why nothing was. */
export type ApplyAnswer =
  | { readonly kind: "invalid"; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: "declined"; readonly exitCode: number }
  | {
      readonly kind: "applied";
      /** What was asked for: of one channel where one was named. */
      readonly plan: Plan;
      readonly outcome: ApplyOutcome;
      readonly diagnostics: readonly Diagnostic[];
      /** What was blocked, at the lines that ask for it. */
      readonly findings: readonly Diagnostic[];
      readonly exitCode: number;
    };

/** `waybill apply`: plans again, does what is allowed, and tells what was planned and observed (contract §4). */
export async function apply(request: ApplyRequest, signal: AbortSignal): Promise<ApplyAnswer> {
  const approval = await approvalOf(request);
  if (approval.kind === "invalid") return approval;
  const loaded = await load(request, signal);
  const { diagnostics, notes } = loaded;
  if (hasErrors(diagnostics)) return { kind: "invalid", diagnostics };
  checkCommitted(loaded, request);
  if (request.channel !== undefined) checkChannel(loaded.desired, request.channel);
  for (const note of notes) request.note(note);
  const stores = await openRunStores(loaded, request);
  try {
    const whole = await makePlan(loaded, request, stores, signal);
    const { approve, exitCode } = await import("#plan");
    const approved = approve(whole, approval.approval);
    const { plan, go } = await readyRun({ loaded, stores, whole, approved }, request);
    if (!(await request.confirm(plan, approved.plan.actions.length)))
      return { kind: "declined", exitCode: 4 };
    signal.throwIfAborted();
    const { done, outcome } = await go(signal);
    const code = exitCode({ plan: approved.plan, leftOut: approved.leftOut, outcome: done });
    const findings = findingsOf(plan, loaded.desired);
    await keepRecord(outcome, loaded, request);
    return { kind: "applied", plan, outcome, diagnostics, findings, exitCode: code };
  } finally {
    await stores.close();
  }
}

/**
 * Writes down what was done, in the notes of the commit that was applied (issue 6 §4, 003-34). What was done stays done
 * where that fails, and the person is told.
 */
async function keepRecord(
  outcome: ApplyOutcome,
  { revisions }: Loaded,
  { record: run, channel, root, now, note }: ApplyRequest,
): Promise<void> {
  const { commit } = revisions;
  if (run === undefined || commit === undefined) return;
  try {
    const signal = AbortSignal.timeout(RECORD_WITHIN_MS);
    if (outcome.planned === 0 && (await hasRecord(root, commit, signal))) return;
    const record = await recordOf({ ...run, channel }, outcome, revisions);
    if (record !== undefined) await keepRecords([record], { root, now, push: false });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    note(`The record of this run could not be kept: ${why}`);
  }
}

const RECORD_WITHIN_MS = 10_000;

type ApprovalAnswer =
  | { readonly kind: "approval"; readonly approval: Approval }
  | { readonly kind: "invalid"; readonly diagnostics: readonly Diagnostic[] };

/** Somebody said yes to all of it, or named actions one by one in a file (contract §4, `--plan`). */
async function approvalOf({ planFile, channel }: ApplyRequest): Promise<ApprovalAnswer> {
  if (planFile === undefined)
    return { kind: "approval", approval: { what: { kind: "all" }, channel } };
  const { parsePlanDocument } = await import("#plan");
  const parsed = parsePlanDocument(planFile.text, planFile.name);
  if (parsed.kind === "invalid") return { kind: "invalid", diagnostics: parsed.diagnostics };
  return { kind: "approval", approval: { what: { kind: "keys", ids: parsed.ids }, channel } };
}

/** What is not in git was seen by nobody (promise 2). */
function checkCommitted({ revisions }: Loaded, { allowDirty }: ApplyRequest): void {
  const [first] = revisions.uncommitted;
  if (first === undefined || allowDirty) return;
  const others = revisions.uncommitted.length - 1;
  throw new RequestError(
    `${first}${others > 0 ? ` and ${others} more` : ""} is not committed, and apply does what git says.`,
    "commit it, or say --allow-dirty",
  );
}
