import type { ActionResult, PullRequest, RunRecord } from "#model";
import type { CheckReport, CommentInput, Outcome } from "#report";
import { differenceBetween } from "../pr/difference.ts";
import type { Workplace } from "../pr/open-request.ts";
import { nothingPlanned, readCheckText } from "../pr/read-check.ts";
import { fromRecord } from "./comment-outcome.ts";

/** What to say of a pull request that is merged. */
export interface MergedReport {
  readonly root: string;
  readonly instance: string;
  readonly now: () => Date;
  readonly place: Workplace;
  readonly pullRequest: PullRequest;
  /** The document of the plan that was shown before the merge; undefined: it is not there any more. */
  readonly check: string | undefined;
  readonly answers: readonly string[];
}

/**
 * Writes the one comment of a merged pull request anew, from the records of what was applied and the plan from before;
 * its address. The comment is written and never read as an input.
 */
export async function reportMerged(
  report: MergedReport,
  signal: AbortSignal,
): Promise<string | undefined> {
  const { place, pullRequest, instance, now, answers } = report;
  const [{ commentMarkdown }, { keepSticky }] = await Promise.all([
    import("#report"),
    import("#scm"),
  ]);
  const input: CommentInput = {
    instance,
    report: await planned(report),
    at: now()
      .toISOString()
      .replace(/\.\d+Z$/, "Z"),
    repositoryUrl: place.forge.url,
    summaryUrl: undefined,
    approvals: undefined,
    stale: undefined,
    outcome: await outcomeOf(report, signal),
    answers,
  };
  const sticky = { pullRequest: pullRequest.number, id: instance, body: commentMarkdown(input) };
  const kept = await keepSticky(place.forge, sticky, signal);
  return kept.kind === "superseded" ? undefined : kept.comment.url;
}

async function planned({ check, pullRequest }: MergedReport): Promise<CheckReport> {
  const read = check === undefined ? undefined : await readCheckText(check);
  return read === undefined || typeof read === "string"
    ? nothingPlanned(pullRequest.head.commit, undefined)
    : read;
}

/** What runs wrote down about this pull request's artifacts, the newest word on each action; undefined: nothing yet. */
async function outcomeOf(report: MergedReport, signal: AbortSignal): Promise<Outcome | undefined> {
  const records = await recordsOf(report, signal);
  const last = records.at(-1);
  if (last === undefined) return undefined;
  const artifacts = await artifactsOf(report);
  const newest = new Map<string, ActionResult>();
  for (const { outcomes } of records) {
    for (const recorded of outcomes) {
      const [result] = fromRecord(recorded);
      const name = JSON.stringify(recorded.key);
      if (result !== undefined && artifacts.has(result.action.artifact)) newest.set(name, result);
    }
  }
  return {
    commit: last.commit,
    finishedAt: last.finishedAt,
    runUrl: undefined,
    results: [...newest.values()],
    uncovered: [],
    record: last.id,
  };
}

async function recordsOf(
  { root, now, place, pullRequest }: MergedReport,
  signal: AbortSignal,
): Promise<readonly RunRecord[]> {
  const [{ fetchRecords, readRecords }, { notesIn, openRemote }] = await Promise.all([
    import("#audit"),
    import("#scm"),
  ]);
  const remote = await openRemote(root, { token: place.token }, signal);
  const kept = { notes: notesIn(root, signal), remote, now };
  await fetchRecords(kept, signal);
  return [...(await readRecords(kept)).values()]
    .flat()
    .filter(({ prs }) => prs.includes(pullRequest.number))
    .toSorted((a, b) => Date.parse(a.finishedAt) - Date.parse(b.finishedAt));
}

async function artifactsOf({
  place,
  pullRequest,
  now,
}: MergedReport): Promise<ReadonlySet<string>> {
  const { git, timeline } = place;
  const after = pullRequest.mergeCommit;
  if (after === undefined) return new Set();
  const before = await git.resolve(`${after}^1`);
  const asked = { git, timeline, before, after, now: now() };
  return new Set((await differenceBetween(asked)).changes.map(({ artifact }) => artifact));
}
