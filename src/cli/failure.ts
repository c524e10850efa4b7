import { plain } from "#report";
import type { Context } from "./options.ts";
import { UsageError } from "./options.ts";
import type { Shell } from "./shell.ts";

/** Says why a command ended without a result, in one sentence (`--verbose`: with where it came from), and gives the exit code. */
export function sayFailure(error: unknown, shell: Shell, context: Context | undefined): number {
  const message = error instanceof Error ? error.message : String(error);
  shell.err(`waybill: ${plain(message)}\n`);
  const hint = hintOf(error);
  if (hint !== undefined) shell.err(`  to do: ${plain(hint)}\n`);
  if (context?.verbose === true && error instanceof Error) shell.err(`${stackOf(error)}\n`);
  return isUsage(error) ? 2 : 1;
}

/** A failure that a room or a use case says is the person's to mend. */
function isUsage(error: unknown): boolean {
  return (
    error instanceof UsageError ||
    (error instanceof Error && "exitCode" in error && error.exitCode === 2)
  );
}

function hintOf(error: unknown): string | undefined {
  return error instanceof Error && "hint" in error && typeof error.hint === "string"
    ? error.hint
    : undefined;
}

function stackOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by ${stackOf(error.cause)}` : "";
  return `${error.stack ?? error.message}${cause}`;
}
