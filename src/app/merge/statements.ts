import type { Action, Plan, PlanStatement } from "#model";
import type { Workplace } from "../pr/open-request.ts";
import type { SourceOf } from "./sources.ts";

/** What the job that comments leaves behind, and the file in it. */
const STATEMENT_ARTIFACT = "waybill-statement";
const STATEMENT_FILE = "statement.json";

/** No more runs of one head are looked through. */
const MOST_RUNS = 10;

/**
 * Adds the statements of the pull requests that ask for something which only a statement approves: what takes away, and
 * moves by a pin (issue 6 §3). Where nothing does, nothing is asked, and the same sources are given back.
 */
export async function statementsFor(
  place: Workplace,
  { actions }: Plan,
  sources: readonly SourceOf[],
  signal: AbortSignal,
): Promise<readonly SourceOf[]> {
  const asking = new Set(actions.filter(mayNeedStatement).map(({ artifact }) => artifact));
  if (asking.size === 0) return sources;
  const found: SourceOf[] = [];
  for (const each of sources) {
    const { source, pullRequest } = each;
    const concerns = source.changes.some(({ artifact }) => asking.has(artifact));
    if (source.kind === "commit" || pullRequest === undefined || !concerns) found.push(each);
    else {
      const statements = await statementsOf(place, each, signal);
      found.push({ ...each, source: { ...source, statements } });
    }
  }
  return found;
}

function mayNeedStatement({ destructive, op, expect }: Action): boolean {
  return destructive || (op === "tag" && expect !== null);
}

/**
 * Statements whose maker is proved: artifacts of runs for the reviewed head, of a workflow file that is byte for byte the
 * base's, so that the pull request did not write its own.
 */
async function statementsOf(
  { forge, timeline }: Workplace,
  { pullRequest, before }: SourceOf,
  signal: AbortSignal,
): Promise<readonly PlanStatement[]> {
  const { parseStatement } = await import("#policy");
  const head = pullRequest?.head.commit;
  if (head === undefined || before === undefined) return [];
  const runs = (await forge.runs.ofCommit(head, signal)).slice(0, MOST_RUNS);
  const found: PlanStatement[] = [];
  for (const run of runs) {
    const [own, theirs] = await Promise.all([
      timeline.blobsAt(head, [run.path]),
      timeline.blobsAt(before, [run.path]),
    ]);
    const isBases = own.get(run.path) !== undefined && own.get(run.path) === theirs.get(run.path);
    if (run.headCommit !== head || !isBases) continue;
    const artifacts = await forge.runs.artifacts(run.id, signal);
    for (const artifact of artifacts.filter(({ name }) => name === STATEMENT_ARTIFACT)) {
      const bytes = await forge.runs.readArtifact(artifact, STATEMENT_FILE, signal);
      const statement = bytes && parseStatement(new TextDecoder().decode(bytes));
      // When it was made is the forge's word, not the file's own.
      if (statement?.head === head) found.push({ ...statement, at: artifact.createdAt });
    }
  }
  return found;
}
