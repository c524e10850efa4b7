import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm, statfs } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The temporary folder of one run of the benchmarks; everything in it goes when the run ends. */
export interface Workshop extends AsyncDisposable {
  readonly root: string;
  /** Makes an empty folder. */
  folder(name: string): Promise<string>;
}

/** Linux has memory in the shape of a folder there. */
const MEMORY = "/dev/shm";
/** What the largest row leaves behind at most, and as much again for those who run. */
const ENOUGH = 8 * 1024 ** 3;

/**
 * Where the registries and everybody's files are. In memory where there is room: a disk that flushes sets the same floor
 * under every client, and clients are what is measured.
 */
export async function workshopParent(onDisk: boolean): Promise<string> {
  if (onDisk || !existsSync(MEMORY)) return tmpdir();
  const { bavail, bsize } = await statfs(MEMORY);
  return bavail * bsize >= ENOUGH ? MEMORY : tmpdir();
}

/** Says of a parent folder what stands behind it. */
export function storageText(parent: string): string {
  return parent === MEMORY ? `in memory (${parent})` : `on disk (${parent})`;
}

/** Opens a workshop in this folder. */
export async function openWorkshop(parent: string): Promise<Workshop> {
  const root = await mkdtemp(join(parent, "waybill-bench-"));
  let count = 0;
  return {
    root,
    folder: async (name) => {
      const path = join(root, `${++count}-${name}`);
      await mkdir(path, { recursive: true });
      return path;
    },
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}
