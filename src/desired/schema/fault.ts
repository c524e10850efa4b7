import type { AnySchemaObject } from "ajv/dist/2020.js";
import type { YamlPath, YamlTree } from "../yaml/tree.ts";

/** One of ajv's errors, brought back to the tree. */
export interface Fault {
  readonly tree: YamlTree;
  readonly kind: string;
  readonly path: YamlPath;
  readonly keyword: string;
  readonly params: Readonly<Record<string, unknown>>;
  /** The subschema that the keyword stands in. */
  readonly schema: AnySchemaObject;
  /** The name under `$defs` of that subschema, or of the one that a key's name must fit. */
  readonly definition: string | undefined;
}
