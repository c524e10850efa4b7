import { createHash, randomBytes } from "node:crypto";
import { lstat, open, readdir, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { isErrno } from "./failure.ts";
import type { Place } from "./place.ts";
import { stateOf, thisProcess } from "./process-identity.ts";

/** `.waybill-<host>-<pid>-<started>-<random>.tmp`: a name that no repository and no other tool has. */
const NAME = /^\.waybill-([0-9a-f]{8})-([0-9]{1,10})-([0-9]{0,20})-[0-9a-f]{16}\.tmp$/;
const FOREIGN_AGE_MS = 24 * 60 * 60 * 1000;

/** A path for a file that is being written, in the layout itself, so that a rename puts it in place. */
export async function temporaryPath(place: Place): Promise<string> {
  const { host, pid, started } = await thisProcess();
  const unique = randomBytes(8).toString("hex");
  return join(place.folder, `.waybill-${shortName(host)}-${pid}-${started}-${unique}.tmp`);
}

function shortName(host: string): string {
  return createHash("sha256").update(host).digest("hex").slice(0, 8);
}

/** Removes what killed runs left half-written; files of other machines only when they are a day old. */
export async function sweepTemporaries(place: Place): Promise<void> {
  for (const name of await readdir(place.folder)) {
    const path = join(place.folder, name);
    if (await isAbandoned(name, path)) await rm(path, { force: true });
  }
}

async function isAbandoned(name: string, path: string): Promise<boolean> {
  const match = NAME.exec(name);
  if (match === null) return false;
  const { host } = await thisProcess();
  if (match[1] !== shortName(host)) return (await ageOf(path)) > FOREIGN_AGE_MS;
  const owner = { host, pid: Number(match[2]), started: match[3] ?? "" };
  return (await stateOf(owner)) === "dead";
}

async function ageOf(path: string): Promise<number> {
  try {
    return Date.now() - (await lstat(path)).mtimeMs;
  } catch (error) {
    if (isErrno(error, "ENOENT")) return 0;
    throw error;
  }
}

/** Takes a half-written file away after a failure, which is what the caller has to tell; the next run sweeps the rest. */
export async function discardTemporary(path: string): Promise<void> {
  await rm(path, { force: true }).catch(() => undefined);
}

/** A small file of a layout and what it is to hold. */
export interface NewFile {
  readonly path: string;
  readonly bytes: Uint8Array | string;
  /** Asked after the bytes are on disk and before they count; a throw leaves everything as it was. */
  readonly before?: () => Promise<void>;
}

/** Replaces a small file in one step: whoever reads sees the old bytes or the new ones, also after a power loss. */
export async function replaceFile(place: Place, file: NewFile): Promise<void> {
  const temporary = await temporaryPath(place);
  try {
    const handle = await open(temporary, "wx", 0o644);
    try {
      await handle.writeFile(file.bytes);
      await handle.datasync();
    } finally {
      await handle.close();
    }
    await file.before?.();
    await rename(temporary, file.path);
  } catch (error) {
    await discardTemporary(temporary);
    throw error;
  }
}

/** Makes names in a folder durable; file systems that cannot do so are taken as they are. */
export async function syncFolder(path: string): Promise<void> {
  const handle = await open(path, "r");
  try {
    await handle.sync();
  } catch (error) {
    if (!isErrno(error, "EINVAL", "EPERM", "ENOTSUP", "EISDIR")) throw error;
  } finally {
    await handle.close();
  }
}
