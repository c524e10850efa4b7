import { randomUUID } from "node:crypto";
import { appendFile } from "node:fs/promises";
import type { CheckAnswer } from "#app";
import {
  checkOutputs,
  diagnosticsCommands,
  outputLines,
  stepSummary,
  withoutCommands,
} from "#report";
import type { Context } from "./options.ts";
import type { Shell } from "./shell.ts";

/**
 * Says what the check of a pull request found, in the three places that a step has: its log, where there are workflow
 * commands only, its summary, and its outputs (issue 6 §1).
 */
export async function sayCheck({ shell }: Context, { report }: CheckAnswer): Promise<void> {
  shell.out(diagnosticsCommands(report.findings));
  await saySummary(shell, stepSummary(report));
  await sayOutputs(shell, checkOutputs(report));
}

/** A run that ended before there was anything to tell says so in the outputs, too: no step reads the last run's. */
export async function sayNoCheck({ shell }: Context, result: "invalid" | "unknown"): Promise<void> {
  const nothing = new Map([
    ["result", result],
    ["plan-digest", ""],
    ["changes", "0"],
    ["destructive", "0"],
  ]);
  await sayOutputs(shell, nothing);
}

/** Markdown for the step's summary; on stdout where there is none, and nothing in it may be a command there. */
export async function saySummary(shell: Shell, markdown: string): Promise<void> {
  const file = shell.env["GITHUB_STEP_SUMMARY"];
  if (file === undefined || file === "") return shell.out(withoutCommands(markdown));
  await appendFile(file, markdown);
}

/** Outputs of the step, where it has any: no value of one can be another. */
export async function sayOutputs(
  shell: Pick<Shell, "env">,
  outputs: ReadonlyMap<string, string>,
): Promise<void> {
  const file = shell.env["GITHUB_OUTPUT"];
  if (file === undefined || file === "") return;
  await appendFile(file, outputLines(outputs, `waybill-${randomUUID()}`));
}
