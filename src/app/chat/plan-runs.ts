import type { Forge, WorkflowRun } from "#scm";
import type { OpenRequest, Workplace } from "../pr/open-request.ts";

/** What the jobs that plan leave behind, and the file in it. */
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
export async function isItsBases(
  { timeline }: Workplace,
  { base, head, merged }: OpenRequest,
): Promise<boolean> {
  const before = merged === undefined ? await timeline.mergeBase(base, head) : base;
  const changed = await timeline.changed(before, merged ?? head);
  return !changed.some((path) => path.startsWith(".github/"));
}

/** The newest plan that a run of this head left behind; foreign text still, which is read by its shape and escaped. */
export async function believedPlan(
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
