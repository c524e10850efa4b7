import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

/** The bundle of this run; or why there is none, which only the tests that want it have to know. */
export interface BundleBuilt {
  readonly folder: string;
  readonly failure: string | undefined;
}

declare module "vitest" {
  interface ProvidedContext {
    bundle: BundleBuilt;
  }
}

/**
 * Bundles what users run, once and before every run of the tests: a process of it starts with a fifth of the work that
 * one from source takes, and it can never be older than the source.
 */
export async function setup(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), "waybill-bundle-"));
  const script = join(project.config.root, "scripts", "build.ts");
  const build = spawn(process.execPath, [script, folder], { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  build.stderr.setEncoding("utf8").on("data", (text: string) => (said += text));
  const [code] = await once(build, "close");
  project.provide("bundle", { folder, failure: code === 0 ? undefined : said });
  return () => rmSync(folder, { recursive: true, force: true });
}
