import { setTimeout as sleep } from "node:timers/promises";
import type { Account, PullRequest } from "#model";
import type { Comment, Forge } from "./forge.ts";
import { ForgeError } from "./forge-error.ts";

/** The one comment that a report of ours keeps on a pull request (issue 6 §2). */
export interface StickyComment {
  readonly pullRequest: number;
  /** Which of several Waybills on one repository it belongs to: the marker's `id`. */
  readonly id: string;
  /** Its first line is the marker: `<!-- waybill:plan v1 id=… head=… … -->`. */
  readonly body: string;
  /** Whether the report is still about what is there; where not, a newer run reports. Not given: nothing overtakes it. */
  readonly isCurrent?: ((pullRequest: PullRequest) => boolean) | undefined;
  /** What to leave in place of our report where it was overtaken while it was written, and nobody else's stands there. */
  readonly outdated?: string;
  /** The pull request's comments as somebody listed them before: where ours is need not be asked again. */
  readonly known?: readonly Comment[];
  /** One step of the wait for a listing that lags behind what was written, in milliseconds; half a second where not said. */
  readonly settleMs?: number;
}

/** What became of it. */
export type StickyOutcome =
  | { readonly kind: "created" | "updated" | "unchanged"; readonly comment: Comment }
  | { readonly kind: "superseded" };

/** What a sticky comment needs of a forge. */
export type StickyForge = Pick<Forge, "comments" | "pullRequests" | "whoAmI">;

const ATTEMPTS = 5;
const SETTLE_STEPS = 3;
const SETTLE_MS = 500;

/**
 * Brings the one comment up to date: ours by marker and author, the oldest where there are several, the others removed.
 * Nothing here is atomic, so each write is read back: two runs that both create one keep the older and both write into
 * it, and a run whose head was overtaken leaves the newer run's report alone.
 * @throws {ForgeError} `conflict` where somebody undoes every attempt
 */
export async function keepSticky(
  forge: StickyForge,
  sticky: StickyComment,
  signal: AbortSignal,
): Promise<StickyOutcome> {
  const me = await forge.whoAmI(signal);
  const task: Task = { forge, sticky, me, signal };
  let made: Written["kind"] = "unchanged";
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const tried = await tryOnce(task, attempt === 1 ? sticky.known : undefined);
    if (tried.written !== undefined) made = worthier(made, tried.written.kind);
    if (tried.outcome === "superseded") return { kind: "superseded" };
    if (tried.outcome !== undefined) return { kind: made, comment: tried.outcome };
  }
  throw new ForgeError({
    code: "conflict",
    message: `Somebody else keeps changing our comment on pull request ${sticky.pullRequest}.`,
  });
}

/** A comment that we made is told as made, whatever was still to be done with it. */
function worthier(made: Written["kind"], now: Written["kind"]): Written["kind"] {
  return made === "created" || now === "unchanged" ? made : now;
}

/** What one attempt came to; no outcome: look again. */
interface Tried {
  readonly written?: Written | undefined;
  readonly outcome?: Comment | "superseded" | undefined;
}

async function tryOnce(task: Task, known: readonly Comment[] | undefined): Promise<Tried> {
  const { sticky } = task;
  const [before, ...extras] = known === undefined ? await ours(task) : oursIn(task, known);
  if (!(await isCurrent(task))) return { outcome: "superseded" };
  // What was listed long ago tells where our comment is, and not what it says by now.
  const isSame = known === undefined && before?.body === sticky.body;
  const written = isSame ? unchanged(before) : await write(task, before);
  if (written === undefined) return {};
  if (sticky.isCurrent !== undefined || written.kind === "created")
    return { written, outcome: await readBack(task, before, written.comment) };
  // Nothing overtakes it, and it was there before: whoever makes a second one sees this one.
  await removeAll(task, extras);
  return { written, outcome: written.comment };
}

async function readBack(
  task: Task,
  before: Comment | undefined,
  written: Comment,
): Promise<Tried["outcome"]> {
  const settled = await settle(task, written);
  if (settled === undefined) return undefined;
  if (!(await isCurrent(task))) {
    await overtaken(task, { before, now: settled });
    return "superseded";
  }
  const isKept = settled.body === written.body || headOf(settled) === headOf(written);
  return isKept ? settled : undefined;
}

interface Task {
  readonly forge: StickyForge;
  readonly sticky: StickyComment;
  readonly me: Account;
  readonly signal: AbortSignal;
}

async function isCurrent({ forge, sticky, signal }: Task): Promise<boolean> {
  if (sticky.isCurrent === undefined) return true;
  const pullRequest = await forge.pullRequests.get(sticky.pullRequest, signal);
  if (pullRequest !== undefined) return sticky.isCurrent(pullRequest);
  throw new ForgeError({
    code: "not-found",
    message: `There is no pull request ${sticky.pullRequest} in ${sticky.id}'s repository.`,
  });
}

/** Oldest first. The marker alone proves nothing: anybody can write it. */
async function ours(task: Task): Promise<readonly Comment[]> {
  return oursIn(task, await task.forge.comments.list(task.sticky.pullRequest, task.signal));
}

function oursIn({ sticky, me }: Task, comments: readonly Comment[]): readonly Comment[] {
  return comments
    .filter((comment) => isOf(comment, me) && markerOf(comment.body)?.get("id") === sticky.id)
    .toSorted((a, b) => a.id - b.id);
}

function isOf({ author }: Comment, me: Account): boolean {
  if (author === undefined) return false;
  if (me.id !== undefined && author.id !== undefined) return me.id === author.id;
  return me.login === author.login;
}

interface Written {
  readonly kind: "created" | "updated" | "unchanged";
  readonly comment: Comment;
}

function unchanged(comment: Comment): Written {
  return { kind: "unchanged", comment };
}

async function removeAll({ forge, signal }: Task, extras: readonly Comment[]): Promise<void> {
  for (const extra of extras) await forge.comments.remove(extra.id, signal);
}

/** Undefined: it was deleted under us, or it is open whether it was written; the next attempt looks again. */
async function write(
  { forge, sticky, signal }: Task,
  before: Comment | undefined,
): Promise<Written | undefined> {
  try {
    if (before === undefined) {
      const comment = await forge.comments.create(sticky.pullRequest, sticky.body, signal);
      return { kind: "created", comment };
    }
    const comment = await forge.comments.update(before.id, sticky.body, signal);
    return comment && { kind: "updated", comment };
  } catch (error) {
    if (error instanceof ForgeError && MAY_BE_DONE.has(error.code)) {
      await sleep(sticky.settleMs ?? SETTLE_MS, undefined, { signal });
      return undefined;
    }
    throw error;
  }
}

const MAY_BE_DONE: ReadonlySet<ForgeError["code"]> = new Set([
  "unavailable",
  "timeout",
  "unreachable",
]);

/**
 * Removes the others and returns the comment that stays, as it reads now; undefined where ours is not the one that
 * stays, so that the next attempt writes into the one that does.
 */
async function settle(task: Task, written: Comment): Promise<Comment | undefined> {
  const mine = await oursWith(task, written);
  const [oldest, ...others] = mine;
  if (oldest?.id !== written.id) return undefined;
  await removeAll(task, others);
  return oldest;
}

/** A listing may lag behind what was written: it is asked again, and believed once it shows what we know of. */
async function oursWith(task: Task, written: Comment): Promise<readonly Comment[]> {
  const { forge, sticky, signal } = task;
  for (let step = 1; ; step += 1) {
    const mine = await ours(task);
    if (mine.some(({ id }) => id === written.id)) return mine;
    if (step > SETTLE_STEPS) {
      const there = await forge.comments.get(written.id, signal);
      const known = there === undefined ? mine : [...mine, there];
      return known.toSorted((a, b) => a.id - b.id);
    }
    await sleep(step * (sticky.settleMs ?? SETTLE_MS), undefined, { signal });
  }
}

interface Overtaken {
  readonly before: Comment | undefined;
  readonly now: Comment;
}

/** Our report is no longer true: where it stands there all the same, it says so itself. */
async function overtaken(
  { forge, sticky, signal }: Task,
  { before, now }: Overtaken,
): Promise<void> {
  if (now.body === sticky.body && sticky.outdated !== undefined) {
    const still = await forge.comments.get(now.id, signal);
    if (still?.body === sticky.body && before?.body !== sticky.body) {
      await forge.comments.update(now.id, sticky.outdated, signal);
    }
  }
}

function headOf({ body }: Comment): string | undefined {
  return markerOf(body)?.get("head");
}

/** The fields of a marker in the body's first line; undefined where it is none. */
function markerOf(body: string): ReadonlyMap<string, string> | undefined {
  const [line = ""] = body.split("\n", 1);
  const [, fields] = /^<!-- waybill:plan v1 ((?:[a-z]+=[^\s>]+ )+)-->\r?$/.exec(line) ?? [];
  if (fields === undefined) return undefined;
  return new Map(
    fields
      .trim()
      .split(" ")
      .map((field) => {
        const [name = "", ...value] = field.split("=");
        return [name, value.join("=")] as const;
      }),
  );
}
