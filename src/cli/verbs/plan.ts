import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Command } from "@commander-js/extra-typings";
import type { Json, Plan } from "#model";
import { diagnosticsSarif, planMarkdown, planText } from "#report";
import { UsageError, type Context } from "../options.ts";
import { keepHeapSmall } from "../heap.ts";
import type { Run } from "../program.ts";
import { sayBeside, sayDiagnostics, sayJson } from "../speak.ts";
import { VERSION } from "../version.ts";

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
        const { plan } = await import("#app");
        const request = {
          ...scopeOf(options, context),
          deep: options.deep ?? false,
          detailedExitCode: options.detailedExitcode ?? false,
        };
        const answer = await plan(request, signal);
        if (answer.kind === "invalid") {
          sayDiagnostics(context, answer.diagnostics);
          return 2;
        }
        sayBeside(context, answer.diagnostics);
        sayPlan(context, answer.plan, answer.document);
        if (options.out !== undefined) await writeDocument(context, options.out, answer.document);
        return answer.exitCode;
      }),
    );
}

/** What `plan` and `apply` are told alike: where, and how much of it. */
export function scopeOf(
  options: { readonly all?: true | undefined; readonly since?: string | undefined },
  { root, format, shell, registriesFile }: Context,
): {
  readonly root: string;
  readonly since: string | undefined;
  readonly registriesFile: string | undefined;
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
    env: shell.env,
    now: () => shell.now(),
  };
}

/** Writes a plan to stdout in the form that was asked for. */
function sayPlan(context: Context, plan: Plan, document: Json): void {
  switch (context.format) {
    case "json":
      return sayJson(context, document);
    case "markdown":
    case "github":
      return context.shell.out(planMarkdown(plan));
    case "sarif":
      return sayJson(context, diagnosticsSarif([], VERSION));
    case "text":
      return context.shell.out(planText(plan, context.out));
  }
}

async function writeDocument(context: Context, file: string, document: Json): Promise<void> {
  await writeFile(
    resolve(context.shell.folder, file),
    `${JSON.stringify(document, undefined, 2)}\n`,
  );
}
