import type { Command } from "@commander-js/extra-typings";
import { diagnosticsCount } from "#report";
import { sayDiagnostics, sayNote } from "../speak.ts";
import type { Run } from "../work.ts";

/** `waybill validate`: schema, cross-file rules, steps since the base; no network (contract §4). */
export function addValidate(program: Command, run: Run): void {
  program
    .command("validate")
    .description("check every file and every rule, without network")
    .option("--base <rev>", "what steps and removed lines are compared with")
    .action((options, command) =>
      run(command, async (context, signal) => {
        const { validate } = await import("#app");
        const { root, restrictPaths } = context;
        const answer = await validate({ root, restrictPaths, base: options.base }, signal);
        for (const note of answer.notes) sayNote(context, `note: ${note}`);
        sayDiagnostics(context, answer.diagnostics);
        if (context.format === "text")
          sayNote(context, `${answer.summary}: ${diagnosticsCount(answer.diagnostics)}.`);
        return answer.exitCode;
      }),
    );
}
