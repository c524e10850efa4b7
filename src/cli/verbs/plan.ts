import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Command } from "@commander-js/extra-typings";
import type { PlanRequest } from "#app";
import type { Json } from "#model";
import { planMarkdown, planText } from "#report";
import { isUsage } from "../failure.ts";
import { sayCheck, sayNoCheck } from "../github.ts";
import { keepHeapSmall } from "../heap.ts";
import { UsageError, type Context } from "../options.ts";
import { sayBeside, sayDiagnostics, sayNote, sayResult } from "../speak.ts";
import { VERSION } from "../version.ts";
import type { Run } from "../work.ts";

/** `waybill plan`: desired × actual → the plan (contract §4). */
export function addPlan(program: Command, run: Run): void {
  program
    .command("plan")
    .description("show exactly what apply would do")
    .option("--all", "everything (the default)")
    .option("--since <rev>", "only what differs since a revision")
    .option("--deep", "prove closure and referrers at the targets too")
    .option("--out <file>", "write the plan document to a file as well")
    .option("--detailed-exitcode", "exit 5 where there is something to do")
    .action((options, command) =>
      run(command, async (context, signal) => {
        keepHeapSmall();
        const request = {
          ...scopeOf(options, context),
          deep: options.deep ?? false,
          detailedExitCode: options.detailedExitcode ?? false,
          toolVersion: VERSION,
        };
        // A plan of everything is nobody's pull request.
        if (context.format === "github" && options.all !== true) {
          return check(context, { request, out: options.out }, signal);
        }
        const { plan } = await import("#app");
        const answer = await plan(request, signal);
        if (answer.kind === "invalid") {
          sayDiagnostics(context, answer.diagnostics);
          return 2;
        }
        for (const note of answer.notes) sayNote(context, `note: ${note}`);
        sayBeside(context, answer.diagnostics);
        if (options.out !== undefined) await writeDocument(context, options.out, answer.document);
        await sayResult(context, {
          text: () => planText(answer.plan, context.out),
          markdown: () => planMarkdown(answer.plan),
          document: () => answer.document,
          findings: [...answer.diagnostics, ...answer.findings],
        });
        return answer.exitCode;
      }),
    );
}

interface Checking {
  readonly request: PlanRequest;
  /** The file of `--out`. */
  readonly out: string | undefined;
}

/** The check of a pull request (issue 6 §1); how it fails is told in the outputs as well. */
async function check(
  context: Context,
  { request, out }: Checking,
  signal: AbortSignal,
): Promise<number> {
  const { checkPullRequest } = await import("#app");
  try {
    const answer = await checkPullRequest(request, signal);
    for (const note of answer.notes) sayNote(context, `note: ${note}`);
    if (out !== undefined) await writeDocument(context, out, answer.document);
    await sayCheck(context, answer);
    return answer.exitCode;
  } catch (error) {
    if (!signal.aborted) await sayNoCheck(context, isUsage(error) ? "invalid" : "unknown");
    throw error;
  }
}

/** What `plan` and `apply` are told alike: where, and how much of it. */
export function scopeOf(
  options: { readonly all?: true | undefined; readonly since?: string | undefined },
  { root, format, shell, registriesFile, restrictPaths }: Context,
): {
  readonly root: string;
  readonly since: string | undefined;
  readonly registriesFile: string | undefined;
  readonly restrictPaths: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => Date;
} {
  if (options.all === true && options.since !== undefined) {
    throw new UsageError("--all and --since exclude each other");
  }
  const implied = format === "github" && options.all !== true ? "HEAD^1" : undefined;
  return {
    root,
    since: options.since ?? implied,
    registriesFile,
    restrictPaths,
    env: shell.env,
    now: () => shell.now(),
  };
}

async function writeDocument({ shell }: Context, file: string, document: Json): Promise<void> {
  try {
    const text = `${JSON.stringify(document, undefined, 2)}\n`;
    await writeFile(resolve(shell.folder, file), text);
  } catch (cause) {
    const why = cause instanceof Error && "code" in cause ? String(cause.code) : "unknown error";
    throw new UsageError(`--out ${file} cannot be written (${why})`, { cause });
  }
}
