import PQueue from "p-queue";
import { provedFiles, type ProvedFiles } from "./proved-files.ts";

/** Blobs that are written at the same time, over all layouts of a run: each holds a file or two and some buffers. */
const WRITES_AT_ONCE = 16;

/** What all layouts of a run share. */
export interface LayoutsShared {
  readonly proved: ProvedFiles;
  /** Writes of blobs. */
  readonly writes: PQueue;
}

/** Opens what the layouts of one run share. */
export function layoutsShared(): LayoutsShared {
  return { proved: provedFiles(), writes: new PQueue({ concurrency: WRITES_AT_ONCE }) };
}
