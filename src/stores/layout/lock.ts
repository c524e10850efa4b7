import { randomBytes } from "node:crypto";
import { link, lutimes, readdir, rm, writeFile } from "node:fs/promises";
import { hostname } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isErrno, onDisk } from "./failure.ts";
import {
  givenUp,
  LOCK_NAME,
  lost,
  readLock,
  stillLocked,
  watchFor,
  type Holder,
} from "./lock-holder.ts";
import type { Place } from "./place.ts";
import { thisProcess } from "./process-identity.ts";
import { discardTemporary, temporaryPath } from "./temporary.ts";

/** How long to wait for whom. */
export interface LockTiming {
  /** Give up after this long. */
  readonly deadlineMs: number;
  /** A holder on another machine that has not shown life for this long is taken for dead. */
  readonly silentMs: number;
}

export const LOCK_TIMING: LockTiming = { deadlineMs: 60_000, silentMs: 30_000 };

const FIRST_WAIT_MS = 2;
const LONGEST_WAIT_MS = 50;

/** One wait for one lock. */
export interface LockRequest {
  readonly place: Place;
  readonly timing: LockTiming;
  /** Asked while waiting; true: nobody wants the lock any more. */
  readonly givenUp: () => boolean;
}

/** Throws `conflict` where somebody took the lock from us, for instance while this machine slept. */
export type StillHeld = () => Promise<void>;

/**
 * Runs work while no other process that asks for the same layout's lock does. The lock is a file that says who holds
 * it; one whose process is gone is taken over at once, so that a killed run stops nobody.
 */
export function withLock<T>(
  request: LockRequest,
  work: (held: StillHeld) => Promise<T>,
): Promise<T> {
  const { folder } = request.place;
  return hold(request, join(folder, LOCK_NAME), async (held) => {
    await discardTakings(folder);
    return work(held);
  });
}

async function hold<T>(
  request: LockRequest,
  path: string,
  work: (held: StillHeld) => Promise<T>,
): Promise<T> {
  const { place, timing } = request;
  const nonce = randomBytes(8).toString("hex");
  await onDisk({ repository: place.repository, what: "lock the layout" }, () =>
    acquire(request, path, nonce),
  );
  const beat = setInterval(() => void showLife(path), timing.silentMs / 3).unref();
  try {
    return await work(async () => {
      if ((await readLock(place, path))?.nonce !== nonce) throw lost(place);
    });
  } finally {
    clearInterval(beat);
    if ((await readLock(place, path))?.nonce === nonce) await rm(path, { force: true });
  }
}

async function acquire(request: LockRequest, path: string, nonce: string): Promise<void> {
  const { place, timing } = request;
  const watch = watchFor(timing.silentMs);
  const deadline = performance.now() + timing.deadlineMs;
  const ticket = await temporaryPath(place);
  try {
    const text = JSON.stringify({ nonce, ...(await thisProcess()), machine: hostname() });
    await writeFile(ticket, text, { flag: "wx" });
    for (let wait = FIRST_WAIT_MS; !(await take(ticket, path, text));) {
      const holder = await readLock(place, path);
      if (holder === undefined) continue;
      if (await watch(holder)) {
        await clearAway(request, path, holder);
        continue;
      }
      if (request.givenUp()) throw givenUp(place);
      if (performance.now() > deadline) throw stillLocked(place, holder);
      await sleep(wait);
      wait = Math.min(LONGEST_WAIT_MS, wait * 2);
    }
  } finally {
    await discardTemporary(ticket);
  }
}

/** Puts our ticket in the lock's place, whole, where there is none: a link is made or not, never half. */
async function take(ticket: string, path: string, text: string): Promise<boolean> {
  try {
    await link(ticket, path);
    return true;
  } catch (error) {
    if (isErrno(error, "EEXIST")) return false;
    // File systems without links (exFAT): then a reader may see the file before its text, and waits.
    if (!isErrno(error, "EPERM", "ENOTSUP", "EOPNOTSUPP", "ENOSYS", "EMLINK")) throw error;
  }
  try {
    await writeFile(path, text, { flag: "wx" });
    return true;
  } catch (error) {
    if (isErrno(error, "EEXIST")) return false;
    throw error;
  }
}

/**
 * Removes the lock of a dead holder. Whoever does so holds a lock named after that very holder's nonce, so that two
 * who saw the same dead holder cannot remove each other's new lock: the second one finds another nonce.
 */
function clearAway(request: LockRequest, path: string, holder: Holder): Promise<void> {
  return hold(request, `${path}.${holder.nonce}`, async () => {
    const now = await readLock(request.place, path);
    if (now?.nonce === holder.nonce) await rm(path, { force: true });
  });
}

/**
 * Removes what somebody left who was killed while they took over a dead holder's lock. Whoever holds the lock may: a
 * taking that is still under way is of another holder than us, and finds that out.
 */
async function discardTakings(folder: string): Promise<void> {
  const names = await readdir(folder);
  const takings = names.filter((name) => name.startsWith(`${LOCK_NAME}.`));
  await Promise.all(takings.map((name) => rm(join(folder, name), { force: true })));
}

async function showLife(path: string): Promise<void> {
  const now = new Date();
  // Gone or not ours any more: the work finds out before it writes.
  await lutimes(path, now, now).catch(() => undefined);
}
