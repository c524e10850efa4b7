import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Command } from "@commander-js/extra-typings";
import { planMarkdown, planText } from "#report";
import { keepHeapSmall } from "../heap.ts";
import { sayBeside, sayDiagnostics, sayNote, sayResult } from "../speak.ts";
import type { Run } from "../work.ts";
import { scopeOf } from "./plan.ts";

/** `waybill drift`: what is not as git says, in one issue (issue 6 §6). */
export function addDrift(program: Command, run: Run): void {
  program
    .command("drift")
    .description("look at everything, deep, and keep one issue true about what is not as git says")
    .option("--out <file>", "write the plan document to a file as well")
    .option("--id <word>", "which of several Waybills of one repository this is", "waybill")
    .action((options, command) =>
      run(command, async (context, signal) => {
        keepHeapSmall();
        const { drift } = await import("#app");
        const request = { ...scopeOf({ all: true }, context), instance: options.id };
        const answer = await drift(request, signal);
        if (answer.kind === "invalid") {
          sayDiagnostics(context, answer.diagnostics);
          return 2;
        }
        for (const note of answer.notes) sayNote(context, `note: ${note}`);
        sayBeside(context, answer.diagnostics);
        if (options.out !== undefined) {
          const text = `${JSON.stringify(answer.document, undefined, 2)}\n`;
          await writeFile(resolve(context.shell.folder, options.out), text);
        }
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
