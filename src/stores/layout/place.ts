import { lstat } from "node:fs/promises";
import { join, resolve, sep } from "node:path";
import {
  addressOf,
  digestAlgorithm,
  digestHex,
  isDigest,
  type Digest,
  type Repository,
} from "#model";
import { StoreError } from "../store-error.ts";
import { isErrno } from "./failure.ts";

/** One layout: its canonical name, for people, and its folder. */
export interface Place {
  readonly repository: Repository;
  readonly folder: string;
}

/** Where layouts may lie. */
export interface PathRules {
  /** Absolute path of the promotions root: what relative addresses are under. */
  readonly root: string;
  /** Refuse absolute paths, paths that leave the root and links below it: the tree is a stranger's (contract §1). */
  readonly restrictPaths: boolean;
}

/** Finds the folder of a layout; throws `unsupported` for other kinds, `refused` for a path that the rules forbid. */
export function placeOf(repository: Repository, rules: PathRules): Place {
  const address = addressOf(repository);
  if (address.kind !== "layout") {
    throw new StoreError({
      code: "unsupported",
      message: `${repository} is not an OCI layout`,
      repository,
    });
  }
  const leaves = address.path.startsWith("/") || address.path.split("/").includes("..");
  if (rules.restrictPaths && leaves) throw outside(repository);
  return { repository, folder: resolve(rules.root, address.path) };
}

function outside(repository: Repository): StoreError {
  return new StoreError({
    code: "refused",
    message: `${repository} lies outside of the promotions root, which is refused here`,
    hint: "use a path relative to the promotions root, without links and without leaving it.",
    repository,
  });
}

/** Where paths are restricted: refuses a folder that is reached through a link below the root. */
export async function refuseLinks(place: Place, rules: PathRules): Promise<void> {
  if (!rules.restrictPaths) return;
  const root = resolve(rules.root);
  let path = root;
  for (const part of place.folder.slice(root.length).split(sep)) {
    path = join(path, part);
    if (path !== root && (await isLink(path))) throw outside(place.repository);
  }
}

async function isLink(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isSymbolicLink();
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return false;
    throw error;
  }
}

/** The file of a blob, by the digest's two parts; nothing that a layout says ever becomes a path in another way. */
export function blobPath(place: Place, digest: Digest): string {
  if (!isDigest(digest)) throw new TypeError("not a digest");
  return join(place.folder, "blobs", digestAlgorithm(digest), digestHex(digest));
}

/** Tells whether a name is part of a layout (image-spec, image-layout.md) or a folder for nested layouts. */
export function layoutFile(place: Place, name: "oci-layout" | "index.json" | "blobs"): string {
  return join(place.folder, name);
}
