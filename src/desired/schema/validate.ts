import { Ajv2020, type AnySchemaObject, type ValidateFunction } from "ajv/dist/2020.js";
import channels from "../../../schemas/channels.v1.json" with { type: "json" };
import owners from "../../../schemas/owners.v1.json" with { type: "json" };
import promotion from "../../../schemas/promotion.v1.json" with { type: "json" };
import registries from "../../../schemas/registries.v1.json" with { type: "json" };
import revocations from "../../../schemas/revocations.v1.json" with { type: "json" };
import sites from "../../../schemas/sites.v1.json" with { type: "json" };
import trust from "../../../schemas/trust.v1.json" with { type: "json" };
import type { Diagnostic } from "#model";
import { errorAt } from "../diagnostics.ts";
import { plainValue, type YamlTree } from "../yaml/tree.ts";
import { explain } from "./explain.ts";

/** The file kinds of contract §2 and issue 5 §2, by the word in their `kind`. */
export type FileKind =
  | "Promotion"
  | "Sites"
  | "Channels"
  | "Registries"
  | "Trust"
  | "Revocations"
  | "Owners";

/** The published schemas: the one source of the format (issue 4 §2). */
export const SCHEMAS: Readonly<Record<FileKind, AnySchemaObject>> = {
  Promotion: promotion,
  Sites: sites,
  Channels: channels,
  Registries: registries,
  Trust: trust,
  Revocations: revocations,
  Owners: owners,
};

const compiled = new Map<FileKind, ValidateFunction>();

/** A schema is compiled once it is needed, because that costs as much as reading fifty files. */
function validatorOf(kind: FileKind): ValidateFunction {
  const known = compiled.get(kind);
  if (known !== undefined) return known;
  const ajv = new Ajv2020({
    allErrors: true,
    verbose: true,
    strict: false,
    validateSchema: false,
    meta: false,
    logger: false,
    code: { optimize: false },
  });
  const validate = ajv.compile(SCHEMAS[kind]);
  compiled.set(kind, validate);
  return validate;
}

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
