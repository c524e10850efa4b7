import { readYaml, type SourceFile } from "./yaml/read.ts";
import { plainValue } from "./yaml/tree.ts";

/** A workflow file as plain data, under the same caps as our own files; undefined where it is no YAML that we read. */
export function readWorkflow(file: SourceFile): unknown {
  const { tree, diagnostics } = readYaml(file);
  return tree.root === undefined || diagnostics.length > 0 ? undefined : plainValue(tree.root);
}
