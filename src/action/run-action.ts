import { mkdir, readdir } from "node:fs/promises";
import { join } from "node:path";
import { runProgram, type Shell } from "#cli";
import { channelsOutput, recordOutput } from "./outputs.ts";
import { commandLines } from "./command-lines.ts";
import { readEvent } from "./event.ts";
import { InputError, readInputs, type Environment, type Inputs } from "./inputs.ts";
import { registryCredentials } from "./registry-credentials.ts";

/** Exit codes after which a step has passed: done, done but something waits, and changes (contract §4). */
const PASSED: ReadonlySet<number> = new Set([0, 3, 5]);

/**
 * The action: reads what the step says and what happened, and runs the program as a person would. Gives the step's exit
 * code, which for what only waits is 0.
 */
export async function runAction(runner: Shell, signal: AbortSignal): Promise<number> {
  const shell = atWorkspace(runner);
  try {
    const inputs = readInputs(shell.env);
    const folder = join(shell.env["RUNNER_TEMP"] ?? shell.folder, "waybill");
    await mkdir(folder, { recursive: true });
    const planFile = join(folder, "plan.json");
    const recordFile = join(folder, RECORD);
    const event = await readEvent(shell.env);
    const records = inputs.command === "record" ? await recordsIn(folder) : [];
    const lines = commandLines({
      inputs,
      event,
      planFile,
      recordFile,
      records,
      statementFile: join(folder, "statement.json"),
    });
    await using credentials = await registryCredentials(shell.env);
    const env = { ...shell.env, ...credentials.env, ...tokenOf(inputs) };
    const code = await runAll(lines, { ...shell, env }, signal);
    await channelsOutput(shell, planFile);
    await recordOutput(shell, recordFile);
    return PASSED.has(code) ? 0 : code;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    shell.out(`::error title=waybill::${escaped(error.message)}\n`);
    return 2;
  }
}

const RECORD = "record.json";

/** Each job's artifact is a folder of its own. */
async function recordsIn(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name === RECORD)
    .map((entry) => join(entry.parentPath, entry.name))
    .toSorted();
}

/** All of them: a plan that fails is told as well. The first that does not pass is the step's exit code. */
async function runAll(
  lines: readonly (readonly string[])[],
  shell: Shell,
  signal: AbortSignal,
): Promise<number> {
  let first = 0;
  for (const line of lines) {
    const code = await runProgram(line, shell, signal);
    if (PASSED.has(first)) first = code;
    if (signal.aborted) break;
  }
  return first;
}

/** Steps of an action stand where the runner put the checkout, and nobody sits at their terminal. */
function atWorkspace(runner: Shell): Shell {
  const workspace = runner.env["GITHUB_WORKSPACE"];
  const folder = workspace === undefined || workspace === "" ? runner.folder : workspace;
  return {
    ...runner,
    folder,
    interactive: false,
    stdoutIsTerminal: false,
    stderrIsTerminal: false,
  };
}

/** The input is the step's own word, so it goes before what the job's environment says. */
function tokenOf({ token }: Inputs): Environment {
  return token === undefined ? {} : { WAYBILL_GITHUB_TOKEN: token };
}

/** As workflow commands want their message (github.com/actions/toolkit, core). */
function escaped(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}
