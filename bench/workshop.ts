import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** The temporary folder of one run of the benchmarks; everything in it goes when the run ends. */
export interface Workshop extends AsyncDisposable {
  readonly root: string;
  /** Makes an empty folder. */
  folder(name: string): Promise<string>;
}

/** Opens a workshop in the system's temporary folder. */
export async function openWorkshop(): Promise<Workshop> {
  const root = await mkdtemp(join(tmpdir(), "waybill-bench-"));
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
