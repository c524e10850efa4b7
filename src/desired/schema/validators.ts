import { Ajv2020, type Options, type ValidateFunction } from "ajv/dist/2020.js";
import { SCHEMAS, type FileKind } from "./schemas.ts";

/** How the schemas are compiled: every mistake is told, with the subschema that it is against. */
export const RULES: Options = {
  allErrors: true,
  verbose: true,
  strict: false,
  validateSchema: false,
  meta: false,
  logger: false,
};

const compiled = new Map<FileKind, ValidateFunction>();

/**
 * The check of a kind's form. A schema is compiled once it is needed, because that costs as much as reading fifty
 * files; in the bundle all of them were compiled when it was built (scripts/compiled-schemas.ts).
 */
export function validatorOf(kind: FileKind): ValidateFunction {
  const known = compiled.get(kind);
  if (known !== undefined) return known;
  const ajv = new Ajv2020({ ...RULES, code: { optimize: false } });
  const validate = ajv.compile(SCHEMAS[kind]);
  compiled.set(kind, validate);
  return validate;
}
