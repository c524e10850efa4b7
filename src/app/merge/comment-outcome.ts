import { isDigest, OPS, parseAddress, repositoryAt, KINDS } from "#model";
import type { Action, ActionResult, Blocked, Plan, RecordedKey, RecordedOutcome } from "#model";
import type { CommentInput } from "#report";
import type { SourceOf } from "./sources.ts";
import { pageOf, type MergeRequest, type Telling } from "./request.ts";

/** Says in a pull request's one comment what became of it (issue 6 §2); a commit without one has nobody to tell. */
export async function commentOutcome(
  request: MergeRequest,
  telling: Telling,
  { source, pullRequest, before, comments }: SourceOf,
  signal: AbortSignal,
): Promise<void> {
  if (pullRequest === undefined) return;
  const artifacts = new Set(source.changes.map(({ artifact }) => artifact));
  if (artifacts.size === 0) return;
  const { forge } = telling.place;
  const results = resultsOf(telling, artifacts);
  const left = new Set(telling.uncovered.map(({ action }) => action.id));
  const finishedAt = telling.outcome.finishedAt.replace(/\.\d+Z$/, "Z");
  const input: CommentInput = {
    instance: request.instance,
    report: {
      result: "changes",
      head: pullRequest.head.commit,
      base: before,
      plan: only(telling.plan, artifacts),
      findings: [],
      changes: source.changes,
      inPlace: [],
      desired: [],
      unread: [],
      bootstrap: false,
      policy: undefined,
      pages: [],
    },
    at: finishedAt,
    repositoryUrl: forge.url,
    summaryUrl: pageOf(request),
    approvals: undefined,
    stale: undefined,
    outcome: {
      commit: telling.record?.commit ?? "",
      finishedAt,
      runUrl: pageOf(request),
      results: results.filter(({ action }) => !left.has(action.id)),
      uncovered: results.filter(({ action }) => left.has(action.id)),
      blocked: telling.plan.blocked.filter(
        (item) => artifacts.has(item.artifact) && actionOfBlocked(item) === undefined,
      ),
      record: telling.record?.id,
    },
    answers: [],
  };
  const [{ commentMarkdown }, { keepSticky }] = await Promise.all([
    import("#report"),
    import("#scm"),
  ]);
  const sticky = {
    pullRequest: pullRequest.number,
    id: request.instance,
    body: commentMarkdown(input),
    ...(comments !== undefined && { known: comments }),
  };
  await keepSticky(forge, sticky, signal);
}

function only(plan: Plan, artifacts: ReadonlySet<string>): Plan {
  return {
    ...plan,
    actions: plan.actions.filter(({ artifact }) => artifacts.has(artifact)),
    blocked: plan.blocked.filter(({ artifact }) => artifacts.has(artifact)),
  };
}

/** This run's results, what it could not even plan, and what runs of other channels did for the same commit. */
function resultsOf(
  { outcome, records, record, plan }: Telling,
  artifacts: ReadonlySet<string>,
): readonly ActionResult[] {
  const told = new Set(outcome.results.map(({ action }) => nameOf(action)));
  const others = (records.get(record?.commit ?? "") ?? [])
    .filter(({ id }) => id !== record?.id)
    .flatMap(({ channel, outcomes }) =>
      outcomes.filter(
        // Of this channel: what an earlier run of the same commit did, where nobody could be told.
        ({ key, status }) =>
          channel !== record?.channel || (status === "done" && !told.has(nameOf(key))),
      ),
    );
  const blocked = plan.blocked.flatMap((item): readonly ActionResult[] => {
    const action = actionOfBlocked(item);
    const { code, reason, hint } = item;
    const result = { status: "skipped", code, message: reason, hint, retryable: true } as const;
    return action === undefined ? [] : [{ action, ...result }];
  });
  const all = [...outcome.results, ...blocked, ...newestOf(others).flatMap(fromRecord)];
  return all.filter(({ action }) => artifacts.has(action.artifact));
}

/** The last word on each action, in the order of the first. */
function newestOf(outcomes: readonly RecordedOutcome[]): readonly RecordedOutcome[] {
  return [...new Map(outcomes.map((outcome) => [nameOf(outcome.key), outcome])).values()];
}

/** What an action is, whatever its tag named when somebody looked. */
function nameOf({ op, artifact, version, digest, channel, site, to, tag }: RecordedKey): string {
  return JSON.stringify([op, artifact, version, digest, channel, site, to, tag]);
}

/** A result as a record names it; none where its words are none that an action has. */
export function fromRecord(recorded: RecordedOutcome): readonly ActionResult[] {
  const action = actionOf(recorded);
  const { status, code } = recorded;
  return action === undefined
    ? []
    : [{ action, status, code, message: undefined, retryable: false }];
}

/** What it would have been; undefined where nobody could tell. */
function actionOfBlocked({ key, code }: Blocked): Action | undefined {
  return key && actionOf({ key, kind: "", from: undefined, status: "skipped", code });
}

/** An action as far as a record names it; undefined where its words are none that an action has. */
function actionOf({ key, kind }: RecordedOutcome): Action | undefined {
  const op = OPS.find((known) => known === key.op);
  const address = key.to === null ? "" : parseAddress(key.to);
  const { artifact, version, digest, expect } = key;
  if (op === undefined || typeof address === "string") return undefined;
  if (artifact === null || version === null || digest === null || !isDigest(digest))
    return undefined;
  return {
    id: "",
    op,
    artifact,
    version,
    digest,
    kind: KINDS.find((known) => known === kind) ?? "generic",
    channel: key.channel,
    site: key.site,
    from: undefined,
    to: repositoryAt(address),
    tag: key.tag,
    expect: expect !== null && isDigest(expect) ? expect : null,
    bytes: undefined,
    reason: "",
    notBefore: undefined,
    destructive: op === "untag" || op === "delete",
    evidence: [],
    repair: false,
    gate: undefined,
  };
}
