import { Command, CommanderError, Option } from "@commander-js/extra-typings";
import { sayFailure } from "./failure.ts";
import { contextOf, FORMATS, type Context, type GlobalOptions } from "./options.ts";
import type { Shell } from "./shell.ts";
import { addApply } from "./verbs/apply.ts";
import { addEdits } from "./verbs/edit.ts";
import { addPlan } from "./verbs/plan.ts";
import { addValidate } from "./verbs/validate.ts";
import { addVerifyBundle } from "./verbs/verify-bundle.ts";
import { VERSION } from "./version.ts";

/** A verb's work: gets its context, gives an exit code (contract §4). */
export type Work = (context: Context, signal: AbortSignal) => Promise<number>;

/** Hands a verb's work to the program, which runs it once the command line is understood. */
export type Run = (command: { optsWithGlobals(): object }, work: Work) => void;

/** Reads the command line, runs the verb, and gives the exit code; never throws. */
export async function runProgram(
  args: readonly string[],
  shell: Shell,
  signal: AbortSignal,
): Promise<number> {
  const chosen: { readonly options: GlobalOptions; readonly work: Work }[] = [];
  const program = buildProgram(shell, (command, work) => {
    chosen.push({ options: command.optsWithGlobals(), work });
  });
  let context: Context | undefined;
  try {
    program.parse(args, { from: "user" });
    const [choice] = chosen;
    if (choice === undefined) return 0;
    context = contextOf(choice.options, shell);
    return await choice.work(context, signal);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    return sayFailure(error, shell, context);
  }
}

function buildProgram(shell: Shell, run: Run): Command {
  const program = new Command("waybill")
    .description(
      "Promotes, replicates and retires artifacts by pull request: registries hold what git says.",
    )
    .version(VERSION, "--version")
    .option("-C, --directory <dir>", "the promotions repository (default: where you stand)")
    .addOption(
      new Option("--format <format>", "how results are written").choices(FORMATS).default("text"),
    )
    .option("--quiet", "only results and failures")
    .option("--verbose", "every finished artifact, and where failures come from")
    .option("--no-color", "no colours (NO_COLOR does the same)")
    .option("--registries <file>", "use this file instead of policies/registries.yaml")
    .exitOverride()
    .configureOutput({ writeOut: (text) => shell.out(text), writeErr: (text) => shell.err(text) })
    .showHelpAfterError("(waybill --help lists the verbs)");
  // Verbs inherit what is set above, so they come after it.
  addValidate(program, run);
  addPlan(program, run);
  addApply(program, run);
  addEdits(program, run);
  addVerifyBundle(program, run);
  return program;
}
