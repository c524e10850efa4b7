import { resolve } from "node:path";
import { makeStyle, type Style } from "#report";
import { withSafeStdout } from "./job-log.ts";
import type { Shell } from "./shell.ts";

export const FORMATS = ["text", "json", "markdown", "sarif", "github"] as const;
export type Format = (typeof FORMATS)[number];

/** The global options, as commander gives them (contract §4). */
export interface GlobalOptions {
  readonly directory?: string | undefined;
  readonly format?: string | undefined;
  readonly quiet?: boolean | undefined;
  readonly verbose?: boolean | undefined;
  readonly color?: boolean | undefined;
  readonly registries?: string | undefined;
}

/** What every verb gets: where it works, how it speaks. */
export interface Context {
  readonly shell: Shell;
  readonly root: string;
  readonly format: Format;
  readonly quiet: boolean;
  readonly verbose: boolean;
  /** Looks of what goes to stdout, and of what goes to stderr. */
  readonly out: Style;
  readonly err: Style;
  readonly registriesFile: string | undefined;
  /** In a GitHub Actions job, where a pull request could name any folder of the runner (contract §1). */
  readonly restrictPaths: boolean;
}

/** Reads the global options; a format that does not exist is a usage error. */
export function contextOf(options: GlobalOptions, shell: Shell): Context {
  const colour = options.color !== false && !shell.env["NO_COLOR"];
  const format = formatOf(options.format ?? "text");
  return {
    shell: withSafeStdout(shell, format),
    root: resolve(shell.folder, options.directory ?? "."),
    format,
    quiet: options.quiet ?? false,
    verbose: options.verbose ?? false,
    out: makeStyle(colour && shell.stdoutIsTerminal),
    err: makeStyle(colour && shell.stderrIsTerminal),
    restrictPaths: shell.env["GITHUB_ACTIONS"] === "true",
    registriesFile:
      options.registries === undefined ? undefined : resolve(shell.folder, options.registries),
  };
}

function formatOf(text: string): Format {
  const format = FORMATS.find((name) => name === text);
  if (format === undefined)
    throw new UsageError(`--format ${text}: expected one of ${FORMATS.join(", ")}`);
  return format;
}

/** The command was typed in a way that it does not understand: exit 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}
