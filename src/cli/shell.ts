import { dirname, resolve } from "node:path";
import { createInterface } from "node:readline/promises";

/** Where a command runs: its streams, its environment and its clock. */
export interface Shell {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where the person stands; paths in flags are relative to it. */
  readonly folder: string;
  /** Both a person's keyboard and a person's screen are there, so that a question can be asked. */
  readonly interactive: boolean;
  readonly stdoutIsTerminal: boolean;
  readonly stderrIsTerminal: boolean;
  readonly columns: number;
  now(): Date;
  out(text: string): void;
  err(text: string): void;
  ask(question: string, signal: AbortSignal): Promise<string>;
  /** Says that the verb is a service: a signal asks it to end, it has this long, and ending is no failure. */
  readonly serve?: (graceMs: number) => void;
}

/**
 * Where the person stands who typed `npm run`, which changes to the package's folder first. A script that went on to
 * another folder means that one, and not where its own person stood.
 */
function folderUnderNpm(env: Shell["env"], folder: string): string | undefined {
  const manifest = env["npm_package_json"];
  if (env["npm_lifecycle_event"] === undefined) return undefined;
  if (manifest !== undefined && dirname(manifest) !== folder) return undefined;
  return env["INIT_CWD"];
}

/** The shell of the running process. Under `npm run` the person stands in INIT_CWD (contract §1). */
export function processShell(process: NodeJS.Process): Shell {
  const { env, stdin, stdout, stderr } = process;
  return {
    env,
    folder: resolve(folderUnderNpm(env, process.cwd()) ?? process.cwd()),
    interactive: stdin.isTTY && stderr.isTTY && env["CI"] !== "true",
    stdoutIsTerminal: stdout.isTTY,
    stderrIsTerminal: stderr.isTTY,
    columns: stderr.columns ?? 80,
    now: () => new Date(),
    out: (text) => void stdout.write(text),
    err: (text) => void stderr.write(text),
    ask: async (question, signal) => {
      const lines = createInterface({ input: stdin, output: stderr });
      try {
        return await lines.question(question, { signal });
      } finally {
        lines.close();
      }
    },
  };
}
