import { runProgram } from "../../src/cli/program.ts";

/** What a command wrote, and how it ended. */
export interface VerbRun {
  readonly exitCode: number;
  readonly out: string;
  readonly err: string;
}

/** Runs the real program in this process, with a clock of its own. */
export async function runVerb(
  args: readonly string[],
  { folder, now = new Date("2026-11-20T00:00:00Z") }: { folder: string; now?: Date },
): Promise<VerbRun> {
  const written = { out: "", err: "" };
  const exitCode = await runProgram(
    args,
    {
      env: { NO_COLOR: "1" },
      folder,
      interactive: false,
      stdoutIsTerminal: false,
      stderrIsTerminal: false,
      columns: 80,
      now: () => now,
      out: (text) => void (written.out += text),
      err: (text) => void (written.err += text),
      ask: async () => "",
    },
    new AbortController().signal,
  );
  return { exitCode, ...written };
}
