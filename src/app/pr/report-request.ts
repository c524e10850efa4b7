import type { ApprovalVerdict } from "#model";
import type { CheckReport, CommentInput } from "#report";
import type { StickyOutcome } from "#scm";
import { RequestError } from "../request-error.ts";
import { shownApprovals, verdictOn } from "./approval.ts";
import type { Environment } from "./forge.ts";
import { openWorkplace, readRequest, type OpenRequest, type Workplace } from "./open-request.ts";
import { nothingPlanned, readCheckText } from "./read-check.ts";

/** What `waybill pr report` is asked. */
export interface ReportRequest {
  readonly root: string;
  readonly env: Environment;
  readonly pr: number;
  /** The text of the document that `plan --format github --out` wrote; undefined: nothing was planned yet. */
  readonly check: string | undefined;
  /** The head that it is about, where the caller knows; else the clone has the merge that was planned. */
  readonly head?: string | undefined;
  /** What was asked in a comment, and what became of it; they stand until the next report. */
  readonly answers?: readonly string[];
  /** Which of several Waybills of one repository this is. */
  readonly instance: string;
  readonly now: () => Date;
}

/** What became of the comment. */
export interface ReportAnswer {
  readonly outcome: StickyOutcome["kind"];
  /** Undefined: a newer run's report stands there, or will. */
  readonly url: string | undefined;
  readonly verdict: ApprovalVerdict;
  /** What a reviewer is shown from now on, as a document; undefined where nothing was planned, or it is outdated. */
  readonly statement: string | undefined;
}

/**
 * `waybill pr report`: keeps the one comment of a pull request current, with what the check found and who must still
 * approve (issue 6 §2). The comment is written and never read as an input.
 */
export async function reportRequest(
  request: ReportRequest,
  signal: AbortSignal,
): Promise<ReportAnswer> {
  const read = request.check === undefined ? undefined : await readReport(request.check);
  const place = await openWorkplace(request, signal);
  const open = await readRequest(place, request.pr, signal);
  const report = read ?? nothingPlanned(open.head, open.base);
  const planned = request.head ?? (await plannedHead(place, report));
  const verdict = await verdictOn(place, open, request.now(), signal);
  const input = inputOf(request, { report: { ...report, head: planned }, open, verdict, place });
  const [{ commentMarkdown }, { keepSticky }] = await Promise.all([
    import("#report"),
    import("#scm"),
  ]);
  const outdated = commentMarkdown({ ...input, stale: { head: undefined, base: undefined } });
  const outcome = await keepSticky(
    place.forge,
    {
      pullRequest: request.pr,
      id: request.instance,
      body: commentMarkdown(input),
      known: open.comments,
      isCurrent: ({ head, state }) => head.commit === planned && state !== "merged",
      outdated,
    },
    signal,
  );
  const url = outcome.kind === "superseded" ? undefined : outcome.comment.url;
  const isCurrent = outcome.kind !== "superseded";
  const statement = isCurrent ? await statementOf(request, open, report) : undefined;
  return { outcome: outcome.kind, url, verdict, statement };
}

async function readReport(text: string): Promise<CheckReport> {
  const report = await readCheckText(text);
  if (typeof report !== "string") return report;
  throw new RequestError(
    `--plan: ${report}.`,
    "waybill plan --format github --out FILE writes one",
  );
}

/** The head that a plan is about: in a checkout of the merge, its second parent; else what was checked out. */
async function plannedHead(
  { git }: Workplace,
  { head, base }: CheckReport,
): Promise<string | undefined> {
  if (head === undefined) return undefined;
  const [first, second] = await Promise.all([git.resolve(`${head}^1`), git.resolve(`${head}^2`)]);
  return second !== undefined && first === base ? second : head;
}

/** The plan that reviewers see from now on; apply asks for it where something is taken away (issue 6 §3). */
async function statementOf(
  { env, pr, now }: ReportRequest,
  { pullRequest, head, base }: OpenRequest,
  { plan }: CheckReport,
): Promise<string | undefined> {
  if (plan === undefined) return undefined;
  const { bodyHash, statementText } = await import("#policy");
  return statementText({
    pr,
    head,
    base,
    planDigest: plan.digest,
    actionKeys: [...plan.actions, ...plan.blocked.flatMap(({ key }) => key ?? [])],
    bodyHash: bodyHash(pullRequest.body),
    at: now()
      .toISOString()
      .replace(/\.\d+Z$/, "Z"),
    runId: env["GITHUB_RUN_ID"] ?? "local",
  });
}

interface Known {
  readonly report: CheckReport;
  readonly open: OpenRequest;
  readonly verdict: ApprovalVerdict;
  readonly place: Workplace;
}

function inputOf(
  { env, instance, now, answers = [] }: ReportRequest,
  { report, open, verdict, place }: Known,
): CommentInput {
  const baseMoved = report.base !== undefined && report.base !== open.base;
  return {
    instance,
    report,
    at: now()
      .toISOString()
      .replace(/\.\d+Z$/, "Z"),
    repositoryUrl: place.forge.url,
    summaryUrl: runUrl(env),
    approvals: shownApprovals(verdict),
    stale: baseMoved ? { head: undefined, base: open.base } : undefined,
    outcome: undefined,
    answers,
  };
}

/** The page of the run of Actions that this is. */
export function runUrl(env: Environment): string | undefined {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: name, GITHUB_RUN_ID: run } = env;
  if (server === undefined || name === undefined || run === undefined) return undefined;
  return `${server}/${name}/actions/runs/${run}`;
}
