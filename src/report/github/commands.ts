import { sortDiagnostics, type Diagnostic } from "#model";
import { plain } from "../plain-text.ts";

/** GitHub shows so many annotations of one step, and drops the rest without a word (issue 6 §1). */
export const MOST_ANNOTATIONS = 10;
/** GitHub cuts what is longer. */
const MAX_TITLE = 255;
const MAX_MESSAGE = 4_000;

/** Diagnostics with the worst first: errors, then warnings, each by file, line and column. */
export function worstFirst(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const sorted = sortDiagnostics(diagnostics);
  return [
    ...sorted.filter(({ severity }) => severity === "error"),
    ...sorted.filter(({ severity }) => severity === "warning"),
  ];
}

/**
 * Diagnostics as GitHub workflow commands on their exact line and column: the worst ten, foreign text escaped as the
 * runner unescapes it. The rest belongs into the step's summary.
 */
export function diagnosticsCommands(diagnostics: readonly Diagnostic[]): string {
  return worstFirst(diagnostics)
    .slice(0, MOST_ANNOTATIONS)
    .map((diagnostic) => {
      const { severity, file, line, column, code } = diagnostic;
      const title = property(code.slice(0, MAX_TITLE));
      const place = `file=${property(file)},line=${line},col=${column},title=${title}`;
      return `::${severity} ${place}::${data(sentences(diagnostic))}\n`;
    })
    .join("");
}

/** A failure of the whole run as a workflow command: it belongs to no line of a file. */
export function failureCommand(message: string, hint: string | undefined): string {
  const text = hint === undefined ? message : `${message} To do: ${hint}`;
  return `::error title=waybill::${data(plain(text, MAX_MESSAGE))}\n`;
}

/**
 * Text for a step's log that the runner takes for no command: one stands at the start of a line (`::name::`) or, in the
 * old form, anywhere (`##[name]`).
 */
export function withoutCommands(text: string): string {
  return text
    .replaceAll("##[", "##\u200b[")
    .split("\n")
    .map((line) => (/^\s*::/.test(line) ? `\u200b${line}` : line))
    .join("\n");
}

/** What is wrong, what was expected and what to do, on one line. */
export function sentences({ message, expected, hint }: Diagnostic): string {
  const parts = [message, expected && `Expected: ${expected}.`, hint && `To do: ${hint}`];
  return plain(parts.filter((part) => part !== undefined && part !== "").join(" "), MAX_MESSAGE);
}

function data(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function property(text: string): string {
  return data(plain(text)).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
