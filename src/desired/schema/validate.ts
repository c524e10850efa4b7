import type { Diagnostic } from "#model";
import { errorAt } from "../diagnostics.ts";
import { plainValue, type YamlTree } from "../yaml/tree.ts";
import { explain } from "./explain.ts";
import { SCHEMAS, type FileKind } from "./schemas.ts";
import { validatorOf } from "./validators.ts";

/** All that a file's form has against it, each at the exact key or value. */
export function checkSchema(kind: FileKind, tree: YamlTree): readonly Diagnostic[] {
  if (tree.root === undefined) {
    return [
      errorAt(tree.positionAt(0), "empty-file", {
        message: "The file is empty.",
        expected: `a document of kind ${kind}`,
        hint: "remove the file, or begin it with apiVersion: waybill.dev/v1",
      }),
    ];
  }
  const validate = validatorOf(kind);
  if (validate(plainValue(tree.root))) return [];
  return explain(validate.errors ?? [], { kind, tree, definitions: SCHEMAS[kind]["$defs"] });
}
