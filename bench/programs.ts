import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

/** A program of this machine. */
export interface Program {
  readonly name: string;
  readonly path: string;
  readonly version: string;
}

/** How each program is asked for its version. */
const VERSION_ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  crane: ["version"],
  regsync: ["version"],
  skopeo: ["--version"],
  kpromo: ["version"],
  registry: ["--version"],
  "docker-registry": ["--version"],
};

const run = promisify(execFile);

/** Finds a program on PATH, else where `.ci/run` keeps what it built; undefined where it is nowhere. */
export async function findProgram(name: string): Promise<Program | undefined> {
  const cache = process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache");
  const folders = [
    ...(process.env["PATH"] ?? "").split(delimiter),
    join(cache, "waybill-ci", "bin"),
  ];
  for (const folder of folders) {
    const path = join(folder, name);
    if (await isExecutable(path)) return { name, path, version: await versionOf(name, path) };
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function versionOf(name: string, path: string): Promise<string> {
  const said = await run(path, VERSION_ARGUMENTS[name] ?? ["--version"], { timeout: 10_000 }).then(
    ({ stdout, stderr }) => `${stdout}${stderr}`,
    () => "",
  );
  return /v?\d+\.\d+\.\d+[^\s"]*/.exec(said)?.[0] ?? "unknown version";
}
