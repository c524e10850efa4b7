import type { AnySchemaObject, ErrorObject } from "ajv/dist/2020.js";
import type { Diagnostic, Position } from "#model";
import { errorAt, listed, shown } from "../diagnostics.ts";
import { suggestion } from "../nearest.ts";
import { keyPositionOf, nodeAt, positionOf, type YamlScalar, type YamlTree } from "../yaml/tree.ts";
import type { Fault } from "./fault.ts";
import { FORMS } from "./forms.ts";
import { wrongValue } from "./wrong-value.ts";
import { describe, isRecord, pathOf, where } from "./wording.ts";

/** What the errors are about. */
export interface Checked {
  readonly kind: string;
  readonly tree: YamlTree;
  /** The schema's `$defs`. */
  readonly definitions: unknown;
}

/** A file with more mistakes in its form than this is another kind of file. */
const MAX_EXPLAINED = 200;

/** Turns ajv's errors into ours: our words, at the exact key or value, each thing told once. */
export function explain(errors: readonly ErrorObject[], checked: Checked): readonly Diagnostic[] {
  const seen = new Set<string>();
  const diagnostics: Diagnostic[] = [];
  for (const error of errors) {
    if (error.propertyName !== undefined || diagnostics.length >= MAX_EXPLAINED) continue;
    const diagnostic = diagnosticOf(faultOf(error, checked));
    const { line, column, code } = diagnostic;
    const key = `${line}:${column}:${code === "unknown-key" || code === "missing-key" ? diagnostic.message : ""}`;
    if (seen.has(key)) continue;
    seen.add(key);
    diagnostics.push(diagnostic);
  }
  return diagnostics;
}

function faultOf(error: ErrorObject, { kind, tree, definitions }: Checked): Fault {
  const schema = error.parentSchema ?? {};
  return {
    tree,
    kind,
    path: pathOf(tree, error.instancePath),
    keyword: error.keyword,
    params: error.params as Readonly<Record<string, unknown>>,
    schema,
    definition:
      error.keyword === "propertyNames" ? referenced(error.schema) : nameOf(schema, definitions),
  };
}

/** Compared by what they say: a validator that was compiled beforehand has schemas of its own. */
function nameOf(schema: unknown, definitions: unknown): string | undefined {
  if (!isRecord(definitions)) return undefined;
  const text = JSON.stringify(schema);
  return Object.keys(definitions).find((name) => JSON.stringify(definitions[name]) === text);
}

function referenced(schema: unknown): string | undefined {
  const reference = isRecord(schema) ? schema["$ref"] : undefined;
  return typeof reference === "string" ? reference.split("/").at(-1) : undefined;
}

function diagnosticOf(fault: Fault): Diagnostic {
  switch (fault.keyword) {
    case "required":
      return missingKey(fault);
    case "additionalProperties":
      return unknownKey(fault);
    case "propertyNames":
      return keyForm(fault);
    case "uniqueItems":
      return duplicateItem(fault);
    default:
      return wrongValue(fault);
  }
}

function missingKey(fault: Fault): Diagnostic {
  const key = String(fault.params["missingProperty"]);
  const title = titleOf(fault.schema, key);
  return errorAt(containerPosition(fault), "missing-key", {
    message: `The key "${key}" is missing${fault.path.length === 0 ? "" : ` in ${where(fault.path)}`}.`,
    expected: title === undefined ? `a key "${key}"` : `a key "${key}": ${title}`,
    hint: `add ${key}:`,
  });
}

function titleOf(schema: AnySchemaObject, key: string): string | undefined {
  const properties: unknown = schema["properties"];
  const property = isRecord(properties) ? properties[key] : undefined;
  const title = isRecord(property) ? property["title"] : undefined;
  return typeof title === "string" ? title.toLowerCase() : undefined;
}

/** A map is best found by its key; an item of a list and the whole file by where they begin. */
function containerPosition({ tree, path }: Fault): Position {
  return typeof path.at(-1) === "string" ? keyPositionOf(tree, path) : positionOf(tree, path);
}

function unknownKey(fault: Fault): Diagnostic {
  const key = String(fault.params["additionalProperty"]);
  const known = isRecord(fault.schema["properties"]) ? Object.keys(fault.schema["properties"]) : [];
  const place = fault.path.length === 0 ? `a ${fault.kind} file` : where(fault.path);
  return errorAt(keyPositionOf(fault.tree, [...fault.path, key]), "unknown-key", {
    message: `The key ${shown(key)} is not known in ${place}.`,
    expected: `one of the keys ${listed(known, "or")}`,
    hint: suggestion(key, known, "remove it; what it says would not be done"),
  });
}

function keyForm(fault: Fault): Diagnostic {
  const key = String(fault.params["propertyName"]);
  const form = FORMS.get(fault.definition ?? "");
  const at = keyPositionOf(fault.tree, [...fault.path, key]);
  const told = form?.told(keyScalar(key)) ?? { message: `${shown(key)} cannot be a key here.` };
  return errorAt(at, form?.code ?? "wrong-form", told);
}

function keyScalar(key: string): YamlScalar {
  return { kind: "scalar", value: key, source: key, plain: true, start: 0, end: 0 };
}

function duplicateItem(fault: Fault): Diagnostic {
  const index = Math.max(Number(fault.params["i"]), Number(fault.params["j"]));
  const path = [...fault.path, index];
  return errorAt(positionOf(fault.tree, path), "duplicate-item", {
    message: `${describe(nodeAt(fault.tree.root, path))} stands twice in ${where(fault.path)}.`,
    hint: "remove one of them",
  });
}
