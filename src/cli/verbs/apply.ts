import { readFile, stat } from "node:fs/promises";
import { resolve } from "node:path";
import type { Command } from "@commander-js/extra-typings";
import type { Plan } from "#model";
import { planText } from "#report";
import { keepHeapSmall } from "../heap.ts";
import { startProgress } from "../progress-line.ts";
import { UsageError, type Context } from "../options.ts";
import { sayNote } from "../speak.ts";
import { runMerge } from "./apply-merge.ts";
import { runOf, signingOf, type ApplyOptions } from "./apply-options.ts";
import { scopeOf } from "./plan.ts";
import { sayAnswer, sayEvent } from "./say-apply.ts";
import { VERSION } from "../version.ts";
import type { Run } from "../work.ts";

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
    .option("--on-merge", "do what was merged since the last apply, as far as it was approved")
    .option("--record-out <file>", "with --on-merge: write the record to a file as well")
    .option("--push-record", "with --on-merge: push the record to origin at once")
    .option("--id <word>", "with --on-merge: which of several Waybills of one repository this is")
    .option("--no-record", "keep no record in the notes of the commit (refs/notes/waybill)")
    .option("--sign-key <key>", "sign our statements with env:NAME, file:PATH or exec:COMMAND")
    .option("--identity-token-file <file>", "sign keyless, with the OpenID token in this file")
    .option("--fulcio-url <url>", "who certifies that identity")
    .option("--rekor-url <url>", "the log (Rekor v1) that signatures are put into")
    .option("--tsa-url <url>", "the authority (RFC 3161) that says when they were made")
    .action((options, command) =>
      run(command, (context, signal) =>
        options.onMerge === true
          ? runMerge(context, options, signal)
          : runApply(context, options, signal),
      ),
    );
}

async function runApply(
  context: Context,
  options: ApplyOptions,
  signal: AbortSignal,
): Promise<number> {
  const isAnswered = isAnsweredBy(options, context);
  const planFile = await readPlanFile(context, options.plan);
  keepHeapSmall();
  const { apply } = await import("#app");
  const progress = startProgress(context);
  try {
    const answer = await apply(
      {
        ...scopeOf(options, context),
        deep: options.deep ?? false,
        channel: options.channel,
        allowDirty: options.allowDirty ?? false,
        record: options.record === false ? undefined : runOf(context),
        planFile,
        signing: { ...signingOf(options), folder: context.shell.folder, toolVersion: VERSION },
        confirm: (plan, doable) =>
          confirm(context, { plan, isAnswered: isAnswered || doable === 0 }, signal),
        emit: (event) => {
          progress.show(event);
          sayEvent(context, progress, event);
        },
        note: (sentence) => sayNote(context, `note: ${sentence}`),
      },
      signal,
    );
    progress.end();
    return await sayAnswer(context, answer);
  } finally {
    progress.end();
  }
}

/** Whether a question was answered beforehand; where nobody could be asked it has to be (contract §4). */
function isAnsweredBy(options: ApplyOptions, { shell }: Context): boolean {
  if (options.yes === true && options.plan !== undefined)
    throw new UsageError("--yes and --plan exclude each other: a plan file is its own answer");
  if (options.yes === true || options.plan !== undefined) return true;
  if (shell.interactive) return false;
  throw new UsageError("apply needs --yes or --plan FILE where there is no terminal to ask on");
}

async function readPlanFile(
  context: Context,
  file: string | undefined,
): Promise<{ readonly text: string; readonly name: string } | undefined> {
  if (file === undefined) return undefined;
  const path = resolve(context.shell.folder, file);
  try {
    if ((await stat(path)).size > MAX_PLAN_BYTES)
      throw new UsageError(`${file} is too large to be a plan`);
    return { text: await readFile(path, "utf8"), name: file };
  } catch (cause) {
    if (cause instanceof UsageError) throw cause;
    const why = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown error";
    throw new UsageError(`--plan ${file} cannot be read (${why})`, { cause });
  }
}

/** Shows the plan, and asks where nobody has answered yet. */
async function confirm(
  { shell, quiet, err }: Context,
  { plan, isAnswered }: { readonly plan: Plan; readonly isAnswered: boolean },
  signal: AbortSignal,
): Promise<boolean> {
  if (!quiet || !isAnswered) shell.err(planText(plan, err));
  if (isAnswered) return true;
  const said = await shell.ask("Apply this plan? Only 'yes' does it: ", signal);
  return said.trim() === "yes";
}
