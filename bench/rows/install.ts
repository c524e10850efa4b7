import { execFile } from "node:child_process";
import { copyFile, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Bench, Row } from "../bench.ts";
import { BenchError } from "../bench-error.ts";
import { isRecord } from "../push.ts";
import { ROOT } from "../waybill.ts";

const run = promisify(execFile);
const MEGA = 1_000_000;

/** What a user's disk and network are asked for. */
export const install: Row = {
  name: "install",
  title: "sizes of what is published and installed",
  async run(bench) {
    const bundle = await folderSize(join(ROOT, "dist"));
    const packed = await packedSizes();
    const installed = await installedSize(bench).catch((error: unknown) => String(error));
    const figures = {
      bundleMB: bundle.bytes / MEGA,
      tarballMB: packed.size / MEGA,
      unpackedMB: packed.unpackedSize / MEGA,
      ...(typeof installed === "string" ? {} : { installedMB: installed.bytes / MEGA }),
    };
    const notes = [
      `dist: ${bundle.files} files; npm pack: ${packed.files} files`,
      typeof installed === "string"
        ? `npm ci --omit=dev did not work here: ${installed.slice(0, 300)}`
        : `npm ci --omit=dev: ${installed.files} files in node_modules`,
    ];
    return { name: this.name, title: this.title, entrants: [], checks: [], figures, notes };
  },
};

interface Size {
  readonly bytes: number;
  readonly files: number;
}

async function folderSize(folder: string): Promise<Size> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map(async (file) => (await stat(join(file.parentPath, file.name))).size),
  );
  return { bytes: sizes.reduce((sum, size) => sum + size, 0), files: files.length };
}

async function packedSizes(): Promise<{ size: number; unpackedSize: number; files: number }> {
  // The bundle was built a moment ago, so the package's own build step is left out.
  const args = ["pack", "--dry-run", "--json", "--ignore-scripts"];
  const { stdout } = await run("npm", args, { cwd: ROOT, timeout: 60_000, maxBuffer: 64 * MEGA });
  const document: unknown = JSON.parse(stdout);
  // A list in some versions of npm, an object by package name in others.
  const [first] = Object.values(isRecord(document) ? document : {});
  if (!isRecord(first)) throw new BenchError("npm pack said nothing that could be read");
  return {
    size: Number(first["size"]),
    unpackedSize: Number(first["unpackedSize"]),
    files: Number(first["entryCount"]),
  };
}

async function installedSize(bench: Bench): Promise<Size> {
  const folder = await bench.workshop.folder("install");
  for (const file of ["package.json", "package-lock.json"]) {
    await copyFile(join(ROOT, file), join(folder, file));
  }
  const args = [
    "ci",
    "--omit=dev",
    "--ignore-scripts",
    "--prefer-offline",
    "--no-audit",
    "--no-fund",
  ];
  await run("npm", args, { cwd: folder, timeout: 120_000, signal: bench.signal });
  return folderSize(join(folder, "node_modules"));
}
