import type { Action, Plan, PlanStatement } from "#model";
import type { RunArtifact, WorkflowRun } from "#scm";
import { PLAN_CHECK } from "../pr/check-names.ts";
import type { Environment } from "../pr/forge.ts";
import type { Workplace } from "../pr/open-request.ts";
import { statementsInChecks } from "../pr/statement-in-check.ts";
import type { SourceOf } from "./sources.ts";

/** What the job that comments leaves behind, and the file in it. */
const STATEMENT_ARTIFACT = "waybill-statement";
const STATEMENT_FILE = "statement.json";
/** The workflow that `init --github` writes; nobody else's run speaks for us. */
const PLAN_WORKFLOW = ".github/workflows/waybill-plan.yml";

/** No more runs of one head are looked through. */
const MOST_RUNS = 10;

/** Where statements are looked for. */
export interface StatementRequest {
  readonly place: Workplace;
  readonly plan: Plan;
  readonly sources: readonly SourceOf[];
  readonly env: Environment;
  readonly note: (sentence: string) => void;
}

/**
 * Adds the statements of the pull requests that ask for something which only a statement approves: what takes away, and
 * moves by a pin (issue 6 §3). Where nothing does, nothing is asked, and the same sources are given back.
 */
export async function statementsFor(
  request: StatementRequest,
  signal: AbortSignal,
): Promise<readonly SourceOf[]> {
  const { plan, sources } = request;
  const asking = new Set(plan.actions.filter(mayNeedStatement).map(({ artifact }) => artifact));
  if (asking.size === 0) return sources;
  const found: SourceOf[] = [];
  for (const each of sources) {
    const { source, pullRequest } = each;
    const concerns = source.changes.some(({ artifact }) => asking.has(artifact));
    if (source.kind === "commit" || pullRequest === undefined || !concerns) found.push(each);
    else {
      const statements = await statementsOf(request, each, signal);
      found.push({ ...each, source: { ...source, statements } });
    }
  }
  return found;
}

function mayNeedStatement({ destructive, op, expect }: Action): boolean {
  return destructive || (op === "tag" && expect !== null);
}

/**
 * Statements whose maker is proved: what runs of the workflow that plans left for the reviewed head, where every workflow
 * is byte for byte the base's, so that the pull request wrote none of it; and check runs of our own App, where there is
 * one. Other workflows of the base may run what is in the tree, and leave behind whatever that says.
 */
async function statementsOf(
  request: StatementRequest,
  { pullRequest, before }: SourceOf,
  signal: AbortSignal,
): Promise<readonly PlanStatement[]> {
  const { forge, timeline } = request.place;
  const head = pullRequest?.head.commit;
  if (head === undefined || before === undefined) return [];
  const found: PlanStatement[] = [];
  if (await isItsBases(timeline, { before, head })) {
    const runs = (await forge.runs.ofCommit(head, signal)).filter((run) =>
      isOwn(run, { head, repository: forge.repository }),
    );
    for (const run of runs.slice(0, MOST_RUNS))
      found.push(...(await statementsIn(request, { run, head }, signal)));
  }
  const app = appOf(request.env);
  const checks = { forge, head, name: PLAN_CHECK, app: app ?? 0 };
  return app === undefined ? found : [...found, ...(await statementsInChecks(checks, signal))];
}

/** What the workflow calls by its place in the tree counts as much as the workflow. */
async function isItsBases(
  timeline: Workplace["timeline"],
  { before, head }: { readonly before: string; readonly head: string },
): Promise<boolean> {
  const changed = await timeline.changed(await timeline.mergeBase(before, head), head);
  return !changed.some((path) => path.startsWith(".github/"));
}

/** Of this head, of a pull request of this repository: a fork's run says what it likes. */
function isOwn(
  { headCommit, headRepository, event, path }: WorkflowRun,
  { head, repository }: { readonly head: string; readonly repository: string },
): boolean {
  return (
    path === PLAN_WORKFLOW &&
    headCommit === head &&
    event === "pull_request" &&
    headRepository?.toLowerCase() === repository.toLowerCase()
  );
}

/** The App whose checks count: who sets up the job says which, and no pull request can. */
function appOf(env: Environment): number | undefined {
  const text = env["WAYBILL_GITHUB_APP_ID"]?.trim() ?? "";
  return /^[1-9][0-9]{0,14}$/.test(text) ? Number(text) : undefined;
}

interface OfRun {
  readonly run: WorkflowRun;
  readonly head: string;
}

async function statementsIn(
  request: StatementRequest,
  { run, head }: OfRun,
  signal: AbortSignal,
): Promise<readonly PlanStatement[]> {
  const { parseStatement } = await import("#policy");
  const artifacts = await request.place.forge.runs.artifacts(run.id, signal);
  const found: PlanStatement[] = [];
  for (const artifact of artifacts.filter(({ name }) => name === STATEMENT_ARTIFACT)) {
    const bytes = await bytesOf(request, artifact, signal);
    const statement = bytes && parseStatement(new TextDecoder().decode(bytes));
    // When it was made is the forge's word, not the file's own.
    if (statement?.head === head) found.push({ ...statement, at: artifact.createdAt });
  }
  return found;
}

/** An archive that cannot be read is no statement, and stops nobody else's merge. */
async function bytesOf(
  { place: { forge }, note }: StatementRequest,
  artifact: RunArtifact,
  signal: AbortSignal,
): Promise<Uint8Array | undefined> {
  const { ForgeError } = await import("#scm");
  try {
    return await forge.runs.readArtifact(artifact, STATEMENT_FILE, signal);
  } catch (error) {
    const isItself =
      error instanceof ForgeError &&
      (error.code === "invalid-answer" || error.code === "too-large");
    if (!isItself) throw error;
    note(`${error.message} No statement is taken from it.`);
    return undefined;
  }
}
