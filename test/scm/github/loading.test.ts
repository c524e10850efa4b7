import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, it } from "vitest";

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

/** Prints every module of GitHub's client that a program loads. */
const SPY = `data:text/javascript,${encodeURIComponent(`
import { registerHooks } from "node:module";
registerHooks({ load(url, context, next) {
  if (url.includes("/@octokit/")) process.stdout.write("LOADED " + url + "\\n");
  return next(url, context);
} });`)}`;

async function loadsClient(program: string): Promise<boolean> {
  const args = ["--import", SPY, "--input-type=module", "-e", program];
  const { stdout } = await run(process.execPath, args, { cwd: ROOT });
  return stdout.includes("LOADED");
}

const OPEN = `
const { gitHubPlaceOf, openGitHub, tokenFrom } = await import("#scm");
const place = gitHubPlaceOf("git@github.com:acme/promotions.git", {});
const credential = tokenFrom({ GH_TOKEN: "x" }, place);`;

it("the door of scm loads nothing of GitHub's client, until a forge is opened", async () => {
  expect(await loadsClient(OPEN)).toBe(false);
  expect(await loadsClient(`${OPEN} await openGitHub({ place, credential });`)).toBe(true);
});
