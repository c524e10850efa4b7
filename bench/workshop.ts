import { existsSync } from "node:fs";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BenchError } from "./bench-error.ts";

/** The temporary folder of one run of the benchmarks; everything in it goes when the run ends. */
export interface Workshop extends AsyncDisposable {
  readonly root: string;
  /** Makes an empty folder. */
  folder(name: string): Promise<string>;
}

/** Linux has memory in the shape of a folder there. */
const MEMORY = "/dev/shm";

/** Where the registries and everybody's files are: on a disk, as registries have them, unless memory is asked for. */
export function workshopParent(inMemory: boolean): string {
  if (!inMemory) return tmpdir();
  if (existsSync(MEMORY)) return MEMORY;
  throw new BenchError(`--in-memory wants ${MEMORY}, which is not there`);
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
