import type { AnySchemaObject } from "ajv/dist/2020.js";
import type { Diagnostic } from "#model";
import { errorAt, listed, type Told } from "../diagnostics.ts";
import { suggestion } from "../nearest.ts";
import { keyPositionOf, nodeAt, positionOf, type YamlNode, type YamlScalar } from "../yaml/tree.ts";
import type { Fault } from "./fault.ts";
import { FORMS, VERSION_DEFINITIONS, versionNotString } from "./forms.ts";
import { describe, where } from "./wording.ts";

/** A value that its schema refuses, told in our words. */
export function wrongValue(fault: Fault): Diagnostic {
  const node = nodeAt(fault.tree.root, fault.path);
  const at = positionOf(fault.tree, fault.path);
  const form = FORMS.get(fault.definition ?? "");
  if (fault.keyword === "type") return wrongType(fault, node);
  if (node?.kind === "scalar" && form !== undefined) {
    return errorAt(
      form.atKey ? keyPositionOf(fault.tree, fault.path) : at,
      form.code,
      form.told(node),
    );
  }
  if (fault.keyword === "const") return wrongConstant(fault, node);
  if (fault.keyword === "enum") return notAllowed(fault, node);
  return errorAt(at, ...outOfBounds(fault, node));
}

function wrongType(fault: Fault, node: YamlNode | undefined): Diagnostic {
  const at = positionOf(fault.tree, fault.path);
  const types = [fault.schema["type"] as unknown]
    .flat()
    .map((type) => TYPES.get(String(type)) ?? String(type));
  if (isVersionLike(fault, node)) return errorAt(at, "version-not-string", versionNotString(node));
  return errorAt(at, "wrong-type", {
    message: `${where(fault.path)} is ${describe(node)}.`,
    expected: listed(types, "or"),
    hint: typeHint(node, types.includes("a string")),
  });
}

function isVersionLike(fault: Fault, node: YamlNode | undefined): node is YamlScalar {
  return (
    VERSION_DEFINITIONS.has(fault.definition ?? "") &&
    node?.kind === "scalar" &&
    node.value !== null
  );
}

function typeHint(node: YamlNode | undefined, wantsString: boolean): string {
  if (node?.kind !== "scalar") return "see docs/formats.md for what belongs here";
  if (node.value === null) return "give it a value, or remove the key";
  return wantsString ? `quote it: "${node.source}"` : "see docs/formats.md for what belongs here";
}

const TYPES: ReadonlyMap<string, string> = new Map([
  ["string", "a string"],
  ["object", "a map"],
  ["array", "a list"],
  ["integer", "a whole number"],
  ["number", "a number"],
  ["boolean", "true or false"],
]);

function wrongConstant(fault: Fault, node: YamlNode | undefined): Diagnostic {
  const wanted = String(fault.params["allowedValue"]);
  const isVersion = fault.path.at(-1) === "apiVersion";
  return errorAt(positionOf(fault.tree, fault.path), isVersion ? "api-version" : "file-kind", {
    message: isVersion
      ? `${describe(node)} is no format version that this tool reads.`
      : `The file says that it is ${describe(node)}; a file of this name is ${wanted}.`,
    expected: wanted,
    hint: isVersion ? `write apiVersion: ${wanted}` : `write kind: ${wanted}, or move the file`,
  });
}

function notAllowed(fault: Fault, node: YamlNode | undefined): Diagnostic {
  const values: readonly unknown[] = Array.isArray(fault.schema["enum"])
    ? fault.schema["enum"]
    : [];
  const allowed = values.map(String);
  const text = node?.kind === "scalar" ? String(node.value) : "";
  return errorAt(positionOf(fault.tree, fault.path), "value-not-allowed", {
    message: `${describe(node)} is no value of ${where(fault.path)}.`,
    expected: `one of ${listed(allowed, "or")}`,
    hint: suggestion(text, allowed, "take one of the values above"),
  });
}

function outOfBounds(fault: Fault, node: YamlNode | undefined): [code: string, told: Told] {
  const limit = String(fault.params["limit"]);
  const place = where(fault.path);
  const hint = "see docs/formats.md for what belongs here";
  switch (fault.keyword) {
    case "maxItems":
    case "maxProperties":
      return [
        "too-many-items",
        { message: `${place} has more than ${limit} items.`, expected: `at most ${limit}`, hint },
      ];
    case "minItems":
      return [
        "too-few-items",
        {
          message: `${place} is empty.`,
          expected: `at least ${limit}`,
          hint: "remove the key, or name one",
        },
      ];
    case "minimum":
    case "maximum":
    case "exclusiveMinimum":
      return [
        "out-of-range",
        {
          message: `${describe(node)} is out of range.`,
          expected: `${String(fault.params["comparison"])} ${limit}`,
          hint,
        },
      ];
    default:
      return [
        "wrong-form",
        {
          message: `${describe(node)} has not the form of ${place}.`,
          expected: formOf(fault),
          hint: exampleOf(fault.schema),
        },
      ];
  }
}

function formOf({ schema, keyword, params }: Fault): string {
  if (keyword === "maxLength") return `at most ${String(params["limit"])} characters`;
  if (keyword === "minLength") return "at least one character";
  return String(schema["description"] ?? schema["title"] ?? "another form");
}

function exampleOf(schema: AnySchemaObject): string {
  const examples: unknown = schema["examples"];
  const first: unknown = Array.isArray(examples) ? examples[0] : undefined;
  return first === undefined ? "see docs/formats.md" : `for example ${JSON.stringify(first)}`;
}
