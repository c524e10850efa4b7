import { hasErrors, type ApplyOutcome, type Diagnostic, type Plan, type RunRecord } from "#model";
import type { Records } from "#audit";
import type { Coverage } from "#policy";
import { checkChannel } from "../channel-named.ts";
import { findingsOf } from "../findings.ts";
import { load, type Loaded } from "../load.ts";
import { makePlan, openRunStores } from "../make-plan.ts";
import { openWorkplace, type Workplace } from "../pr/open-request.ts";
import { keepRecords } from "../record/keep-record.ts";
import { recordOf } from "../record/record-of.ts";
import { RequestError } from "../request-error.ts";
import { readyRun } from "../run-approved.ts";
import { approveCovered, cover } from "./cover.ts";
import { unfinishedRanges } from "./healing.ts";
import { findRange, type MergeRange } from "./range.ts";
import { resolveSources, type SourceOf } from "./sources.ts";
import type { MergeRequest } from "./request.ts";
import { statementsFor } from "./statements.ts";
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
  const place = await openWorkplace(request, signal);
  const { commit, branch, tip } = await standAt(place, request);
  const records = await fetchedRecords(request, place, signal);
  const { timeline } = place;
  const range = await findRange({ records, timeline, commit, tip, channel: request.channel });
  if (range.kind !== "range") return outdated(range);
  for (const sentence of range.notes) request.note(sentence);
  const now = request.now();
  const merged = { place, commits: range.commits, branch, isEarlier: false, now };
  const sources = await resolveSources(merged, signal);
  const base = await authorityOf(place, commit);
  const loaded = await load({ ...request, base }, signal);
  const { diagnostics } = loaded;
  if (hasErrors(diagnostics)) return { kind: "invalid", diagnostics };
  if (request.channel !== undefined) checkChannel(loaded.desired, request.channel);
  const work = { place, records, range, branch, sources, loaded };
  return carryOut(request, work, signal);
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

interface Standpoint {
  readonly commit: string;
  readonly branch: string;
  readonly tip: string;
}

/** The commit that is checked out, and the branch that it must be on (threat 11). */
async function standAt(
  { git, timeline, bring, remoteTips }: Workplace,
  { env, root }: MergeRequest,
): Promise<Standpoint> {
  const commit = await git.resolve("HEAD");
  const named = env["GITHUB_REF_TYPE"] === "branch" ? env["GITHUB_REF_NAME"] : undefined;
  const branch = named ?? env["WAYBILL_BRANCH"] ?? "main";
  const reference = `refs/heads/${branch}`;
  const tip = (await remoteTips([reference])).get(reference);
  if (commit === undefined || tip === undefined)
    throw new RequestError(`${root} has no commit, or origin has no branch ${branch}.`);
  if (!(await timeline.has([tip]))) await bring([reference]);
  if (timeline.isShallow)
    throw new RequestError(
      "This clone does not have the whole history, and merges are found in it.",
      "check out with fetch-depth: 0",
    );
  if (!(await timeline.isAncestor(commit, tip)))
    throw new RequestError(
      `Commit ${commit.slice(0, 12)} is not on ${branch}: only what was merged is applied.`,
      `run it for a commit of ${branch}`,
    );
  return { commit, branch, tip };
}

async function fetchedRecords(
  { root, now, note }: MergeRequest,
  { token }: Workplace,
  signal: AbortSignal,
): Promise<Records> {
  const [{ fetchRecords, readRecords }, { notesIn, openRemote }] = await Promise.all([
    import("#audit"),
    import("#scm"),
  ]);
  const remote = await openRemote(root, { token }, signal);
  const place = { notes: notesIn(root, signal), remote, now };
  try {
    await fetchRecords(place, signal);
  } catch (error) {
    signal.throwIfAborted();
    note(`Records could not be fetched: ${error instanceof Error ? error.message : ""}`);
  }
  return readRecords(place);
}

/**
 * Whose policies hold: those of the commit before, so that nobody grants themselves a right in the merge that uses it
 * (promise 11); of a merge that changes no promotion, its own, which nothing in it uses.
 */
async function authorityOf({ timeline }: Workplace, commit: string): Promise<string | undefined> {
  const [own] = await timeline.firstParents({ from: undefined, to: commit, most: 1 });
  const before = own?.before;
  if (before === undefined) return undefined;
  const paths = await timeline.changed(before, commit);
  const promotes = paths.some((path) => /^(?:promotions|manifests|images)\//.test(path));
  return promotes ? before : undefined;
}

interface Work {
  readonly place: Workplace;
  readonly records: Records;
  readonly range: Extract<MergeRange, { readonly kind: "range" }>;
  readonly branch: string;
  readonly sources: readonly SourceOf[];
  readonly loaded: Loaded;
}

async function carryOut(
  request: MergeRequest,
  work: Work,
  signal: AbortSignal,
): Promise<MergeAnswer> {
  const { loaded, sources } = work;
  const stores = await openRunStores(loaded, request);
  try {
    const thawed = thawedBy(sources);
    const options = { since: undefined, deep: request.deep, now: request.now, thawed };
    const deepFor = artifactsOf(sources);
    const whole = await makePlan(loaded, { ...options, deepFor }, stores, signal);
    const { coverage, all } = await coveredIn(request, { ...work, whole }, signal);
    const approved = await approveCovered(whole, coverage, request.channel);
    const run = await readyRun({ loaded, stores, whole, approved }, request);
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
    const record = await recordOf(runOf(request, work, all), outcome, loaded.revisions);
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

interface Covered {
  readonly coverage: Coverage;
  /** The range's, and those of earlier runs that were asked about. */
  readonly all: readonly SourceOf[];
}

/** Sorts by the range first; what no merge of it asks for may be left from an earlier one. */
async function coveredIn(
  { channel, now }: MergeRequest,
  { place, records, range, branch, sources, loaded, whole }: Work & { readonly whole: Plan },
  signal: AbortSignal,
): Promise<Covered> {
  const first = await cover(whole, sources, loaded);
  const open = first.uncovered.filter(({ inRange }) => !inRange);
  const actions = open.map(({ action }) => action);
  const { timeline } = place;
  const earlier: SourceOf[] = [];
  const request = { records, timeline, commit: range.to, channel, actions };
  for (const { from, to } of await unfinishedRanges(request)) {
    if (to === range.to) continue;
    const commits = (await timeline.firstParents({ from, to, most: 50 })).toReversed();
    const asked = { place, commits, branch, isEarlier: true, now: now() };
    earlier.unshift(...(await resolveSources(asked, signal)));
  }
  const unstated = [...earlier, ...sources];
  const all = await statementsFor(place, whole, unstated, signal);
  if (earlier.length === 0 && all === unstated) return { coverage: first, all };
  return { coverage: await cover(whole, all, loaded), all };
}

/** Channels whose freeze an approved override of the range lifts. */
function thawedBy(sources: readonly SourceOf[]): ReadonlySet<string> {
  return new Set(
    sources.flatMap(({ overrides }) =>
      overrides.filter(({ limit }) => limit === "freeze").map(({ channel }) => channel),
    ),
  );
}

function artifactsOf(sources: readonly SourceOf[]): ReadonlySet<string> {
  return new Set(sources.flatMap(({ source }) => source.changes.map(({ artifact }) => artifact)));
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
