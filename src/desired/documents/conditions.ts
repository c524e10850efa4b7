import { parseDuration, parsePattern, type Condition, type Json, type Pattern } from "#model";
import { itemsOf, numberOf, textOf, valueOf, type YamlNode } from "../yaml/tree.ts";

/** What a pattern becomes that cannot be read: it was reported, and until it is corrected it matches nothing. */
const NOTHING: Pattern = { source: "", ignoreCase: false, program: [] };

/** A pattern of a policy; one that cannot be read matches nothing, so that a mistake never lets anything pass. */
export function patternOf(node: YamlNode | undefined): Pattern {
  const pattern = parsePattern(textOf(node) ?? "(");
  return typeof pattern === "string" ? NOTHING : pattern;
}

/** One item of `where`; one that cannot be read can never be satisfied. */
export function conditionOf(node: YamlNode): Condition {
  const path = textOf(valueOf(node, "path")) ?? "/";
  const op = textOf(valueOf(node, "op")) ?? "";
  return READERS.get(op)?.(path, valueOf(node, "value")) ?? { op: "in", path, values: [] };
}

type ReadCondition = (path: string, value: YamlNode | undefined) => Condition;

const READERS: ReadonlyMap<string, ReadCondition> = new Map<string, ReadCondition>([
  ["eq", (path, value) => ({ op: "eq", path, value: scalarOf(value) ?? [] })],
  ["in", (path, value) => ({ op: "in", path, values: scalarsOf(value) })],
  ["matches", (path, value) => ({ op: "matches", path, pattern: patternOf(value) })],
  ["lte", (path, value) => ({ op: "lte", path, value: numberOf(value) ?? Number.NaN })],
  ["gte", (path, value) => ({ op: "gte", path, value: numberOf(value) ?? Number.NaN })],
  ["exists", (path) => ({ op: "exists", path })],
  ["olderThan", (path, value) => ({ op: "olderThan", path, milliseconds: durationOf(value) })],
]);

function durationOf(node: YamlNode | undefined): number {
  return parseDuration(textOf(node) ?? "") ?? Infinity;
}

function scalarsOf(node: YamlNode | undefined): readonly Json[] {
  return itemsOf(node).flatMap((item) => scalarOf(item) ?? []);
}

function scalarOf(node: YamlNode | undefined): Json | undefined {
  if (node?.kind === "list") return node.items.flatMap((item) => scalarOf(item) ?? []);
  return node?.kind === "scalar" && node.value !== null ? node.value : undefined;
}
