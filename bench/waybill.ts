import { execFile } from "node:child_process";
import { readdir, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import type { Command } from "./measure.ts";
import type { Contender } from "./peers.ts";
import { writePromotions } from "./promotions.ts";

/** The checkout. */
export const ROOT: string = dirname(dirname(fileURLToPath(import.meta.url)));

/** What users run: the bundle, so that neither npm nor type stripping is measured. */
export const BUNDLE: string = join(ROOT, "dist", "waybill.mjs");

/** Builds the bundle where it is missing or older than a source file; says whether it did. */
export async function freshBundle(): Promise<boolean> {
  const built = await stat(BUNDLE).then(
    (found) => found.mtimeMs,
    () => 0,
  );
  const inputs = await Promise.all(["src", "schemas"].map((folder) => newest(join(ROOT, folder))));
  const newestInput = Math.max(...inputs, (await stat(join(ROOT, "package.json"))).mtimeMs);
  if (built > newestInput) return false;
  const script = join(ROOT, "scripts", "build.ts");
  await promisify(execFile)(process.execPath, [script], { cwd: ROOT, timeout: 120_000 });
  return true;
}

async function newest(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const times = await Promise.all(
    files.map(async (file) => (await stat(join(file.parentPath, file.name))).mtimeMs),
  );
  return Math.max(0, ...times);
}

/** A command of ours in a promotions repository. */
export function waybill(folder: string, args: readonly string[]): Command {
  return {
    argv: [process.execPath, BUNDLE, ...args],
    folder,
    env: { HOME: folder, DOCKER_CONFIG: folder, NO_COLOR: "1", CI: "", GITHUB_ACTIONS: "" },
  };
}

/** Waybill as it does a copy job: from a promotions repository, planning included. */
export function waybillContender(version: string): Contender {
  return {
    name: "waybill",
    version,
    usage: "waybill apply --all --yes",
    prepare: async (job, folder) => {
      const promotions = join(folder, "promotions-repository");
      await writePromotions(promotions, job);
      return waybill(folder, ["-C", promotions, "apply", "--all", "--yes"]);
    },
  };
}
