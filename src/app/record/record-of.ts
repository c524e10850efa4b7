import { createHash } from "node:crypto";
import {
  canonicalJson,
  parseDigest,
  type Action,
  type ApplyOutcome,
  type Blocked,
  type CommitRange,
  type Digest,
  type RecordedApproval,
  type RecordedOutcome,
  type RecordedOverride,
  type RunRecord,
} from "#model";
import type { GitRepository } from "#scm";
import type { Revisions } from "../revisions.ts";

/** What a run knows of itself, for its record. */
export interface RecordRun {
  readonly actor: string;
  readonly runId: string;
  readonly channel: string | undefined;
  /** Undefined: no merge asked for it, and nothing later is told by it what was applied. */
  readonly range?: CommitRange | undefined;
  readonly prs?: readonly number[];
  readonly approvals?: readonly RecordedApproval[];
  readonly overrides?: readonly RecordedOverride[];
  /** What git asked for and could not even be planned: the run left it undone, too. */
  readonly blocked?: readonly Blocked[];
}

/** Writes down what a run did; undefined where there is no commit that it could be about. */
export async function recordOf(
  run: RecordRun,
  outcome: ApplyOutcome,
  revisions: Revisions,
): Promise<RunRecord | undefined> {
  const { git, commit, authority } = revisions;
  if (git === undefined || commit === undefined) return undefined;
  const { named } = await import("#audit");
  return named({
    commit,
    range: run.range,
    channel: run.channel,
    prs: run.prs ?? [],
    planDigest: outcome.planDigest,
    policyDigest: authority === undefined ? undefined : await policyDigest(git, authority),
    approvals: run.approvals ?? [],
    overrides: run.overrides ?? [],
    actor: run.actor,
    runId: run.runId,
    startedAt: outcome.startedAt,
    finishedAt: outcome.finishedAt,
    planned: outcome.planned,
    observed: outcome.observed,
    outcomes: [
      ...outcome.results.map(({ action, status, code }) => ({
        key: keyOf(action),
        kind: action.kind,
        from: action.from,
        status,
        code,
      })),
      ...(run.blocked ?? []).map(blockedOutcome),
    ],
  });
}

/** Where nobody could say which actions it would be, the place is named and what it would hold is not. */
function blockedOutcome({ artifact, version, channel, site, key, code }: Blocked): RecordedOutcome {
  const place = {
    artifact,
    version: version ?? null,
    channel: channel ?? null,
    site: site ?? null,
  };
  const unknown = { op: null, digest: null, to: null, tag: null, expect: null };
  return {
    key: key ?? { ...place, ...unknown },
    kind: "",
    from: undefined,
    status: "skipped",
    code,
  };
}

function keyOf(action: Action): RunRecord["outcomes"][number]["key"] {
  const { op, artifact, version, digest, channel, site, to, tag, expect } = action;
  return { op, artifact, version, digest, channel, site, to, tag, expect };
}

/** One digest for all policies of a commit: of their paths and what they say. Undefined where there are none. */
async function policyDigest(git: GitRepository, commit: string): Promise<Digest | undefined> {
  const paths = await git.filesAt(commit, ["policies"]);
  if (paths.length === 0) return undefined;
  const texts = await git.read(commit, paths);
  const pairs = [...texts].map(([path, text]): readonly [string, string] => [path, text]);
  const sorted = pairs.toSorted(([a], [b]) => (a < b ? -1 : 1));
  const hash = createHash("sha256").update(canonicalJson(sorted)).digest("hex");
  return parseDigest(`sha256:${hash}`);
}
