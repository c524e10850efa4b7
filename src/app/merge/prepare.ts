import { hasErrors, type Diagnostic, type Lift, type Plan } from "#model";
import type { Records } from "#audit";
import type { Coverage } from "#policy";
import type { Stores } from "#stores";
import { checkChannel } from "../channel-named.ts";
import { load, type Loaded } from "../load.ts";
import { makePlan } from "../make-plan.ts";
import { openWorkplace, type Workplace } from "../pr/open-request.ts";
import { RequestError } from "../request-error.ts";
import { cover } from "./cover.ts";
import { unfinishedRanges } from "./healing.ts";
import { liftsOf, unliftedOf } from "./lifts.ts";
import { findRange, type MergeRange } from "./range.ts";
import type { MergeRequest } from "./request.ts";
import { stillAsked, stillAtTip } from "./still-asked.ts";
import { resolveSources, type SourceOf } from "./sources.ts";
import { statementsFor } from "./statements.ts";

/** What preparing needs to know of a run. */
export type PrepareRequest = Pick<
  MergeRequest,
  "root" | "env" | "now" | "note" | "channel" | "deep" | "registriesFile" | "restrictPaths"
>;

/** What a run works on, or why there is nothing for it. */
export type Prepared =
  | { readonly kind: "invalid"; readonly diagnostics: readonly Diagnostic[] }
  | { readonly kind: "outdated"; readonly range: Exclude<MergeRange, { readonly kind: "range" }> }
  | { readonly kind: "ready"; readonly work: Work };

/** Finds the range of a run, resolves its merges, and reads the tree under the authority that holds (issue 6 §4). */
export async function prepareMerge(
  request: PrepareRequest,
  signal: AbortSignal,
): Promise<Prepared> {
  const place = await openWorkplace(request, signal);
  const { commit, branch, tip } = await standAt(place, request);
  const records = await fetchedRecords(request, place, signal);
  const { timeline } = place;
  const range = await findRange({ records, timeline, commit, tip, channel: request.channel });
  if (range.kind !== "range") return { kind: "outdated", range };
  for (const sentence of range.notes) request.note(sentence);
  const now = request.now();
  const merged = { place, commits: range.commits, branch, isEarlier: false, now };
  const later = { place, commit, tip, now };
  const sources = await stillAtTip(later, await resolveSources(merged, signal));
  for (const sentence of unliftedOf(sources, now)) request.note(sentence);
  const base = await authorityOf(place, { commit, sources });
  const newer = tip === commit ? undefined : tip;
  const loaded = await load({ ...request, base, later: newer }, signal);
  const { diagnostics } = loaded;
  if (hasErrors(diagnostics)) return { kind: "invalid", diagnostics };
  if (request.channel !== undefined) checkChannel(loaded.desired, request.channel);
  return { kind: "ready", work: { place, records, range, branch, tip, sources, loaded } };
}

/** What a run works on. */
export interface Work {
  readonly place: Workplace;
  readonly records: Records;
  readonly range: Extract<MergeRange, { readonly kind: "range" }>;
  readonly branch: string;
  /** The end of the branch as it is now. */
  readonly tip: string;
  readonly sources: readonly SourceOf[];
  readonly loaded: Loaded;
}

/** A plan of the whole tree, the range's artifacts deep, sorted by what was approved. */
export interface SortedPlan extends Covered {
  readonly whole: Plan;
  /** Waits that approved overrides of the range end. */
  readonly lifts: readonly Lift[];
}

/** Plans, and sorts each action by what its merges ask for. */
export async function sortedPlan(
  request: PrepareRequest,
  work: Work & { readonly stores: Stores },
  signal: AbortSignal,
): Promise<SortedPlan> {
  const { loaded, sources, stores } = work;
  const options = { since: undefined, deep: request.deep, now: request.now };
  const lifts = liftsOf(sources);
  const deepFor = artifactsOf(sources);
  const whole = await makePlan(loaded, { ...options, deepFor, lifts }, stores, signal);
  return { whole, lifts, ...(await coveredIn(request, { ...work, whole }, signal)) };
}

interface Standpoint {
  readonly commit: string;
  readonly branch: string;
  readonly tip: string;
}

/** The commit that is checked out, and the branch that it must be on (threat 11). */
async function standAt(place: Workplace, { env, root }: PrepareRequest): Promise<Standpoint> {
  const { git, timeline, bring, remoteTips } = place;
  const commit = await git.resolve("HEAD");
  const branch = await place.defaultBranch();
  const named = env["GITHUB_REF_TYPE"] === "branch" ? env["GITHUB_REF_NAME"] : branch;
  if (branch === undefined || named !== branch)
    throw new RequestError(
      `This job is of ${named ?? "no branch"}, and only what was merged into ${branch ?? "the default branch"} is applied.`,
      "run it on a push to the default branch",
    );
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
  { root, now, note }: PrepareRequest,
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
 * (promise 11); of a merge that changes no promotion, its own, which nothing in it uses. A rebase is one merge.
 */
async function authorityOf(
  { timeline }: Workplace,
  { commit, sources }: { readonly commit: string; readonly sources: readonly SourceOf[] },
): Promise<string | undefined> {
  const [own] = await timeline.firstParents({ from: undefined, to: commit, most: 1 });
  const before = sources.find(({ after }) => after === commit)?.before ?? own?.before;
  if (before === undefined) return undefined;
  const paths = await timeline.changed(before, commit);
  const promotes = paths.some((path) => /^(?:promotions|manifests|images)\//.test(path));
  return promotes ? before : undefined;
}

interface Covered {
  readonly coverage: Coverage;
  /** The range's, and those of earlier runs that were asked about. */
  readonly all: readonly SourceOf[];
}

/** Sorts by the range first; what no merge of it asks for may be left from an earlier one. */
async function coveredIn(
  { channel, now, env, note }: PrepareRequest,
  { place, records, range, branch, tip, sources, loaded, whole }: Work & { readonly whole: Plan },
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
    const older = { place, commits, branch, isEarlier: true, now: now() };
    earlier.unshift(...(await resolveSources(older, signal)));
  }
  const asked = { place, earlier, sources, from: range.from, now: now() };
  const later = { place, commit: range.to, tip, now: now() };
  const unstated = [...(await stillAtTip(later, await stillAsked(asked))), ...sources];
  const all = await statementsFor({ place, plan: whole, sources: unstated, env, note }, signal);
  if (earlier.length === 0 && all === unstated) return { coverage: first, all };
  return { coverage: await cover(whole, all, loaded), all };
}

function artifactsOf(sources: readonly SourceOf[]): ReadonlySet<string> {
  return new Set(sources.flatMap(({ source }) => source.changes.map(({ artifact }) => artifact)));
}
