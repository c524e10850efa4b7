import type { Diagnostic, Json } from "#model";
import {
  diagnosticsCommands,
  diagnosticsDocument,
  diagnosticsSarif,
  diagnosticsText,
  plain,
} from "#report";
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

/** Says diagnostics beside another result: on stderr, warnings only unless `--quiet`. */
export function sayBeside(context: Context, diagnostics: readonly Diagnostic[]): void {
  if (context.quiet || diagnostics.length === 0) return;
  if (context.format === "github") context.shell.out(diagnosticsCommands(diagnostics));
  else context.shell.err(diagnosticsText(diagnostics, context.err));
}

/** Says a sentence to the person, on stderr, unless `--quiet`. */
export function sayNote(context: Context, sentence: string): void {
  if (!context.quiet) context.shell.err(`${plain(sentence)}\n`);
}
