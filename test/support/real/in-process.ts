import { runProgram } from "../../../src/cli/program.ts";
import type { Shell } from "../../../src/cli/shell.ts";

/** What a command printed, and its exit code. */
export interface Printed {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** What a command finds around it. */
export interface Around {
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

const TIMEOUT_MS = 60_000;

/** Runs the command line in this process: all of it but Node's own start and its signals. */
export async function waybillHere(
  root: string,
  args: readonly string[],
  around: Around = {},
): Promise<Printed> {
  const printed = { stdout: "", stderr: "" };
  const shell: Shell = {
    env: { HOME: root, NO_COLOR: "1", ...around.env },
    folder: root,
    interactive: false,
    stdoutIsTerminal: false,
    stderrIsTerminal: false,
    columns: 80,
    now: () => new Date("2026-11-21T12:00:00Z"),
    out: (text) => void (printed.stdout += text),
    err: (text) => void (printed.stderr += text),
    ask: async () => Promise.resolve("no"),
  };
  const code = await runProgram(args, shell, around.signal ?? AbortSignal.timeout(TIMEOUT_MS));
  return { code, ...printed };
}
