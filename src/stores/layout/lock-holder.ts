import { parseJsonObject } from "../descriptor-json.ts";
import { StoreError } from "../store-error.ts";
import { readSmallFile } from "./file.ts";
import type { Place } from "./place.ts";
import { stateOf, type ProcessIdentity } from "./process-identity.ts";

export const LOCK_NAME = ".waybill.lock";

const LIMIT = { bytes: 4096, name: "the lock" };

/** Who holds a lock, as its file says. */
export interface Holder {
  readonly nonce: string;
  /** Undefined: the file says nothing that we understand. */
  readonly owner: ProcessIdentity | undefined;
  readonly machine: string;
  readonly touched: bigint;
}

/** Reads who holds a lock; undefined: nobody. */
export async function readLock(place: Place, path: string): Promise<Holder | undefined> {
  const file = await readSmallFile(place, path, LIMIT);
  if (file === undefined) return undefined;
  const { nonce, host, pid, started, machine } = parseJsonObject(file.bytes) ?? {};
  const touched = file.stats.mtimeNs;
  if (typeof nonce !== "string" || !/^[0-9a-f]{16}$/.test(nonce))
    return { nonce: `unread-${file.stats.ino}`, owner: undefined, machine: "", touched };
  const sound = typeof host === "string" && typeof started === "string" && isPid(pid);
  return {
    nonce,
    owner: sound ? { host, pid, started } : undefined,
    machine: typeof machine === "string" ? machine : "",
    touched,
  };
}

function isPid(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value > 0;
}

/** Tells whether a holder is gone: its process is, or where that cannot be asked, it was silent for too long. */
export function watchFor(silentMs: number): (holder: Holder) => Promise<boolean> {
  let seen = "";
  let since = 0;
  return async (holder) => {
    const state = holder.owner === undefined ? "unknown" : await stateOf(holder.owner);
    if (state !== "unknown") return state === "dead";
    // By our own clock alone: another machine's may be wrong.
    const sign = `${holder.nonce} ${holder.touched}`;
    if (sign !== seen) [seen, since] = [sign, performance.now()];
    return performance.now() - since > silentMs;
  };
}

/** The lock went to somebody else while this process stood still. */
export function lost(place: Place): StoreError {
  return new StoreError({
    code: "conflict",
    message: `${place.repository}: another process took the layout's lock while this one stood still`,
    hint: "run again: nothing was changed after the lock was lost",
    repository: place.repository,
  });
}

/** The wait was abandoned. */
export function givenUp(place: Place): StoreError {
  return new StoreError({
    code: "interrupted",
    message: `${place.repository}: interrupted while waiting for the layout's lock`,
    repository: place.repository,
  });
}

/** The wait was too long. */
export function stillLocked(place: Place, holder: Holder): StoreError {
  const who =
    holder.owner === undefined
      ? "somebody unknown"
      : `process ${holder.owner.pid} on ${printable(holder.machine)}`;
  return new StoreError({
    code: "timeout",
    message: `${place.repository}: ${who} holds the layout's lock and did not let go in time`,
    hint: `wait for the other run and try again; if there is none, remove the file ${LOCK_NAME} in the layout`,
    repository: place.repository,
  });
}

/** A machine's name comes from a file that anybody may have written. */
function printable(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9._-]/g, "?").slice(0, 64);
}
