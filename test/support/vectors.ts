import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** Where data made by others lies beside the checkout; it is not copied into the project. */
export const VECTORS: string = join(dirname(root), "shared/vectors");

/** Tells whether a folder of vectors is there, and says so where it is not: its tests are skipped. */
export function hasVectors(folder: string): boolean {
  const isThere = existsSync(join(VECTORS, folder));
  if (!isThere)
    console.warn(`SKIPPED: the vectors ../shared/vectors/${folder} are not beside the checkout`);
  return isThere;
}
