import { verdictOn } from "../pr/approval.ts";
import { openWorkplace, readRequest } from "../pr/open-request.ts";
import { planOf, sayFailure } from "./check-request.ts";
import { beginPlan, sayApproval, sayPlan, type CheckPlace } from "./report-checks.ts";
import {
  openWorkroom,
  withTree,
  type BotOutcome,
  type BotRequest,
  type Workroom,
} from "./workroom.ts";

/** A group of a merge queue: what the branch would be, after every pull request that goes before. */
export interface CheckGroupRequest extends BotRequest {
  /** The pull request that the group ends with. */
  readonly pr: number;
  readonly head: string;
  readonly base: string;
  /** `refs/heads/gh-readonly-queue/…` */
  readonly reference: string;
}

/**
 * Reports both checks on the commit of a merge queue's group, under the same names, and does nothing else (issue 6 §4).
 * Its branch is named by whoever may write, so that nothing is allowed because of it.
 */
export async function checkGroup(
  request: CheckGroupRequest,
  signal: AbortSignal,
): Promise<BotOutcome> {
  const room = await openWorkroom(request, signal);
  if (room === undefined) return { kind: "ignored", reason: "not-installed" };
  const { head, base, reference, pr, delivery } = request;
  const local = `refs/waybill/queue/${head}`;
  const place = await openWorkplace({ root: room.clone.folder, env: room.access.env }, signal);
  // The branch of a group that was dismissed goes away, or names a later one.
  const tip = (await place.remoteTips([reference])).get(reference);
  if (tip !== head) return { kind: "ignored", reason: "no-commit" };
  await room.clone.fetch([`+${reference}:${local}`]);
  try {
    if (!(await place.timeline.has([head, base]))) return { kind: "ignored", reason: "no-commit" };
    const check = { forge: room.access.forge, commit: head, externalId: `group/${pr}/${delivery}` };
    await beginPlan(check, signal);
    await look({ request, room, check }, signal);
    return { kind: "checked" };
  } finally {
    await room.clone.forget(local);
  }
}

interface Looking {
  readonly request: CheckGroupRequest;
  readonly room: Workroom;
  readonly check: CheckPlace;
}

async function look({ request, room, check }: Looking, signal: AbortSignal): Promise<void> {
  const { state, head, base, pr, now } = request;
  const { clone, access } = room;
  try {
    const { report, exitCode } = await withTree(
      { clone, state, commit: head },
      (root) => planOf({ request, root, since: base }, signal),
      signal,
    );
    await sayPlan(check, { report, exitCode, statement: undefined }, signal);
    // Who approved is asked of the pull request, as it was when it entered the queue.
    const place = await openWorkplace({ root: clone.folder, env: access.env }, signal);
    const open = await readRequest(place, pr, signal);
    const verdict = await verdictOn(place, open, now(), signal);
    await sayApproval(check, { verdict, conflicts: open.merged === undefined }, signal);
  } catch (error) {
    await sayFailure(check, error, signal);
    throw error;
  }
}
