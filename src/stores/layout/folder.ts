import { existsSync } from "node:fs";
import { mkdir, readdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { digestAlgorithm, type Digest } from "#model";
import { parseJsonObject } from "../descriptor-json.ts";
import { StoreError } from "../store-error.ts";
import { invalidLayout, isErrno, onDisk } from "./failure.ts";
import { isFolder, readSmallFile, type ReadLimit } from "./file.ts";
import { EMPTY_INDEX, formatIndex, parseIndex, type IndexDocument } from "./index-document.ts";
import { withLock, type LockTiming } from "./lock.ts";
import { layoutFile, refuseLinks, type PathRules, type Place } from "./place.ts";
import { replaceFile, sweepTemporaries, syncFolder } from "./temporary.ts";

/** Most bytes of an index.json, written or read. */
export const INDEX_LIMIT: ReadLimit = { bytes: 16 * 1024 * 1024, name: "index.json" };
const MARKER_LIMIT = { bytes: 4096, name: "the file oci-layout" };
const VERSION = "1.0.0";

/**
 * Tells whether a folder is a layout. The file `oci-layout` is written last, so a folder without it is none, unless
 * its index.json lists something: then it is a broken one, and not an absence.
 */
export async function isLayout(place: Place): Promise<boolean> {
  const marker = await readSmallFile(place, layoutFile(place, "oci-layout"), MARKER_LIMIT);
  if (marker !== undefined) {
    checkVersion(place, marker.bytes);
    return true;
  }
  const index = await readIndexFile(place);
  if (index !== undefined && index.entries.length > 0)
    throw invalidLayout(place.repository, "there is an index.json and no file oci-layout");
  return false;
}

function checkVersion(place: Place, bytes: Uint8Array): void {
  const version = parseJsonObject(bytes)?.["imageLayoutVersion"];
  if (version === VERSION) return;
  if (typeof version !== "string")
    throw invalidLayout(place.repository, "the file oci-layout names no imageLayoutVersion");
  throw new StoreError({
    code: "unsupported",
    message: `${place.repository}: the layout is not of version ${VERSION}, the only one there is`,
    repository: place.repository,
  });
}

/** Reads index.json as it is now; undefined: there is none. */
export async function readIndexFile(place: Place): Promise<IndexDocument | undefined> {
  const bytes = await readIndexBytes(place);
  return bytes === undefined ? undefined : parseIndex(place, bytes);
}

/** The bytes of index.json as they are now; undefined: there is none. */
export async function readIndexBytes(place: Place): Promise<Buffer | undefined> {
  return (await readSmallFile(place, layoutFile(place, "index.json"), INDEX_LIMIT))?.bytes;
}

/** Makes a folder a layout where it is none yet and has no other content, and sweeps what killed runs left there. */
export async function ensureLayout(
  place: Place,
  rules: PathRules,
  timing: LockTiming,
): Promise<void> {
  const doing = { repository: place.repository, what: "make the layout" };
  await onDisk(doing, async () => {
    await refuseLinks(place, rules);
    if (!(await isLayout(place))) {
      await refuseOtherContent(place);
      await makeFolders(place.folder);
      const request = { place, timing, givenUp: () => false };
      await withLock(request, () => onDisk(doing, () => makeLayout(place)));
    }
    await sweepTemporaries(place);
  });
}

/** As `mkdir -p`. Of a read-only file system Node says no more than that the folder is not there: one step tells why. */
async function makeFolders(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    if (!isErrno(error, "ENOENT")) throw error;
    let missing = folder;
    while (!existsSync(dirname(missing))) missing = dirname(missing);
    await mkdir(missing);
    throw error;
  }
}

async function makeLayout(place: Place): Promise<void> {
  if (await isLayout(place)) return;
  await mkdir(layoutFile(place, "blobs"), { recursive: true });
  await replaceFile(place, {
    path: layoutFile(place, "index.json"),
    bytes: formatIndex(EMPTY_INDEX),
  });
  await replaceFile(place, {
    path: layoutFile(place, "oci-layout"),
    bytes: JSON.stringify({ imageLayoutVersion: VERSION }),
  });
  await syncFolder(place.folder);
}

/** Folders are welcome (layouts nest), and what a killed start of ours left; a file of anybody else is not. */
async function refuseOtherContent(place: Place): Promise<void> {
  if (!(await isFolder(place, place.folder))) return;
  for (const item of await readdir(place.folder, { withFileTypes: true })) {
    // `oci-layout` too: another run may have made the layout since we looked, and this is asked again under the lock.
    const ours = ["index.json", "oci-layout"].includes(item.name);
    if (ours || item.isDirectory() || item.name.startsWith(".waybill")) continue;
    throw new StoreError({
      code: "invalid-layout",
      message: `${place.repository}: the folder is no OCI layout and has other content, such as "${printable(item.name)}"`,
      hint: "name an empty folder, a layout, or one that is not there yet; nothing in it was changed",
      repository: place.repository,
    });
  }
}

function printable(name: string): string {
  return name.replaceAll(/[^\x20-\x7e]/g, "?").slice(0, 80);
}

/** Folders that were looked at in this run, by layout. */
const provedFolders = new WeakMap<Place, Set<string>>();

/** The folder of a digest's algorithm, proved once to be a real one; undefined: there is none. */
export async function algorithmFolder(place: Place, digest: Digest): Promise<string | undefined> {
  const blobs = layoutFile(place, "blobs");
  const path = join(blobs, digestAlgorithm(digest));
  const proved = provedFolders.get(place) ?? new Set();
  if (proved.has(path)) return path;
  if (!(await isFolder(place, blobs)) || !(await isFolder(place, path))) return undefined;
  provedFolders.set(place, proved.add(path));
  return path;
}

/** The same, made where it is not there. */
export async function ensureAlgorithmFolder(place: Place, digest: Digest): Promise<void> {
  if ((await algorithmFolder(place, digest)) !== undefined) return;
  await mkdir(join(layoutFile(place, "blobs"), digestAlgorithm(digest)), { recursive: true });
}
