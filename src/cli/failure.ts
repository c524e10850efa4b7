import type { Diagnostic } from "#model";
import { diagnosticsDocument, failureCommand, plain, withoutCommands } from "#report";
import { UsageError, type Format } from "./options.ts";
import type { Shell } from "./shell.ts";

/** How a failure is told. */
export interface Telling {
  readonly format: Format;
  readonly verbose: boolean;
}

/**
 * Says why a command ended without a result, in one sentence (`--verbose`: with where it came from), and gives the exit
 * code. For a program (`--format json`) the same is a diagnostics document on stdout (contract §5).
 */
export function sayFailure(error: unknown, shell: Shell, { format, verbose }: Telling): number {
  const message = error instanceof Error ? error.message : String(error);
  const hint = hintOf(error);
  shell.err(`waybill: ${withoutCommands(plain(message))}\n`);
  if (hint !== undefined) shell.err(`  to do: ${plain(hint)}\n`);
  if (verbose && error instanceof Error) shell.err(`${stackOf(error)}\n`);
  if (format === "json") sayDocument(shell, { code: codeOf(error), message, hint });
  if (format === "github") shell.out(failureCommand(message, hint));
  return isUsage(error) ? 2 : 1;
}

/** Says that the command line itself was not understood; the parser has told the person already. */
export function sayMisuse(message: string, shell: Shell, { format }: Telling): number {
  if (format === "json") {
    const hint = "waybill --help lists the verbs and their options";
    sayDocument(shell, { code: "usage", message: message.replace(/^error: /, ""), hint });
  }
  return 2;
}

interface Failure {
  readonly code: string;
  readonly message: string;
  readonly hint: string | undefined;
}

/** A failure belongs to no line of a file; `.` is the promotions root. */
function sayDocument(shell: Shell, { code, message, hint }: Failure): void {
  const where = { file: ".", line: 1, column: 1 };
  const bare: Diagnostic = { ...where, code, severity: "error", message };
  const document = diagnosticsDocument([hint === undefined ? bare : { ...bare, hint }]);
  shell.out(`${JSON.stringify(document, undefined, 2)}\n`);
}

/** A failure that a room or a use case says is the person's to mend. */
export function isUsage(error: unknown): boolean {
  return (
    error instanceof UsageError ||
    (error instanceof Error && "exitCode" in error && error.exitCode === 2)
  );
}

/** A room's own closed code, such as `unauthorized`; what has none is told as a misuse or a failure. */
function codeOf(error: unknown): string {
  if (isUsage(error)) return "usage";
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return typeof code === "string" && /^[a-z]+(?:-[a-z]+)*$/.test(code) ? code : "failed";
}

function hintOf(error: unknown): string | undefined {
  return error instanceof Error && "hint" in error && typeof error.hint === "string"
    ? error.hint
    : undefined;
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : "";
  // Its first lines are the message, which is foreign text.
  const lines = (error.stack ?? error.message).split("\n").map((line) => plain(line));
  return `${lines.join("\n")}${cause}`;
}
