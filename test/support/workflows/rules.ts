import { parse } from "yaml";
import { PINS } from "../../../src/app/init/workflows/pins.ts";

/** One thing in a workflow that our rules forbid. */
export interface WorkflowBreach {
  readonly rule: WorkflowRule;
  readonly where: string;
}

export type WorkflowRule =
  | "trigger" // runs with rights that code of a pull request could borrow
  | "top-permissions"
  | "job-permissions"
  | "unpinned"
  | "unknown-pin"
  | "expression-in-run"
  | "persisted-credentials"
  | "secret-on-pull-request"
  | "secret-on-comment" // what a stranger's comment starts, holds credentials beside a right to write
  | "edited-comment"
  | "foreign-text" // what somebody wrote, anywhere but in a condition
  | "write-and-registry"
  | "inherited-secrets"
  | "no-timeout"
  | "filtered-check"
  | "cancelled-apply";

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, unknown>>;
}

interface Job {
  readonly name?: string;
  readonly if?: string;
  readonly uses?: string;
  readonly secrets?: unknown;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly environment?: string | { readonly name: string };
  readonly concurrency?: { readonly queue?: string; readonly "cancel-in-progress"?: boolean };
  readonly "timeout-minutes"?: number;
  readonly steps?: readonly Step[];
}

export interface WorkflowFile {
  readonly name: string;
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

const CHECK_JOBS = new Set(["waybill / plan", "waybill / approval"]);
const PINNED = new Set(Object.values(PINS).map(({ action, commit }) => `${action}@${commit}`));

/** Our own rows of rules for workflow files (issue 6 §6, research on workflow security). */
export function breachesIn(text: string): readonly WorkflowBreach[] {
  const workflow: WorkflowFile = parse(text);
  const found: WorkflowBreach[] = [];
  function report(rule: WorkflowRule, where: string): void {
    found.push({ rule, where });
  }
  for (const trigger of ["pull_request_target", "workflow_run"]) {
    if (Object.hasOwn(workflow.on, trigger)) report("trigger", trigger);
  }
  if (JSON.stringify(workflow.permissions) !== "{}") report("top-permissions", workflow.name);
  checkUses(text, report);
  checkComments(workflow, report);
  const hasRequests = Object.hasOwn(workflow.on, "pull_request");
  for (const [id, job] of Object.entries(workflow.jobs)) {
    checkJob(id, job, report);
    const asks = JSON.stringify(job.steps ?? []).includes("secrets.");
    if (hasRequests && asks && environmentOf(job) !== "waybill-plan")
      report("secret-on-pull-request", id);
    if (CHECK_JOBS.has(job.name ?? "")) checkReports(id, { job, on: workflow.on }, report);
  }
  return found;
}

type Report = (rule: WorkflowRule, where: string) => void;

function checkUses(text: string, report: Report): void {
  for (const [, used = "", comment = ""] of text.matchAll(/^\s*(?:- )?uses: *(\S+)(.*)$/gm)) {
    if (used.startsWith("./")) continue;
    if (!/@[0-9a-f]{40}$/.test(used) || !/^ # v\d+\.\d+\.\d+/.test(comment))
      report("unpinned", used);
    else if (!used.includes("waybill") && !PINNED.has(used)) report("unknown-pin", used);
  }
}

function checkJob(id: string, job: Job, report: Report): void {
  if (job.permissions === undefined) report("job-permissions", id);
  if (job.secrets === "inherit") report("inherited-secrets", id);
  if (job.uses === undefined && job["timeout-minutes"] === undefined) report("no-timeout", id);
  for (const { run, uses, with: inputs } of job.steps ?? []) {
    if (run?.includes("${{") === true) report("expression-in-run", id);
    if (uses?.startsWith("actions/checkout@") === true && inputs?.["persist-credentials"] !== false)
      report("persisted-credentials", id);
  }
  const asks = JSON.stringify(job.steps ?? []).includes("secrets.");
  if (asks && job.permissions?.["contents"] === "write") report("write-and-registry", id);
  const applies =
    environmentOf(job)?.startsWith("waybill-") === true && environmentOf(job) !== "waybill-plan";
  if (
    applies &&
    (job.concurrency?.queue !== "max" || job.concurrency["cancel-in-progress"] === true)
  )
    report("cancelled-apply", id);
}

/** Anybody can comment: only a new comment starts anything, and what needs credentials only reads. */
function checkComments({ on, jobs }: WorkflowFile, report: Report): void {
  const trigger = on["issue_comment"];
  if (Object.hasOwn(on, "issue_comment") && JSON.stringify(trigger) !== '{"types":["created"]}')
    report("edited-comment", "issue_comment");
  for (const [id, { if: condition, ...job }] of Object.entries(jobs)) {
    if (/github\.event\.\w+\.(?:body|title)\b/.test(JSON.stringify(job)))
      report("foreign-text", id);
    if (trigger === undefined) continue;
    const writes = Object.values(job.permissions ?? {}).includes("write");
    const asks = JSON.stringify(job.steps ?? []).includes("secrets.");
    if (asks && (writes || environmentOf(job) !== "waybill-plan")) report("secret-on-comment", id);
    const isGuarded =
      /^\$\{\{ .*needs\.chat\.|startsWith\(github\.event\.comment\.body, '\/waybill'\)/;
    if (job.uses === undefined && !isGuarded.test(condition ?? "")) report("edited-comment", id);
  }
}

/** A required check that is skipped, or does not run for some files, never reports or reports success. */
function checkReports(
  id: string,
  { job, on }: { readonly job: Job; readonly on: WorkflowFile["on"] },
  report: Report,
): void {
  const events = [on["pull_request"], on["merge_group"]];
  const isFiltered = /"(?:paths|paths-ignore|branches|branches-ignore)"/.test(
    JSON.stringify(events),
  );
  if (job.if !== undefined || isFiltered || events.includes(undefined))
    report("filtered-check", id);
}

function environmentOf({ environment }: Job): string | undefined {
  return typeof environment === "string" ? environment : environment?.name;
}
