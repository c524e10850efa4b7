import type { ApplyAnswer } from "#app";
import type { ApplyEvent } from "#model";
import { resultDocument, resultLine, resultMarkdown, resultText } from "#report";
import type { ProgressDisplay } from "../progress-line.ts";
import type { Context } from "../options.ts";
import { sayBeside, sayDiagnostics, sayNote, sayResult } from "../speak.ts";

/** Says what a run came to, and gives its exit code. */
export async function sayAnswer(context: Context, answer: ApplyAnswer): Promise<number> {
  switch (answer.kind) {
    case "invalid":
      sayDiagnostics(context, answer.diagnostics);
      return 2;
    case "declined":
      sayNote(context, "Nothing was done.");
      return answer.exitCode;
    case "applied": {
      sayBeside(context, answer.diagnostics);
      await sayResult(context, {
        text: () => resultText(answer, context.out),
        markdown: () => resultMarkdown(answer),
        document: () => resultDocument(answer.outcome, answer.plan.commit),
        findings: [...answer.diagnostics, ...answer.findings],
      });
      return answer.exitCode;
    }
  }
}

/** Says what a run tells on its way. */
export function sayEvent(context: Context, progress: ProgressDisplay, event: ApplyEvent): void {
  if (event.kind === "warning" && !context.quiet) {
    progress.clear();
    sayNote(context, `warning: ${event.fault.message}`);
  }
  if (event.kind === "finished" && context.verbose) {
    progress.clear();
    context.shell.err(`${resultLine(event.result, context.err)}\n`);
  }
}
