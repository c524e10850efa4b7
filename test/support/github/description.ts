import { readFileSync } from "node:fs";
import { Ajv, type ValidateFunction } from "ajv";

type Json = Readonly<Record<string, unknown>>;

/** One operation of GitHub's REST API, as GitHub's own description has it. */
export interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly pattern: RegExp;
  readonly parameters: readonly Parameter[];
  readonly body: { readonly required: boolean; readonly schema: unknown } | undefined;
  readonly responses: ReadonlyMap<string, unknown>;
}

interface Parameter {
  readonly name: string;
  readonly in: string;
  readonly required: boolean;
  readonly schema: unknown;
}

interface Subset {
  readonly operations: Readonly<
    Record<string, Omit<Operation, "id" | "pattern" | "responses"> & { readonly responses: Json }>
  >;
  readonly schemas: Json;
}

const subset: Subset = JSON.parse(
  readFileSync(new URL("openapi/subset.json", import.meta.url), "utf8"),
);

const OPERATIONS: readonly Operation[] = Object.entries(subset.operations)
  .map(([id, operation]) => ({
    id,
    ...operation,
    pattern: patternOf(operation.path),
    responses: new Map(Object.entries(operation.responses)),
  }))
  // A literal part of a path is tried before a parameter at the same place.
  .toSorted((a, b) => a.path.split("{").length - b.path.split("{").length);

/** The operation that a request is for, with the values in its path. */
export function operationFor(
  method: string,
  path: string,
): { readonly operation: Operation; readonly parts: ReadonlyMap<string, string> } | undefined {
  for (const operation of OPERATIONS) {
    if (operation.method !== method) continue;
    const match = operation.pattern.exec(path);
    if (match === null) continue;
    const parts = Object.entries(match.groups ?? {});
    return {
      operation,
      parts: new Map(parts.map(([name, text]) => [name, decodeURIComponent(text)])),
    };
  }
  return undefined;
}

function patternOf(path: string): RegExp {
  const source = path
    .split(/(\{[^}]+\})/)
    .map((part) =>
      part.startsWith("{")
        ? // GitHub takes the slashes of a ref as they are and encoded.
          `(?<${part.slice(1, -1)}>${part === "{ref}" ? ".+?" : "[^/]+"})`
        : part.replaceAll(/[.*+?^$()|[\]\\]/g, String.raw`\$&`),
    )
    .join("");
  return new RegExp(`^${source}$`);
}

const ajv = new Ajv({
  strict: false,
  allErrors: true,
  validateFormats: false,
  coerceTypes: false,
});
const compiled = new Map<string, ValidateFunction>();

/** What is wrong with a request, by GitHub's own description, read strictly: a field that it does not know is wrong. */
export function faultsOfRequest(
  operation: Operation,
  parts: ReadonlyMap<string, string>,
  request: { readonly query: URLSearchParams; readonly body: unknown },
): readonly string[] {
  const faults = [...faultsOfQuery(operation, request.query)];
  for (const [name, text] of parts) {
    const parameter = operation.parameters.find((one) => one.in === "path" && one.name === name);
    faults.push(...faultsOfText(`${operation.id} path ${name}`, parameter, text));
  }
  if (operation.body === undefined) {
    if (request.body !== undefined) faults.push(`${operation.id} takes no body`);
    return faults;
  }
  if (request.body === undefined) {
    return operation.body.required ? [...faults, `${operation.id} needs a body`] : faults;
  }
  const check = validator(`${operation.id} body`, operation.body.schema, "request");
  return [...faults, ...faultsBy(check, request.body, `${operation.id} body`)];
}

function faultsOfQuery(operation: Operation, query: URLSearchParams): readonly string[] {
  return [...query].flatMap(([name, text]) => {
    const parameter = operation.parameters.find((one) => one.in === "query" && one.name === name);
    if (parameter === undefined) return [`${operation.id} knows no query parameter ${name}`];
    return faultsOfText(`${operation.id} query ${name}`, parameter, text);
  });
}

function faultsOfText(
  where: string,
  parameter: Parameter | undefined,
  text: string,
): readonly string[] {
  if (parameter === undefined) return [];
  const check = validator(where, parameter.schema, "request");
  const readings: readonly unknown[] = [
    text,
    ...(/^-?\d+$/.test(text) ? [Number(text)] : []),
    ...(text === "true" || text === "false" ? [text === "true"] : []),
  ];
  return readings.some((value) => check(value)) ? [] : [`${where} may not be ${text}`];
}

/** What is wrong with an answer of our own: a field that GitHub does not have, or one of another type. */
export function faultsOfAnswer(
  operation: Operation,
  status: number,
  body: unknown,
): readonly string[] {
  const schema = operation.responses.get(String(status));
  if (schema === undefined) return [`${operation.id} never answers ${status}`];
  if (schema === null) return [];
  const check = validator(`${operation.id} ${status}`, schema, "answer");
  return faultsBy(check, body, `answer of ${operation.id}`).filter((fault) => !isKnownLie(fault));
}

/** The description says that a head always has a repository; GitHub answers null for a fork that was deleted. */
function isKnownLie(fault: string): boolean {
  return fault.includes("/head/repo: must be object");
}

function faultsBy(check: ValidateFunction, value: unknown, where: string): readonly string[] {
  if (check(value)) return [];
  return (check.errors ?? []).map(
    (error) =>
      `${where}${error.instancePath}: ${error.message ?? ""} ${JSON.stringify(error.params)}`,
  );
}

function validator(key: string, schema: unknown, use: "request" | "answer"): ValidateFunction {
  const known = compiled.get(key);
  if (known !== undefined) return known;
  const definitions: Record<string, unknown> = {};
  const top = prepared(schema, { use, definitions, inAllOf: false });
  const check = ajv.compile({ ...object(top), definitions });
  compiled.set(key, check);
  return check;
}

interface Preparing {
  readonly use: "request" | "answer";
  readonly definitions: Record<string, unknown>;
  /** The parts of an `allOf` each say only some of the fields. */
  readonly inAllOf: boolean;
}

/** OpenAPI 3.0's dialect as JSON Schema, read strictly. */
function prepared(schema: unknown, how: Preparing): unknown {
  if (Array.isArray(schema)) return schema.map((item) => prepared(item, how));
  if (typeof schema !== "object" || schema === null) return schema;
  const { nullable, $ref: ref, ...rest } = object(schema);
  if (typeof ref === "string") return reference(ref, how);
  const out: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(rest)) {
    if (how.use === "answer" && key === "required") continue;
    const name = how.use === "answer" && key === "oneOf" ? "anyOf" : key;
    if (key === "properties") {
      const inside = { ...how, inAllOf: false };
      out[name] = Object.fromEntries(
        Object.entries(object(value)).map(([field, part]) => [field, prepared(part, inside)]),
      );
    } else if (key === "enum" || key === "required" || key === "default") out[name] = value;
    else
      out[name] = prepared(value, {
        ...how,
        inAllOf: key === "allOf" || key === "anyOf" || key === "oneOf",
      });
  }
  // A field that is not described is a mistake; the parts of a union each describe only some of them.
  if (
    out["properties"] !== undefined &&
    out["additionalProperties"] === undefined &&
    !how.inAllOf
  ) {
    if (out["anyOf"] === undefined && out["oneOf"] === undefined && out["allOf"] === undefined) {
      out["additionalProperties"] = false;
    }
  }
  return nullable === true ? { anyOf: [{ type: "null" }, out] } : out;
}

function reference(ref: string, how: Preparing): unknown {
  const name = `${how.inAllOf ? "part" : "whole"}-${ref.split("/").at(-1)}`;
  if (how.definitions[name] === undefined) {
    how.definitions[name] = {};
    how.definitions[name] = prepared(subset.schemas[ref], how);
  }
  return { $ref: `#/definitions/${name}` };
}

function object(value: unknown): Json {
  return typeof value === "object" && value !== null
    ? Object.fromEntries(Object.entries(value))
    : {};
}
