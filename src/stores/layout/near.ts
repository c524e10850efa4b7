import type { BigIntStats } from "node:fs";
import { link, lstat, rename } from "node:fs/promises";
import { addressOf, type Descriptor, type Repository } from "#model";
import type { BlobOutcome } from "../port.ts";
import { StoreError } from "../store-error.ts";
import { algorithmFolder, ensureAlgorithmFolder } from "./folder.ts";
import { isErrno } from "./failure.ts";
import { openFile, readChunks, type OpenFile } from "./file.ts";
import { blobPath, placeOf, refuseLinks, type PathRules, type Place } from "./place.ts";
import { receiveBlob, type Receiver } from "./receive.ts";
import { discardTemporary, temporaryPath } from "./temporary.ts";

/** Where a blob is to come from: another layout on this machine. */
export interface NearSource {
  readonly near: Repository;
  readonly rules: PathRules;
  readonly blob: Descriptor;
}

/** Says why a link cannot be had, where the bytes may still be copied. */
const NO_LINK = ["EXDEV", "EPERM", "EMLINK", "EACCES", "ENOTSUP", "EOPNOTSUPP", "ENOSYS"];

/**
 * Takes a blob from another layout: by a hard link where both are on one file system, else by copying its bytes; both
 * proved by hash. Undefined: it is not there, or not sound; `near` is a hint, and the real source is asked next.
 */
export async function takeFromNear(
  receiver: Receiver,
  source: NearSource,
  signal: AbortSignal,
): Promise<BlobOutcome | undefined> {
  const found = await openNear(receiver.place, source);
  if (found === undefined) return undefined;
  try {
    if (found.file.stats.size !== BigInt(source.blob.size)) return undefined;
    if (mayLink(found.file.stats)) {
      const linked = await linkBlob(receiver, source.blob, found);
      if (linked !== "no link") return linked;
    }
    await receiveBlob(
      receiver,
      source.blob,
      readChunks(found.file.handle, source.blob.size),
      signal,
    );
    return "uploaded";
  } catch (error) {
    if (error instanceof StoreError && error.code === "digest-mismatch") return undefined;
    throw error;
  } finally {
    await found.file.handle.close();
  }
}

interface Found {
  readonly path: string;
  readonly file: OpenFile;
}

async function openNear(target: Place, source: NearSource): Promise<Found | undefined> {
  if (addressOf(source.near).kind !== "layout") return undefined;
  try {
    const place = placeOf(source.near, source.rules);
    if (place.folder === target.folder) return undefined;
    await refuseLinks(place, source.rules);
    if ((await algorithmFolder(place, source.blob.digest)) === undefined) return undefined;
    const path = blobPath(place, source.blob.digest);
    const file = await openFile(place, path);
    return file === undefined ? undefined : { path, file };
  } catch (error) {
    if (error instanceof StoreError || isErrno(error)) return undefined;
    throw error;
  }
}

/** A link shares the file itself: only one that nobody but us may write is as safe as a copy. */
function mayLink({ uid, mode }: BigIntStats): boolean {
  const self = process.getuid?.();
  return (self === undefined || uid === BigInt(self)) && (mode & 0o022n) === 0n;
}

/** Links under a temporary name first, so that what gets the blob's name is the very file that was hashed. */
async function linkBlob(
  { place, shared }: Receiver,
  blob: Descriptor,
  { path, file }: Found,
): Promise<BlobOutcome | undefined | "no link"> {
  const temporary = await temporaryPath(place);
  try {
    await link(path, temporary);
    const linked = await lstat(temporary, { bigint: true });
    if (linked.ino !== file.stats.ino || linked.dev !== file.stats.dev) return undefined;
    if (!(await shared.proved.prove(file, blob.digest))) return undefined;
    await file.handle.datasync();
    await ensureAlgorithmFolder(place, blob.digest);
    await rename(temporary, blobPath(place, blob.digest));
    return "mounted";
  } catch (error) {
    if (isErrno(error, ...NO_LINK)) return "no link";
    throw error;
  } finally {
    // Two links to one file are not renamed over each other: then the temporary one is still there.
    await discardTemporary(temporary);
  }
}
