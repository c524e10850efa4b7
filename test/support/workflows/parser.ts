import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import type * as parserModule from "@actions/workflow-parser";
import { build } from "esbuild";

type Parser = typeof parserModule;

/** GitHub's own reading of a workflow file. */
export interface WorkflowReading {
  readonly errors: readonly string[];
}

/**
 * GitHub's own parser. Its modules import JSON in a way that Node refuses, so they are bundled first; the bundle lies in a
 * temporary folder for as long as it is imported.
 */
export async function openParser(): Promise<(file: string, text: string) => WorkflowReading> {
  const folder = mkdtempSync(join(tmpdir(), "workflow-parser-"));
  try {
    const outfile = join(folder, "parser.mjs");
    await build({
      stdin: { contents: 'export * from "@actions/workflow-parser";', resolveDir: process.cwd() },
      bundle: true,
      format: "esm",
      platform: "node",
      logLevel: "error",
      outfile,
    });
    const parser: Parser = await import(pathToFileURL(outfile).href);
    return (file, text) => read(parser, file, text);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function read(
  { parseWorkflow, NoOperationTraceWriter }: Parser,
  name: string,
  content: string,
): WorkflowReading {
  const { context } = parseWorkflow({ name, content }, new NoOperationTraceWriter());
  return { errors: context.errors.getErrors().map(({ message }) => message) };
}
