import { parseArgs } from "node:util";
import { BenchError } from "./bench-error.ts";
import type { Row } from "./bench.ts";
import { ROWS } from "./rows.ts";

/** What was asked for on the command line. */
export interface Arguments {
  readonly rows: readonly Row[];
  readonly runs: number;
  /** Where the document goes, relative to where the person stands. */
  readonly json: string | undefined;
  /** Keep what registries hold in memory, so that no disk is measured. */
  readonly inMemory: boolean;
  readonly help: boolean;
}

/** How the benchmarks are called. */
export const USAGE: string = `npm run bench -- [--only ROW[,ROW]] [--runs N] [--json FILE] [--in-memory]
rows: ${ROWS.map(({ name }) => name).join(" ")}`;

/** Reads the command line; throws BenchError with the usage where it cannot. */
export function readArguments(argv: readonly string[]): Arguments {
  const { values } = parse(argv);
  const runs = Number(values.runs);
  if (!Number.isInteger(runs) || runs < 1) throw new BenchError(`--runs wants 1 or more\n${USAGE}`);
  const wanted = (values.only ?? []).flatMap((names) => names.split(","));
  const unknown = wanted.filter((name) => !ROWS.some((row) => row.name === name));
  if (unknown.length > 0) throw new BenchError(`no such row: ${unknown.join(", ")}\n${USAGE}`);
  const rows = ROWS.filter(({ name }) => wanted.length === 0 || wanted.includes(name));
  return { rows, runs, json: values.json, inMemory: values["in-memory"], help: values.help };
}

function parse(argv: readonly string[]): {
  readonly values: {
    runs: string;
    only?: string[];
    json?: string;
    "in-memory": boolean;
    help: boolean;
  };
} {
  try {
    return parseArgs({
      args: [...argv],
      options: {
        only: { type: "string", multiple: true },
        runs: { type: "string", default: "3" },
        json: { type: "string" },
        "in-memory": { type: "boolean", default: false },
        help: { type: "boolean", default: false },
      },
    });
  } catch (error) {
    throw new BenchError(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  }
}
