import type { Diagnostic, Json } from "#model";
import {
  diagnosticsCommands,
  diagnosticsDocument,
  diagnosticsSarif,
  diagnosticsText,
  plain,
  withoutCommands,
} from "#report";
import { saySummary } from "./github.ts";
import type { Context } from "./options.ts";
import { VERSION } from "./version.ts";

/** Writes a document to stdout: one JSON value and a newline. */
export function sayJson(context: Context, document: Json): void {
  context.shell.out(`${JSON.stringify(document, undefined, 2)}\n`);
}

/**
 * Says what is wrong with what was written: as the result of a verb that has no other (stdout), in the form that was
 * asked for.
 */
export function sayDiagnostics(context: Context, diagnostics: readonly Diagnostic[]): void {
  switch (context.format) {
    case "json":
      return sayJson(context, diagnosticsDocument(diagnostics));
    case "sarif":
      return sayJson(context, diagnosticsSarif(diagnostics, VERSION));
    case "github":
      return context.shell.out(diagnosticsCommands(diagnostics));
    case "text":
    case "markdown":
      return context.shell.out(diagnosticsText(diagnostics, context.out));
  }
}

/** Says diagnostics beside another result: warnings on stderr, unless `--quiet`; nothing where the result holds them. */
export function sayBeside(context: Context, diagnostics: readonly Diagnostic[]): void {
  if (context.quiet || context.format === "github" || context.format === "sarif") return;
  context.shell.err(diagnosticsText(diagnostics, context.err));
}

/** Says a sentence to the person, on stderr, unless `--quiet`. */
export function sayNote(context: Context, sentence: string): void {
  if (context.quiet) return;
  const line = `${plain(sentence)}\n`;
  context.shell.err(context.format === "github" ? withoutCommands(line) : line);
}

/** What a run came to, in each of the forms that it can be written in. */
export interface Told {
  readonly text: () => string;
  readonly markdown: () => string;
  readonly document: () => Json;
  /** What is wrong, at lines of files. */
  readonly findings: readonly Diagnostic[];
}

/**
 * Writes what a run came to, to stdout, in the form that was asked for. For GitHub stdout has workflow commands only,
 * and the Markdown goes to the job's summary where there is one (contract §4).
 */
export async function sayResult(context: Context, told: Told): Promise<void> {
  const { shell, format } = context;
  switch (format) {
    case "json":
      return sayJson(context, told.document());
    case "sarif":
      return sayJson(context, diagnosticsSarif(told.findings, VERSION));
    case "markdown":
      return shell.out(told.markdown());
    case "github":
      shell.out(diagnosticsCommands(told.findings));
      return saySummary(shell, told.markdown());
    case "text":
      return shell.out(told.text());
  }
}
