import { shown } from "../diagnostics.ts";
import { nodeAt, type YamlNode, type YamlPath, type YamlTree } from "../yaml/tree.ts";

/** Tells whether unknown data has keys. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

/** A JSON pointer as a path: parts that lead into a list are indexes. */
export function pathOf(tree: YamlTree, pointer: string): YamlPath {
  const path: (string | number)[] = [];
  let node = tree.root;
  for (const part of pointer.split("/").slice(1)) {
    const key = part.replaceAll("~1", "/").replaceAll("~0", "~");
    const step = node?.kind === "list" ? Number(key) : key;
    path.push(step);
    node = nodeAt(node, [step]);
  }
  return path;
}

/** A value as a message names it. */
export function describe(node: YamlNode | undefined): string {
  if (node === undefined) return "nothing";
  if (node.kind !== "scalar") return node.kind === "list" ? "a list" : "a map";
  if (node.value === null) return "empty";
  return typeof node.value === "string" ? shown(node.value) : node.source;
}

/** A path as a person writes it: `versions[2].digest`. */
export function where(path: YamlPath): string {
  if (path.length === 0) return "The file";
  return path
    .map((part, index) =>
      typeof part === "number" ? `[${part}]` : `${index === 0 ? "" : "."}${part}`,
    )
    .join("");
}
