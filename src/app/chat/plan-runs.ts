import type { Forge, WorkflowRun } from "#scm";
import type { OpenRequest, Workplace } from "../pr/open-request.ts";

/** What the jobs that plan leave behind, and the file in it; a plan that was asked for has its merge in the name. */
const PLAN_ARTIFACT = "waybill-plan";
const PLAN_FILE = "plan.json";

/** No more runs of one head are looked through. */
const MOST_RUNS = 10;

/** The newest run of a workflow for this head, of the event that makes its check. */
export async function newestRun(
  { runs }: Forge,
  { head }: OpenRequest,
  file: string,
  signal: AbortSignal,
): Promise<WorkflowRun | undefined> {
  const path = `.github/workflows/${file}`;
  return (await runs.ofCommit(head, signal)).find(
    (run) => run.path === path && run.event === "pull_request" && run.headCommit === head,
  );
}

/** Whether every workflow is the base's: a pull request that changes one may leave behind whatever it likes. */
async function isItsBases(
  { timeline }: Workplace,
  { base, head, merged }: OpenRequest,
): Promise<boolean> {
  const before = merged === undefined ? await timeline.mergeBase(base, head) : base;
  const changed = await timeline.changed(before, merged ?? head);
  return !changed.some((path) => path.startsWith(".github/"));
}

/** GitHub's own merge of this very head; it lags behind a push, and one that conflicts has none. */
export async function mergeOf(
  { git, timeline, bring, remoteTips }: Workplace,
  { pullRequest, head }: OpenRequest,
): Promise<string | undefined> {
  const reference = `refs/pull/${pullRequest.number}/merge`;
  const merge = (await remoteTips([reference])).get(reference);
  if (merge === undefined) return undefined;
  if (!(await timeline.has([merge]))) await bring([reference]);
  return (await git.resolve(`${merge}^2`)) === head ? merge : undefined;
}

/**
 * The newest plan that can be believed: one that a comment asked for, which is made as the default branch says, or that
 * of the check, where the pull request changes no workflow. It is foreign text still, read by its shape and escaped.
 */
export async function believedPlan(
  place: Workplace,
  open: OpenRequest,
  signal: AbortSignal,
): Promise<string | undefined> {
  const asked = await askedPlan(place, open, signal);
  if (asked !== undefined) return asked;
  return (await isItsBases(place, open)) ? checkedPlan(place, open, signal) : undefined;
}

/** A run of this event is never of a pull request's own workflow, whatever name an artifact of another has. */
async function askedPlan(
  place: Workplace,
  open: OpenRequest,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { runs } = place.forge;
  const merge = await mergeOf(place, open);
  if (merge === undefined) return undefined;
  const found = (await runs.artifactsNamed(`${PLAN_ARTIFACT}-${merge}`, signal)).slice(
    0,
    MOST_RUNS,
  );
  for (const artifact of found) {
    const run = await runs.get(artifact.run, signal);
    if (run?.event !== "issue_comment") continue;
    const bytes = await runs.readArtifact(artifact, PLAN_FILE, signal);
    if (bytes !== undefined) return new TextDecoder().decode(bytes);
  }
  return undefined;
}

async function checkedPlan(
  { forge }: Workplace,
  { head }: OpenRequest,
  signal: AbortSignal,
): Promise<string | undefined> {
  const runs = (await forge.runs.ofCommit(head, signal))
    .filter(({ event, headCommit }) => event === "pull_request" && headCommit === head)
    .slice(0, MOST_RUNS);
  for (const run of runs) {
    const artifacts = await forge.runs.artifacts(run.id, signal);
    const newest = artifacts
      .filter(({ name }) => name === PLAN_ARTIFACT)
      .toSorted((a, b) => b.id - a.id)[0];
    if (newest === undefined) continue;
    const bytes = await forge.runs.readArtifact(newest, PLAN_FILE, signal);
    if (bytes !== undefined) return new TextDecoder().decode(bytes);
  }
  return undefined;
}
