import { Command, CommanderError, Option } from "@commander-js/extra-typings";
import { sayFailure, sayMisuse, type Telling } from "./failure.ts";
import { withSafeStderr } from "./job-log.ts";
import { contextOf, FORMATS, type GlobalOptions } from "./options.ts";
import type { Shell } from "./shell.ts";
import { addApply } from "./verbs/apply.ts";
import { addBot } from "./verbs/bot.ts";
import { addChat } from "./verbs/chat.ts";
import { addEdits } from "./verbs/edit.ts";
import { addDrift } from "./verbs/drift.ts";
import { addDoctor } from "./verbs/doctor.ts";
import { addInit } from "./verbs/init.ts";
import { addNotes } from "./verbs/notes.ts";
import { addOwners } from "./verbs/owners.ts";
import { addEvidence } from "./verbs/evidence.ts";
import { addPlan } from "./verbs/plan.ts";
import { addPr } from "./verbs/pr.ts";
import { addRecord } from "./verbs/record.ts";
import { addRevoke } from "./verbs/revoke.ts";
import { addTrust } from "./verbs/trust.ts";
import { addValidate } from "./verbs/validate.ts";
import { addVerifyBundle } from "./verbs/verify-bundle.ts";
import { addVerify } from "./verbs/verify.ts";
import { addWhy } from "./verbs/why.ts";
import { VERSION } from "./version.ts";
import type { Run, Work } from "./work.ts";

/** Reads the command line, runs the verb, and gives the exit code; never throws. */
export async function runProgram(
  args: readonly string[],
  person: Shell,
  signal: AbortSignal,
): Promise<number> {
  const shell = withSafeStderr(person);
  const chosen: { readonly options: GlobalOptions; readonly work: Work }[] = [];
  const program = buildProgram(shell, (command, work) => {
    chosen.push({ options: command.optsWithGlobals(), work });
  });
  let telling: Telling = { format: asksForJson(args) ? "json" : "text", verbose: false };
  try {
    program.parse(args, { from: "user" });
    const [choice] = chosen;
    if (choice === undefined) return 0;
    const context = contextOf(choice.options, shell);
    telling = context;
    return await choice.work(context, signal);
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return 0;
    if (error instanceof CommanderError) return sayMisuse(error.message, shell, telling);
    if (signal.aborted) {
      shell.err("waybill: interrupted; nothing was changed.\n");
      return 130;
    }
    return sayFailure(error, shell, telling);
  }
}

/** A command line that is not understood may still say how it wants to be told so. */
function asksForJson(args: readonly string[]): boolean {
  return args.some(
    (arg, at) => arg === "--format=json" || (arg === "json" && args[at - 1] === "--format"),
  );
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
  addInit(program, run);
  addValidate(program, run);
  addPlan(program, run);
  addApply(program, run);
  addEdits(program, run);
  addRevoke(program, run);
  addVerify(program, run);
  addWhy(program, run);
  addTrust(program, run);
  addEvidence(program, run);
  addNotes(program, run);
  addPr(program, run);
  addChat(program, run);
  addRecord(program, run);
  addOwners(program, run);
  addDrift(program, run);
  addDoctor(program, run);
  addBot(program, run);
  addVerifyBundle(program, run);
  return program;
}
