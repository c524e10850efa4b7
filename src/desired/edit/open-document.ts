import { isMap, parseDocument, type Node, type YAMLMap } from "yaml";
import type { Diagnostic, Json, Position } from "#model";
import { errorAt } from "../diagnostics.ts";
import { readYaml, type SourceFile } from "../yaml/read.ts";
import { entriesOf, itemsOf as itemsOfNode, valueOf, type YamlNode } from "../yaml/tree.ts";

/** A YAML file that is about to be edited: its text, what it says, and the nodes that tell where it says so. */
export interface EditedDocument {
  readonly text: string;
  /** What a line ends with in this file. */
  readonly eol: "\n" | "\r\n";
  readonly root: YAMLMap;
  readonly data: JsonObject;
  readonly positionAt: (offset: number) => Position;
}

export interface JsonObject {
  readonly [key: string]: Json;
}

/**
 * Opens a file for an edit; a diagnostic where it is broken already, because then nobody knows what an edit
 * would mean.
 */
export function openDocument(file: SourceFile): EditedDocument | Diagnostic {
  const { tree, diagnostics } = readYaml(file);
  const broken = diagnostics.find(({ severity }) => severity === "error");
  if (broken !== undefined) return broken;
  const root: Node | null = parseDocument(file.text, {
    version: "1.2",
    schema: "core",
    uniqueKeys: false,
    keepSourceTokens: true,
    logLevel: "silent",
  }).contents;
  const data = tree.root && jsonOf(tree.root);
  if (!isMap(root) || !isObject(data)) {
    return errorAt(tree.positionAt(0), "wrong-type", {
      message: "The file is no map, so there is nothing in it that a command could edit.",
      hint: "correct the file by hand; waybill validate says what it should be",
    });
  }
  const misshapen = tree.root && findMisshapen(tree.root);
  if (misshapen !== undefined) {
    return errorAt(tree.positionAt(misshapen.start), "wrong-type", {
      message:
        "The value is neither empty nor of the kind that belongs here, so a command could only overwrite it.",
      hint: "correct it by hand; waybill validate says what it should be",
    });
  }
  const eol = /\r?\n/.exec(file.text)?.[0] === "\r\n" ? "\r\n" : "\n";
  return { text: file.text, eol, root, data, positionAt: tree.positionAt };
}

/** The lists and maps that commands add to: what stands there instead of one would be lost. */
function findMisshapen(root: YamlNode): YamlNode | undefined {
  const versions = valueOf(root, "versions");
  const pins = valueOf(root, "pins");
  const revocations = valueOf(root, "revocations");
  const lists = [
    versions,
    ...itemsOfNode(versions).map((line) => valueOf(line, "channels")),
    revocations,
    ...itemsOfNode(revocations).map((entry) => valueOf(entry, "digests")),
  ];
  const maps = [pins, ...entriesOf(pins).map(({ value }) => value)];
  return lists.find((node) => !isKind(node, "list")) ?? maps.find((node) => !isKind(node, "map"));
}

function isKind(node: YamlNode | undefined, kind: "list" | "map"): boolean {
  if (node?.kind === "scalar") return node.value === null;
  return node === undefined || node.kind === kind;
}

/** Whether opening failed. */
export function isDiagnostic(opened: EditedDocument | Diagnostic): opened is Diagnostic {
  return "code" in opened;
}

/** A tree as JSON data. */
function jsonOf(node: YamlNode): Json {
  switch (node.kind) {
    case "scalar":
      return node.value;
    case "list":
      return node.items.map(jsonOf);
    case "map":
      return Object.fromEntries(node.entries.map(({ key, value }) => [key, jsonOf(value)]));
  }
}

/** The map under a key of a map; an empty one where there is none. */
export function objectIn(data: JsonObject, key: string): JsonObject {
  const value = data[key];
  return isObject(value) ? value : {};
}

/** The items of data that is a list; none for everything else. */
export function itemsOf(data: Json | undefined): readonly Json[] {
  return isList(data) ? data : [];
}

function isList(data: Json | undefined): data is readonly Json[] {
  return Array.isArray(data);
}

/** Tells whether data is a map. */
export function isObject(data: Json | undefined): data is JsonObject {
  return typeof data === "object" && data !== null && !Array.isArray(data);
}
