import { withoutCommands } from "#report";
import type { Format } from "./options.ts";
import type { Shell } from "./shell.ts";

/**
 * The shell of a GitHub Actions job, where the runner reads both streams for commands: nothing that is said on stderr is
 * one, whoever wrote its words (threat 17).
 */
export function withSafeStderr(shell: Shell): Shell {
  if (!isJob(shell)) return shell;
  return { ...shell, err: (text) => shell.err(withoutCommands(text)) };
}

/**
 * The same for results: of the form `github` our own annotations pass, and what a verb says beside them is for people.
 * Documents stay byte for byte.
 */
export function withSafeStdout(shell: Shell, format: Format): Shell {
  if (format === "github")
    return { ...shell, out: (text) => shell.out(isOurs(text) ? text : withoutCommands(text)) };
  if (!isJob(shell) || !(format === "text" || format === "markdown")) return shell;
  return { ...shell, out: (text) => shell.out(withoutCommands(text)) };
}

/** Annotations are written by themselves: every line is one, as `diagnosticsCommands` and `failureCommand` make them. */
function isOurs(text: string): boolean {
  return text
    .split("\n")
    .every((line) => line === "" || /^::(?:error|warning) (?:file|title)=[^\n]*::/.test(line));
}

function isJob({ env }: Shell): boolean {
  return env["GITHUB_ACTIONS"] === "true";
}
