import {
  hasErrors,
  type Change,
  type CheckResult,
  type Diagnostic,
  type Json,
  type Plan,
} from "#model";
import type { ExitCode } from "#plan";
import type { CheckReport, PolicyEffect, PolicyTurns } from "#report";
import { findingsOf } from "../findings.ts";
import { load, type Loaded } from "../load.ts";
import { makePlan, openRunStores } from "../make-plan.ts";
import type { PlanRequest } from "../plan.ts";
import { keptProofs } from "../trust/kept-proofs.ts";
import { artifactPages } from "./artifact-pages.ts";
import { carefulStores } from "./careful-stores.ts";
import { changedFiles, type ChangedFiles } from "./changed-files.ts";
import { sortChanges } from "./desired-only.ts";
import { checkMixed } from "./mixed-change.ts";
import { newHosts } from "./new-hosts.ts";
import { rememberingStores } from "./remembering-stores.ts";
import { policyTurns } from "./policy-turns.ts";
import { checkEffect, saidAnew } from "./no-effect.ts";

/** What the check of a pull request came to. */
export interface CheckAnswer {
  readonly report: CheckReport;
  /** The plan's own document with the check's beside it (`check`); the check's alone where nothing was planned. */
  readonly document: Json;
  readonly notes: readonly string[];
  readonly exitCode: number;
}

/**
 * `waybill plan --format github`: what a pull request would do, planned from the merge result under the base's authority
 * (issue 6 §1). It never calls a forge, and no store that the base does not know.
 */
export async function checkPullRequest(
  request: PlanRequest,
  signal: AbortSignal,
): Promise<CheckAnswer> {
  const loaded = await load(request, signal);
  const changed = await changedFiles(request.root, loaded, signal);
  const findings = await findingsIn(loaded, changed);
  const base = {
    head: loaded.revisions.commit,
    base: loaded.revisions.since,
    bootstrap: changed?.bootstrap ?? false,
    policy: policyOf(changed),
  };
  const { notes } = loaded;
  const { checkDocument } = await import("#report");
  if (hasErrors(findings)) {
    const report = invalid({ ...base, findings });
    return { report, document: checkDocument(report), notes, exitCode: 2 };
  }
  const planned = await planIn(request, { loaded, changed }, signal);
  const report = {
    ...base,
    ...planned.report,
    policy: base.policy && { ...base.policy, turned: planned.turned },
    findings: [...findings, ...planned.report.findings],
  };
  const document = { ...planned.document, check: checkDocument(report) };
  return { report, document, notes, exitCode: planned.exitCode };
}

function policyOf(changed: ChangedFiles | undefined): PolicyEffect | undefined {
  const files = changed?.policies ?? [];
  return files.length === 0 ? undefined : { files, turned: undefined };
}

/** What is wrong with the files, and with changing them together; a file that lies aside is told once. */
async function findingsIn(
  { diagnostics, files, desired }: Loaded,
  changed: ChangedFiles | undefined,
): Promise<readonly Diagnostic[]> {
  if (changed === undefined) return diagnostics;
  const [effect, mixed] = await Promise.all([
    checkEffect(changed, files),
    checkMixed(changed, files, desired),
  ]);
  const told = new Set(effect.map(({ file }) => file));
  const rest = diagnostics.filter(({ code, file }) => code !== "file-not-read" || !told.has(file));
  return [...rest, ...effect, ...mixed];
}

type Head = Pick<CheckReport, "head" | "base" | "bootstrap" | "policy" | "findings">;

function invalid(head: Head): CheckReport {
  const nothing = { plan: undefined, changes: [], inPlace: [], desired: [], unread: [], pages: [] };
  return { ...head, ...nothing, result: "invalid" };
}

interface Planned {
  readonly turned: PolicyTurns | undefined;
  readonly report: Omit<CheckReport, keyof Head> & Pick<CheckReport, "findings">;
  readonly document: { readonly [key: string]: Json };
  readonly exitCode: ExitCode;
}

interface Tree {
  readonly loaded: Loaded;
  readonly changed: ChangedFiles | undefined;
}

async function planIn(
  request: PlanRequest,
  { loaded, changed }: Tree,
  signal: AbortSignal,
): Promise<Planned> {
  const [{ exitCode, planDocument }, hosts] = await Promise.all([
    import("#plan"),
    newHosts(loaded),
  ]);
  const careful = await carefulStores(await openRunStores(loaded, request), hosts);
  const stores = rememberingStores(careful);
  try {
    const kept = keptProofs(request);
    const plan = await makePlan(loaded, { ...request, kept }, stores, signal);
    const turned = await policyTurns(request, { loaded, changed, stores }, signal);
    const changes = await changesIn({ loaded, changed }, plan.scope, request.now());
    const unread = careful.unread();
    const { inPlace, desired, known } = sortChanges({
      plan,
      desired: loaded.desired,
      changes,
      unread,
    });
    const pages = await artifactPages(
      { loaded, changes, plan, stores, now: request.now(), kept },
      signal,
    );
    const code = exitCode({ plan: known, detailed: request.detailedExitCode });
    return {
      turned,
      report: {
        result: resultOf(code, { plan: known, unread: unread.length > 0 }),
        plan: known,
        findings: findingsOf(known, loaded.desired),
        changes,
        inPlace,
        desired,
        unread,
        pages,
      },
      document: planDocument(plan),
      exitCode: code === 0 && request.detailedExitCode && desired.length > 0 ? 5 : code,
    };
  } finally {
    await stores.close();
  }
}

/** What the files ask for: places and tags, steps of life, and edits of nothing but words such as a description. */
async function changesIn(
  { loaded, changed }: Tree,
  scope: Plan["scope"],
  now: Date,
): Promise<readonly Change[]> {
  const { before, desired, documents } = loaded;
  if (before === undefined || scope.kind === "all") return [];
  const { changesBetween, decide } = await import("#policy");
  const present = new Set(desired.artifacts.map(({ id }) => id));
  const gone = before.desired.artifacts.map(({ id }) => id).filter((id) => !present.has(id));
  const found = changesBetween({
    before: { desired: before.desired, decisions: decide({ desired: before.desired, now }) },
    now: { desired, decisions: decide({ desired, now }) },
    artifacts: new Set([...scope.artifacts, ...gone]),
  });
  const told = new Set(found.map(({ artifact }) => artifact));
  const differing = await saidAnew(changed, loaded);
  const edited = documents.filter(({ id, file }) => !told.has(id) && differing.has(file));
  return [
    ...found,
    ...edited.map(({ id }) => ({
      kind: "edits" as const,
      artifact: id,
      version: undefined,
      detail: undefined,
    })),
  ];
}

interface Seen {
  readonly plan: Plan;
  readonly unread: boolean;
}

/** The one word for how a check ended; what could not be read is never "none" (issue 6 §1). */
function resultOf(code: ExitCode, { plan, unread }: Seen): CheckResult {
  if (code === 1) return "unknown";
  if (code === 4) return "blocked";
  if (unread) return "desired-only";
  if (plan.actions.length > 0) return "changes";
  // Best effort that could not be read fails nothing, and is known to nobody.
  return plan.blocked.length > 0 ? "unknown" : "none";
}
