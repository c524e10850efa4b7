import type { ApprovalVerdict } from "#model";
import type { Forge } from "#scm";
import { checkPullRequest, type CheckAnswer } from "../check/check-pull-request.ts";
import { verdictOn } from "../pr/approval.ts";
import {
  openWorkplace,
  readRequest,
  type OpenRequest,
  type Workplace,
} from "../pr/open-request.ts";
import { reportRequest } from "../pr/report-request.ts";
import { keepCheck } from "./kept-checks.ts";
import { beginPlan, sayApproval, sayNoPlan, sayPlan, type CheckPlace } from "./report-checks.ts";
import {
  openWorkroom,
  registryEnvironment,
  REQUESTS,
  withTree,
  type BotOutcome,
  type BotRequest,
  type Workroom,
} from "./workroom.ts";

/** One pull request to look at. */
export interface CheckRequest extends BotRequest {
  readonly pr: number;
}

/** The same as that of jobs: a comment is known by its author too, and an apply with the App's token goes on in it. */
export const INSTANCE = "waybill";

/**
 * Looks at an open pull request as it is now, whatever the event said, and keeps its comment and both its checks
 * current: what `plan --format github`, `pr report` and `approval` do in jobs of Actions, for forks as well (issue 6 §6).
 */
export async function checkRequest(
  request: CheckRequest,
  signal: AbortSignal,
): Promise<BotOutcome> {
  const { app, repository, pr } = request;
  const access = await app.access(repository, signal);
  if (access === undefined) return { kind: "ignored", reason: "not-installed" };
  const found = await access.forge.pullRequests.get(pr, signal);
  if (found === undefined) return { kind: "ignored", reason: "no-pull-request" };
  if (found.state !== "open") return { kind: "ignored", reason: "not-open" };
  const room = await openWorkroom(request, signal);
  if (room === undefined) return { kind: "ignored", reason: "not-installed" };
  const place = await openWorkplace({ root: room.clone.folder, env: access.env }, signal);
  if (found.base.branch !== (await place.defaultBranch()))
    return { kind: "ignored", reason: "other-base" };
  await room.clone.fetch([
    `+refs/heads/${found.base.branch}:refs/remotes/origin/${found.base.branch}`,
    `+refs/pull/${pr}/head:${REQUESTS}${pr}`,
  ]);
  await look({ request, room, place }, signal);
  return { kind: "checked" };
}

interface Looking {
  readonly request: CheckRequest;
  readonly room: Workroom;
  readonly place: Workplace;
}

async function look({ request, room, place }: Looking, signal: AbortSignal): Promise<void> {
  const { forge } = room.access;
  const open = await readRequest(place, request.pr, signal);
  const check = placeOf(forge, open.head, request);
  await beginPlan(check, signal);
  try {
    const verdict =
      open.merged === undefined
        ? await conflicting({ request, place, open, check }, signal)
        : await planned({ request, room, open, check, merged: open.merged }, signal);
    await sayApproval(check, { verdict, conflicts: open.merged === undefined }, signal);
  } catch (error) {
    await sayFailure(check, error, signal);
    throw error;
  }
}

/** The delivery is in the id: what a bot that was killed had begun is found again and finished. */
function placeOf(forge: Forge, commit: string, { pr, delivery }: CheckRequest): CheckPlace {
  return { forge, commit, externalId: `pr/${pr}/${delivery}` };
}

async function conflicting(
  {
    request,
    place,
    open,
    check,
  }: Omit<Looking, "room"> & { readonly open: OpenRequest; readonly check: CheckPlace },
  signal: AbortSignal,
): Promise<ApprovalVerdict> {
  const title = "Conflicts with its base";
  const why = "There is no merge to plan: bring the branch up to date with its base first.";
  await sayNoPlan(check, { title, why }, signal);
  return verdictOn(place, open, request.now(), signal);
}

interface Planning {
  readonly request: CheckRequest;
  readonly room: Workroom;
  readonly open: OpenRequest;
  readonly check: CheckPlace;
  readonly merged: string;
}

async function planned(
  { request, room, open, check, merged }: Planning,
  signal: AbortSignal,
): Promise<ApprovalVerdict> {
  const { pr, state, now } = request;
  const { clone, access } = room;
  return withTree(
    { clone, state, commit: merged },
    async (root) => {
      const answer = await planOf({ request, root, since: open.base }, signal);
      const text = JSON.stringify(answer.document);
      const told = await reportRequest(
        { root, env: access.env, pr, check: text, instance: INSTANCE, now },
        signal,
      );
      await keepCheck(request, { head: open.head, text });
      const { exitCode } = answer;
      const { statement, verdict } = told;
      // What was planned is the merge; whoever reads the check knows the head.
      const report = { ...answer.report, head: open.head };
      await sayPlan(check, { report, exitCode, statement }, signal);
      return verdict;
    },
    signal,
  );
}

/** The check of a merge result, under the authority of a commit (issue 6 §1). */
export function planOf(
  {
    request,
    root,
    since,
  }: { readonly request: BotRequest; readonly root: string; readonly since: string },
  signal: AbortSignal,
): Promise<CheckAnswer> {
  const { env, now, toolVersion } = request;
  return checkPullRequest(
    {
      root,
      since,
      registriesFile: undefined,
      // A pull request could name any folder of the bot's machine (contract §1).
      restrictPaths: true,
      detailedExitCode: false,
      deep: false,
      env: registryEnvironment(env),
      now,
      toolVersion,
    },
    signal,
  );
}

/** A required check that says nothing holds a pull request up for good, so that a failure of ours is told there. */
export async function sayFailure(
  check: CheckPlace,
  error: unknown,
  signal: AbortSignal,
): Promise<void> {
  if (signal.aborted) return;
  const why = error instanceof Error ? error.message : "unknown error";
  const hint =
    error instanceof Error && "hint" in error && typeof error.hint === "string"
      ? ` To do: ${error.hint}.`
      : "";
  await sayNoPlan(check, { title: "Could not be planned", why: `${why}${hint}` }, signal);
}
