import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { API, openTrustWorkspace, promoted } from "../../support/trust-workspace.ts";
import { openWorkspace, type Workspace } from "../../support/workspace.ts";
import { image, seed } from "../../support/images.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const CLI = join(ROOT, "src/cli/main.ts");

/** Prints every module of Sigstore's libraries that a run loads. */
const SPY = `data:text/javascript,${encodeURIComponent(`
import { registerHooks } from "node:module";
registerHooks({ load(url, context, next) {
  if (url.includes("/@sigstore/")) process.stderr.write("LOADED " + url + "\\n");
  return next(url, context);
} });`)}`;

/** Whether a verb of the command line loads what verifies; the registries answer from this process. */
async function loadsVerifier({ root }: Workspace, verb: string): Promise<boolean> {
  const env = { PATH: process.env["PATH"], HOME: root, NO_COLOR: "1" };
  const run = spawn(process.execPath, ["--import", SPY, CLI, "-C", root, verb], {
    env,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let said = "";
  run.stderr.on("data", (chunk: Buffer) => (said += chunk.toString("utf8")));
  await once(run, "close");
  expect(run.exitCode, said).not.toBe(2);
  return said.includes("LOADED");
}

it("a run that asks for no trust loads nothing that verifies", async () => {
  await using workspace = await openWorkspace();
  const app = image({ seed: "app" });
  seed(workspace.source.repository("staging/api"), app);
  workspace.commit({ [API]: promoted(app, "staging") });
  for (const verb of ["validate", "plan"]) expect(await loadsVerifier(workspace, verb)).toBe(false);
});

it("a run that does loads it", async () => {
  await using workspace = await openTrustWorkspace();
  expect(await loadsVerifier(workspace, "plan")).toBe(true);
});
