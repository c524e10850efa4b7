import {
  hasErrors,
  type ActionResult,
  type ApplyEvent,
  type ApplyOutcome,
  type Diagnostic,
  type Plan,
} from "#model";
import type { Attestor } from "#apply";
import type { Approval, Approved } from "#plan";
import { checkChannel } from "./channel-named.ts";
import { findingsOf } from "./findings.ts";
import { load, type Loaded } from "./load.ts";
import { makePlan, openRunStores, type PlanOptions } from "./make-plan.ts";
import type { AttestorOptions } from "./trust/attestor.ts";
import { RequestError } from "./request-error.ts";
import { openAttestor, type SigningRequest } from "./trust/open-attestor.ts";
import { hasRecord, keepRecords } from "./record/keep-record.ts";
import { recordOf } from "./record/record-of.ts";
import { readmission } from "./trust/readmit.ts";

/** What `waybill apply` is asked. */
export interface ApplyRequest extends PlanOptions {
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
    const plan = askedFor(whole, approved);
    const attest = await attestorOf(loaded, { ...request, stores, plan: approved.plan });
    if (!(await request.confirm(plan, approved.plan.actions.length)))
      return { kind: "declined", exitCode: 4 };
    signal.throwIfAborted();
    const rooms = await import("#apply");
    const { trust: context, desired } = loaded;
    const { now, emit } = request;
    const admit = context && readmission({ context, desired, stores, now });
    const done = await rooms.apply(
      { plan: approved.plan, stores, now, emit, admit, attest },
      signal,
    );
    const outcome = withLeftOut(done, approved.leftOut, plan);
    const code = exitCode({ plan: approved.plan, leftOut: approved.leftOut, outcome: done });
    const findings = findingsOf(plan, loaded.desired);
    await keepRecord(outcome, loaded, request);
    return { kind: "applied", plan, outcome, diagnostics, findings, exitCode: code };
  } finally {
    await stores.close();
  }
}

/** Who attests what this run places; a signer that is wanting is told before anything is asked or written. */
async function attestorOf(
  { trust: context, desired, revisions }: Loaded,
  {
    root,
    signing,
    stores,
    plan,
    env,
    now,
  }: ApplyRequest & Pick<AttestorOptions, "stores" | "plan">,
): Promise<Attestor | undefined> {
  if (context === undefined) return undefined;
  const request = signing ?? { folder: root, toolVersion: "" };
  return openAttestor({ context, desired, revisions, stores, plan, env, now }, request);
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

/** The plan as far as this run is about it: with what approval left out, without other channels. */
function askedFor(whole: Plan, { plan, leftOut }: Approved): Plan {
  const asked = new Set(
    [...plan.actions, ...leftOut.map(({ action }) => action)].map(({ id }) => id),
  );
  return {
    ...whole,
    actions: whole.actions.filter(({ id }) => asked.has(id)),
    blocked: plan.blocked,
  };
}

/** The whole outcome in the plan's order: what was done, and what approval left out. */
function withLeftOut(
  done: ApplyOutcome,
  leftOut: readonly ActionResult[],
  plan: Plan,
): ApplyOutcome {
  const results = new Map(
    [...done.results, ...leftOut].map((result) => [result.action.id, result]),
  );
  const ordered = plan.actions
    .map((action) => results.get(action.id))
    .filter((result) => result !== undefined);
  return { ...done, planned: ordered.length, results: ordered };
}
