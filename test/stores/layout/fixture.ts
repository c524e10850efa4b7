import { spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { Repository } from "#model";
import {
  openLayoutRepository,
  type LayoutSettings,
} from "../../../src/stores/layout/repository.ts";
import { layoutsShared } from "../../../src/stores/layout/run-wide.ts";
import type { WriteRepository } from "../../../src/stores/port.ts";

/** A folder for layouts, away when the test is over. */
export interface Folder extends AsyncDisposable {
  readonly root: string;
  path(...parts: readonly string[]): string;
  /** Opens `oci-layout:./PATH` as a run of its own. */
  open(path: string, settings?: Partial<LayoutSettings>): WriteRepository;
}

/** Makes an empty folder for layouts, in the system's or in another one. */
export async function makeFolder(parent: string = tmpdir()): Promise<Folder> {
  const root = await mkdtemp(join(parent, "waybill-layout-"));
  return {
    root,
    path: (...parts) => join(root, ...parts),
    open: (path, settings = {}) =>
      openLayoutRepository(layoutAt(path), settingsFor(root, settings)),
    [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }),
  };
}

/** The repository that a layout below the root is. */
export function layoutAt(path: string): Repository {
  return `oci-layout:./${path}` as Repository;
}

/** Settings of a run of its own. */
export function settingsFor(root: string, settings: Partial<LayoutSettings> = {}): LayoutSettings {
  return {
    root,
    restrictPaths: false,
    maxManifestBytes: 4 * 1024 * 1024,
    shared: layoutsShared(),
    ...settings,
  };
}

/** One entry of an index.json, as its file says. */
export interface Entry {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly artifactType?: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly [key: string]: unknown;
}

/** What stands in a layout's index.json. */
export async function entriesOf(folder: Folder, path: string): Promise<readonly Entry[]> {
  return (await indexOf(folder, path)).manifests;
}

/** A layout's index.json, whole. */
export async function indexOf(
  folder: Folder,
  path: string,
): Promise<{ readonly manifests: readonly Entry[]; readonly [key: string]: unknown }> {
  return JSON.parse(await readFile(folder.path(path, "index.json"), "utf8"));
}

/** A child process that runs one of `children/`, and what it prints. */
export interface Child {
  readonly process: ChildProcess;
  /** The next line it prints; undefined when it has ended. */
  line(): Promise<string | undefined>;
  /** Kills it at once, as a crash would, and waits until it is gone. */
  kill(): Promise<void>;
  /** Waits for its end. */
  ended(): Promise<{ readonly code: number | null; readonly errors: string }>;
}

/** Starts one of `children/`; `shell` is put before it, such as `ulimit -f 8;`. */
export function startChild(program: URL, args: readonly string[], shell?: string): Child {
  const path = fileURLToPath(program);
  const [command, list] =
    shell === undefined
      ? [process.execPath, [path, ...args]]
      : ["sh", ["-c", `${shell} exec "$0" "$@"`, process.execPath, path, ...args]];
  const child = spawn(command, list, { stdio: ["ignore", "pipe", "pipe"] });
  const errors: string[] = [];
  child.stderr.on("data", (data: Buffer) => errors.push(data.toString("utf8")));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const end = new Promise<number | null>((resolve) => child.on("close", resolve));
  return {
    process: child,
    async line() {
      const next = await lines.next();
      return next.done === true ? undefined : next.value;
    },
    async kill() {
      child.kill("SIGKILL");
      await end;
    },
    async ended() {
      return { code: await end, errors: errors.join("") };
    },
  };
}
