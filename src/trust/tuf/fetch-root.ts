import {
  checkFile,
  checkSignatures,
  checkTime,
  fileMeta,
  readMetadata,
  roleKeys,
  type FileMeta,
  type Metadata,
  type Role,
} from "./metadata.ts";
import type { Mirror } from "./mirror.ts";
import { TufError } from "./tuf-error.ts";

/** Whom to ask, whom to believe, and what time it is. */
export interface FetchRootRequest {
  readonly mirror: Mirror;
  /** A root of the repository that is believed already. */
  readonly anchor: Uint8Array;
  readonly now: Date;
}

/** A trusted root as the repository signs it today. */
export interface FetchedRoot {
  readonly bytes: Uint8Array;
  /** The version of the repository's own root that vouches for it. */
  readonly tufRoot: number;
}

const TARGET = "trusted_root.json";
const MAX_ROTATIONS = 256;
const MAX_METADATA = 512 * 1024;
const MAX_TARGET = 4 * 1024 * 1024;

/**
 * Fetches `trusted_root.json` from a TUF repository by the client's workflow of the specification (§5): each root vouches for
 * the next, then timestamp, snapshot and targets, each signed, in time, and of the version that the one before says. Throws
 * a TufError, and gives nothing, where any of that does not hold.
 */
export async function fetchTrustedRoot(
  request: FetchRootRequest,
  signal: AbortSignal,
): Promise<FetchedRoot> {
  const { now } = request;
  const root = await latestRoot(request, signal);
  const timestamp = await read(request, { role: "timestamp", path: "timestamp.json" }, signal);
  believe(timestamp, root, now);
  const snapshot = await readNext(request, { role: "snapshot", from: timestamp }, signal);
  believe(snapshot, root, now);
  const targets = await readNext(request, { role: "targets", from: snapshot }, signal);
  believe(targets, root, now);
  return { bytes: await readTarget(request, targets, signal), tufRoot: root.version };
}

/** §5.3: each new root is signed by enough keys of the one before, and of itself. */
async function latestRoot(
  { mirror, anchor, now }: FetchRootRequest,
  signal: AbortSignal,
): Promise<Metadata> {
  let root = readMetadata(anchor, "root");
  checkSignatures(root, roleKeys(root, "root"));
  for (let step = 0; step < MAX_ROTATIONS; step += 1) {
    const bytes = await mirror.read(`${root.version + 1}.root.json`, MAX_METADATA, signal);
    if (bytes === undefined) break;
    const next = readMetadata(bytes, "root");
    checkSignatures(next, roleKeys(root, "root"));
    checkSignatures(next, roleKeys(next, "root"));
    if (next.version !== root.version + 1) throw version("root", next.version, root.version + 1);
    root = next;
  }
  checkTime(root, now);
  return root;
}

function believe(metadata: Metadata, root: Metadata, now: Date): void {
  checkSignatures(metadata, roleKeys(root, metadata.role));
  checkTime(metadata, now);
}

interface Wanted {
  readonly role: Role;
  readonly path: string;
}

async function read(
  { mirror }: FetchRootRequest,
  { role, path }: Wanted,
  signal: AbortSignal,
): Promise<Metadata> {
  return readMetadata(await mustRead(mirror, { path, max: MAX_METADATA }, signal), role);
}

/** §5.5 and §5.6: of exactly the version, and where it is said the bytes, that the one before names. */
async function readNext(
  { mirror }: FetchRootRequest,
  { role, from }: { readonly role: "snapshot" | "targets"; readonly from: Metadata },
  signal: AbortSignal,
): Promise<Metadata> {
  const meta = fileMeta(from, `${role}.json`);
  if (meta?.version === undefined)
    throw new TufError({
      code: "tuf-form",
      message: `The repository's ${from.role} does not say which ${role} is meant.`,
    });
  const path = `${meta.version}.${role}.json`;
  const bytes = await mustRead(mirror, { path, max: meta.length ?? MAX_METADATA }, signal);
  checkFile(bytes, meta, path);
  const metadata = readMetadata(bytes, role);
  if (metadata.version !== meta.version) throw version(role, metadata.version, meta.version);
  return metadata;
}

async function readTarget(
  { mirror }: FetchRootRequest,
  targets: Metadata,
  signal: AbortSignal,
): Promise<Uint8Array> {
  const meta = fileMeta(targets, TARGET);
  const hash = meta?.sha256 ?? meta?.sha512;
  if (meta === undefined || hash === undefined || !/^[0-9a-f]{64,128}$/.test(hash))
    throw new TufError({
      code: "tuf-target",
      message: `The repository signs no ${TARGET} in its own targets.`,
      hint: "repositories that delegate it are not read here",
    });
  const path = `targets/${hash}.${TARGET}`;
  const bytes = await mustRead(mirror, { path, max: lengthOf(meta) }, signal);
  checkFile(bytes, meta, path);
  return bytes;
}

function lengthOf({ length }: FileMeta): number {
  return Math.min(length ?? MAX_TARGET, MAX_TARGET);
}

async function mustRead(
  mirror: Mirror,
  { path, max }: { readonly path: string; readonly max: number },
  signal: AbortSignal,
): Promise<Uint8Array> {
  const bytes = await mirror.read(path, Math.min(max, MAX_TARGET), signal);
  if (bytes !== undefined) return bytes;
  throw new TufError({
    code: "tuf-unreachable",
    message: `The repository has no ${path}.`,
    hint: "name the folder of the repository that holds timestamp.json",
  });
}

function version(role: Role, found: number, expected: number): TufError {
  return new TufError({
    code: "tuf-version",
    message: `The repository's ${role} must not be believed: it is version ${found}, and ${expected} was named.`,
  });
}
