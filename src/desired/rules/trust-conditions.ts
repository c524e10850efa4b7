import { parseDuration, type Diagnostic } from "#model";
import { errorAt, shown } from "../diagnostics.ts";
import type { TrustDocument } from "../documents/trust.ts";
import {
  itemsOf,
  nodeAt,
  numberOf,
  textOf,
  valueOf,
  type YamlNode,
  type YamlTree,
} from "../yaml/tree.ts";
import { checkPattern } from "./trust-authorities.ts";

/** What each operator compares with (issue 5 §2: typed). */
const WANTS: ReadonlyMap<string, readonly [what: string, fits: (node?: YamlNode) => boolean]> =
  new Map([
    ["eq", ["a string, a number, true or false", isScalar]],
    ["in", ["a list", isList]],
    ["matches", ["a pattern", isText]],
    ["lte", ["a number", isNumber]],
    ["gte", ["a number", isNumber]],
    ["exists", ["no value", isNothing]],
    ["olderThan", ["a duration, such as 24h", isDuration]],
  ]);

function isScalar(node?: YamlNode): boolean {
  return node?.kind === "scalar" && node.value !== null;
}

function isList(node?: YamlNode): boolean {
  return node?.kind === "list" && node.items.length > 0 && node.items.every(isScalar);
}

function isText(node?: YamlNode): boolean {
  return textOf(node) !== undefined;
}

function isNumber(node?: YamlNode): boolean {
  return numberOf(node) !== undefined;
}

function isNothing(node?: YamlNode): boolean {
  return node === undefined;
}

function isDuration(node?: YamlNode): boolean {
  return parseDuration(textOf(node) ?? "") !== undefined;
}

/** Each condition compares with what its operator can compare with. */
export function checkConditions({ tree }: TrustDocument): readonly Diagnostic[] {
  return itemsOf(valueOf(tree.root, "rules")).flatMap((rule) =>
    itemsOf(valueOf(rule, "require")).flatMap((item) =>
      itemsOf(nodeAt(item, ["attestation", "where"])).flatMap((node) => checkOne(tree, node)),
    ),
  );
}

function checkOne(tree: YamlTree, node: YamlNode): readonly Diagnostic[] {
  const op = textOf(valueOf(node, "op")) ?? "";
  const value = valueOf(node, "value");
  const [what, fits] = WANTS.get(op) ?? [];
  if (fits === undefined) return [];
  if (fits(value)) return value !== undefined && op === "matches" ? checkPattern(tree, value) : [];
  return [
    errorAt(tree.positionAt((value ?? node).start), "condition-value", {
      message: `The operator ${shown(op)} cannot compare with ${value === undefined ? "nothing" : "this value"}.`,
      expected: `value: ${what}`,
      hint: op === "exists" ? "remove value" : "correct value, or take another operator",
    }),
  ];
}
