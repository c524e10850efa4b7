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

/** The same for results that are written for people: documents stay byte for byte, and `github` is our own commands. */
export function withSafeStdout(shell: Shell, format: Format): Shell {
  if (!isJob(shell) || !(format === "text" || format === "markdown")) return shell;
  return { ...shell, out: (text) => shell.out(withoutCommands(text)) };
}

function isJob({ env }: Shell): boolean {
  return env["GITHUB_ACTIONS"] === "true";
}
