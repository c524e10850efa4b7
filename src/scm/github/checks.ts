import type { Account } from "#model";
import type {
  CheckAnnotation,
  CheckConclusion,
  CheckOutput,
  CheckRun,
  CheckRunChange,
  Checks,
  CommitStatus,
  NewCheckRun,
} from "../forge.ts";
import { ForgeError } from "../forge-error.ts";
import type { GitHubClient } from "./client.ts";
import { leavesOpen } from "./once.ts";
import { allPages } from "./pages.ts";
import { ANNOTATIONS_A_REQUEST, shortened } from "./limits.ts";

/** Check runs, which take an App, and commit statuses, which do not. */
export function checksOf(
  client: GitHubClient,
  me: (signal: AbortSignal) => Promise<Account>,
): Checks {
  const ours = { client, me };
  return {
    list: (commit, signal) => list(client, { commit }, signal),
    history: (commit, name, signal) => list(client, { commit, name, all: true }, signal),
    create: (check, signal) => create(ours, check, signal),
    update: (id, change, signal) => finish(client, { id, change, sent: 0 }, signal),
    setStatus: (commit, status, signal) => setStatus(client, { commit, status }, signal),
  };
}

interface Listing {
  readonly commit: string;
  readonly name?: string;
  /** Those too that a newer one of the same name and App replaced. */
  readonly all?: boolean;
}

function list(
  client: GitHubClient,
  { commit, name, all = false }: Listing,
  signal: AbortSignal,
): Promise<readonly CheckRun[]> {
  const ask = { to: `list the checks of commit ${commit.slice(0, 12)}`, right: "checks: read" };
  return client.call(
    ask,
    async (octokit, request, repository) => {
      const named = name === undefined ? {} : { check_name: name };
      const only = { ...named, ...(all && { filter: "all" as const }) };
      const fields = { ...repository, ref: commit, ...only, request };
      const listed = await allPages({ what: "checks", atMost: 10 }, async (at) => {
        const { data, headers } = await octokit.rest.checks.listForRef({ ...fields, ...at });
        return { data: data.check_runs, headers };
      });
      return listed.map(fromRest);
    },
    signal,
  );
}

/** The longest output goes out in pieces, so the conclusion comes with the last one (research: annotations append). */
async function create(ours: Ours, check: NewCheckRun, signal: AbortSignal): Promise<CheckRun> {
  const { client } = ours;
  const run = (await findSame(ours, check, signal)) ?? (await make(ours, check, signal));
  const { conclusion, output, actions } = check;
  const isWhole = (output?.annotations ?? []).length <= ANNOTATIONS_A_REQUEST;
  if (isWhole && run.made) return run;
  const sent = run.made ? ANNOTATIONS_A_REQUEST : await annotationsOf(client, run.id, signal);
  const change = {
    ...(conclusion !== undefined && { conclusion }),
    ...(output !== undefined && { output }),
    ...(actions !== undefined && { actions }),
  };
  await finish(client, { id: run.id, change, sent }, signal);
  return {
    ...run,
    conclusion: conclusion ?? run.conclusion,
    status: conclusion === undefined ? run.status : "completed",
  };
}

interface Ours {
  readonly client: GitHubClient;
  readonly me: (signal: AbortSignal) => Promise<Account>;
}

type FoundRun = CheckRun & { readonly made: boolean };

/** Whoever may make checks can take our name and our id, and only we could change ours. */
async function findSame(
  { client, me }: Ours,
  { commit, name, externalId }: NewCheckRun,
  signal: AbortSignal,
): Promise<FoundRun | undefined> {
  const runs = await list(client, { commit, name }, signal);
  const named = runs.filter((run) => run.name === name && run.externalId === externalId);
  if (named.length === 0) return undefined;
  const { login } = await me(signal);
  const same = named.find(({ app }) => app !== undefined && `${app.slug}[bot]` === login);
  return same && { ...same, made: false };
}

async function make(ours: Ours, check: NewCheckRun, signal: AbortSignal): Promise<FoundRun> {
  const { client } = ours;
  const { commit, name, externalId, detailsUrl, conclusion, output, actions } = check;
  const isWhole = (output?.annotations ?? []).length <= ANNOTATIONS_A_REQUEST;
  const ask = { to: `make the check ${name}`, right: "checks: write", once: true } as const;
  try {
    const made = await client.call(
      ask,
      (octokit, request, repository) =>
        octokit.rest.checks.create({
          ...repository,
          name,
          head_sha: commit,
          external_id: externalId,
          ...(detailsUrl !== undefined && { details_url: detailsUrl }),
          ...(isWhole && conclusion !== undefined
            ? { status: "completed" as const, conclusion }
            : { status: "in_progress" as const }),
          ...(output && { output: outputPiece(output, 0) }),
          ...(actions && { actions: [...actions] }),
          request,
        }),
      signal,
    );
    return { ...fromRest(made.data), made: true };
  } catch (error) {
    const found =
      error instanceof ForgeError && leavesOpen(error)
        ? await findSame(ours, check, signal)
        : undefined;
    if (found === undefined) throw error;
    return found;
  }
}

interface Finish {
  readonly id: number;
  readonly change: CheckRunChange;
  /** How many annotations are there already. */
  readonly sent: number;
}

async function finish(
  client: GitHubClient,
  { id, change, sent }: Finish,
  signal: AbortSignal,
): Promise<void> {
  const all = change.output?.annotations?.length ?? 0;
  let next = sent;
  do {
    const last = next + ANNOTATIONS_A_REQUEST >= all;
    const piece = await patch(client, { id, change, from: next, last }, signal);
    next = piece ?? next + ANNOTATIONS_A_REQUEST;
  } while (next < all);
}

interface Piece {
  readonly id: number;
  readonly change: CheckRunChange;
  readonly from: number;
  readonly last: boolean;
}

/**
 * Sends one piece. Annotations append, so a piece whose answer was lost is not sent again before GitHub says how many
 * it holds; that number is returned, for the caller to go on from.
 */
async function patch(
  client: GitHubClient,
  { id, change, from, last }: Piece,
  signal: AbortSignal,
): Promise<number | undefined> {
  const appends = (change.output?.annotations ?? []).length > from;
  const ask = {
    to: `update check ${id}`,
    right: "checks: write",
    ...(appends && { once: true as const }),
  };
  try {
    await client.call(
      ask,
      (octokit, request, repository) =>
        octokit.rest.checks.update({
          ...repository,
          check_run_id: id,
          ...(last &&
            change.conclusion !== undefined && {
              status: "completed" as const,
              conclusion: change.conclusion,
            }),
          ...(change.output && { output: outputPiece(change.output, from) }),
          ...(change.actions && { actions: [...change.actions] }),
          request,
        }),
      signal,
    );
    return undefined;
  } catch (error) {
    const isOpen = appends && error instanceof ForgeError && leavesOpen(error);
    if (!isOpen || error.code === "refused") throw error;
    const there = await annotationsOf(client, id, signal);
    if (there <= from) throw error;
    return there;
  }
}

async function annotationsOf(
  client: GitHubClient,
  id: number,
  signal: AbortSignal,
): Promise<number> {
  const ask = { to: `read check ${id}`, right: "checks: read" };
  return client.call(
    ask,
    async (octokit, request, repository) => {
      const found = await octokit.rest.checks.get({ ...repository, check_run_id: id, request });
      return found.data.output.annotations_count;
    },
    signal,
  );
}

interface RestOutput {
  title: string;
  summary: string;
  text?: string;
  annotations?: ReturnType<typeof restAnnotation>[];
}

function outputPiece(output: CheckOutput, from: number): RestOutput {
  const { title, summary, text, annotations = [] } = output;
  const piece = annotations.slice(from, from + ANNOTATIONS_A_REQUEST);
  return {
    title,
    summary,
    ...(text !== undefined && { text }),
    ...(piece.length > 0 && { annotations: piece.map(restAnnotation) }),
  };
}

function restAnnotation(annotation: CheckAnnotation): {
  path: string;
  start_line: number;
  end_line: number;
  annotation_level: "notice" | "warning" | "failure";
  title: string;
  message: string;
  start_column?: number;
  end_column?: number;
} {
  const { path, startLine, endLine, level, title, message, startColumn, endColumn } = annotation;
  // GitHub takes columns only within one line.
  const oneLine = startLine === endLine;
  return {
    path,
    start_line: startLine,
    end_line: endLine,
    annotation_level: level,
    title,
    message,
    ...(oneLine && startColumn !== undefined && { start_column: startColumn }),
    ...(oneLine && endColumn !== undefined && { end_column: endColumn }),
  };
}

interface SetStatus {
  readonly commit: string;
  readonly status: CommitStatus;
}

async function setStatus(
  client: GitHubClient,
  { commit, status }: SetStatus,
  signal: AbortSignal,
): Promise<void> {
  const { context, state, description, url } = status;
  await client.call(
    { to: `set the status ${context} of ${commit.slice(0, 12)}`, right: "statuses: write" },
    (octokit, request, repository) =>
      octokit.rest.repos.createCommitStatus({
        ...repository,
        sha: commit,
        context,
        state,
        description: shortened(description),
        ...(url !== undefined && { target_url: url }),
        request,
      }),
    signal,
  );
}

interface RestCheckRun {
  readonly id: number;
  readonly name: string;
  readonly head_sha: string;
  readonly external_id: string | null;
  readonly html_url: string | null;
  readonly status: string;
  readonly conclusion: CheckConclusion | null;
  readonly started_at: string | null;
  readonly completed_at: string | null;
  readonly app: { readonly id: number; readonly slug?: string } | null;
  readonly output: { readonly summary: string | null; readonly text: string | null };
}

function fromRest(run: RestCheckRun): CheckRun {
  return {
    id: run.id,
    name: run.name,
    commit: run.head_sha,
    url: run.html_url ?? undefined,
    externalId: run.external_id ?? undefined,
    status: run.status === "completed" || run.status === "in_progress" ? run.status : "waiting",
    conclusion: run.conclusion ?? undefined,
    startedAt: run.started_at ?? undefined,
    completedAt: run.completed_at ?? undefined,
    app: run.app === null ? undefined : { id: run.app.id, slug: run.app.slug ?? "" },
    ...textsOf(run.output),
  };
}

function textsOf({ summary, text }: RestCheckRun["output"]): Pick<CheckRun, "summary" | "text"> {
  return { summary: summary ?? undefined, text: text ?? undefined };
}
