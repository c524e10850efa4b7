import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Command } from "@commander-js/extra-typings";
import type { ApplyAnswer } from "#app";
import type { ApplyEvent, Plan } from "#model";
import { planText, resultDocument, resultLine, resultText } from "#report";
import { startProgress } from "../progress-line.ts";
import { UsageError, type Context } from "../options.ts";
import { keepHeapSmall } from "../heap.ts";
import type { Run } from "../program.ts";
import { sayBeside, sayDiagnostics, sayJson, sayNote } from "../speak.ts";
import { scopeOf } from "./plan.ts";

const MAX_PLAN_BYTES = 512 * 1024 * 1024;

/** `waybill apply`: plans again, applies what is allowed, records (contract §4). */
export function addApply(program: Command, run: Run): void {
  program
    .command("apply")
    .description("plan again, and do what is allowed")
    .option("--yes", "do not ask")
    .option("--plan <file>", "do only what is in this plan and still needed")
    .option("--all", "everything (the default)")
    .option("--since <rev>", "only what differs since a revision")
    .option("--deep", "prove closure and referrers at the targets too")
    .option("--channel <channel>", "only this channel")
    .option("--allow-dirty", "apply files that are not committed")
    .action((options, command) =>
      run(command, async (context, signal) => {
        if (options.yes === true && options.plan !== undefined) {
          throw new UsageError(
            "--yes and --plan exclude each other: a plan file is its own answer",
          );
        }
        keepHeapSmall();
        const { apply } = await import("#app");
        const progress = startProgress(context);
        const answer = await apply(
          {
            ...scopeOf(options, context),
            deep: options.deep ?? false,
            channel: options.channel,
            allowDirty: options.allowDirty ?? false,
            planFile: await planFile(context, options.plan),
            confirm: (plan) =>
              confirm(
                context,
                { answered: options.yes ?? options.plan !== undefined, plan },
                signal,
              ),
            emit: (event) => {
              progress.show(event);
              sayEvent(context, event);
            },
          },
          signal,
        );
        progress.end();
        return sayAnswer(context, answer);
      }),
    );
}

function sayAnswer(context: Context, answer: ApplyAnswer): number {
  switch (answer.kind) {
    case "invalid":
      sayDiagnostics(context, answer.diagnostics);
      return 2;
    case "declined":
      sayNote(context, "Nothing was done.");
      return answer.exitCode;
    case "applied": {
      sayBeside(context, answer.diagnostics);
      if (context.format === "json")
        sayJson(context, resultDocument(answer.outcome, answer.plan.commit));
      else context.shell.out(resultText(answer.outcome, context.out));
      return answer.exitCode;
    }
  }
}

async function planFile(
  context: Context,
  file: string | undefined,
): Promise<{ readonly text: string; readonly name: string } | undefined> {
  if (file === undefined) return undefined;
  const path = resolve(context.shell.folder, file);
  try {
    if ((await stat(path)).size > MAX_PLAN_BYTES)
      throw new UsageError(`${file} is too large to be a plan`);
    return { text: await readFile(path, "utf8"), name: file };
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : ""}`, {
      cause: error,
    });
  }
}

/** On a terminal shows the plan and asks; elsewhere `--yes` or `--plan` must have answered (contract §4). */
async function confirm(
  context: Context,
  { answered, plan }: { readonly answered: boolean; readonly plan: Plan },
  signal: AbortSignal,
): Promise<boolean> {
  if (answered) {
    if (!context.quiet) context.shell.err(planText(plan, context.err));
    return true;
  }
  if (!context.shell.interactive) {
    throw new UsageError("apply needs --yes or --plan FILE where there is no terminal to ask on");
  }
  context.shell.err(planText(plan, context.err));
  const said = await context.shell.ask("Apply this plan? Only 'yes' does it: ", signal);
  return said.trim() === "yes";
}

function sayEvent(context: Context, event: ApplyEvent): void {
  if (event.kind === "warning") sayNote(context, `warning: ${event.fault.message}`);
  if (event.kind === "finished" && context.verbose)
    context.shell.err(`${resultLine(event.result, context.err)}\n`);
}
