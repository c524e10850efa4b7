import { runProgram } from "../../src/cli/program.ts";
import type { Shell } from "../../src/cli/shell.ts";
import type { Workspace } from "../support/workspace.ts";

/** What a command left behind. */
export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
  /** The questions that were asked. */
  readonly asked: readonly string[];
}

/** How a command is run; a pipe on both sides unless the test says otherwise. */
export interface Running extends Partial<Pick<Shell, "env" | "folder" | "columns">> {
  readonly terminal?: boolean;
  /** What a person at the terminal answers; asking without one fails the test. */
  readonly answer?: string;
  readonly signal?: AbortSignal;
}

/** Runs the program in this process, in a shell whose streams are kept. */
export async function waybill(args: readonly string[], running: Running = {}): Promise<Ran> {
  const { terminal = false, answer, signal = new AbortController().signal } = running;
  const [out, err, asked]: readonly [string[], string[], string[]] = [[], [], []];
  const shell: Shell = {
    env: running.env ?? {},
    folder: running.folder ?? "/nonexistent",
    interactive: terminal,
    stdoutIsTerminal: terminal,
    stderrIsTerminal: terminal,
    columns: running.columns ?? 80,
    now: () => new Date("2026-11-21T12:00:00Z"),
    out: (text) => void out.push(text),
    err: (text) => void err.push(text),
    ask: async (question) => {
      asked.push(question);
      if (answer === undefined) throw new Error(`nobody answers: ${question}`);
      return answer;
    },
  };
  const code = await runProgram(args, shell, signal);
  return { code, out: out.join(""), err: err.join(""), asked };
}

/** Runs the program in a promotions repository. */
export function waybillIn(
  { root }: Pick<Workspace, "root">,
  args: readonly string[],
  running: Running = {},
): Promise<Ran> {
  return waybill(args, { folder: root, ...running });
}
