import { isAlias, isMap, isNode, isScalar, isSeq, type Node, type Pair, type Scalar } from "yaml";
import type { YamlEntry, YamlNode, YamlScalar } from "./tree.ts";

/** Something at an offset of the text that our files may not have. */
export interface Finding {
  readonly code: string;
  readonly offset: number;
  readonly message: string;
  readonly hint: string;
}

type Report = (finding: Finding) => void;

/**
 * Turns yaml's nodes into ours and reports what contract §2 leaves out of YAML: aliases, tags, merge keys, keys that
 * are no strings, keys that stand twice. Recursion is safe, because the reader capped the depth before.
 */
export function buildTree(node: Node, report: Report): YamlNode {
  const [start, end] = node.range ?? [0, 0];
  if (isAlias(node)) {
    report({
      code: "yaml-alias",
      offset: start,
      message: `*${node.source} is a YAML alias; these files have none.`,
      hint: "write the value out where it is meant",
    });
    return nothingAt(start);
  }
  if (node.tag !== undefined) {
    report({
      code: "yaml-tag",
      offset: start,
      message: `The value has the YAML tag ${node.tag}; these files have none.`,
      hint: "remove the tag; quote the value where a string is meant",
    });
  }
  if (isMap(node))
    return { kind: "map", entries: buildEntries(node.items, start, report), start, end };
  if (isSeq(node)) {
    return {
      kind: "list",
      items: node.items.map((item) => childOf(item, start, report)),
      start,
      end,
    };
  }
  return isScalar(node) ? scalarOf(node, start, end) : nothingAt(start);
}

function childOf(item: unknown, offset: number, report: Report): YamlNode {
  return isNode(item) ? buildTree(item, report) : nothingAt(offset);
}

function buildEntries(
  pairs: readonly Pair[],
  offset: number,
  report: Report,
): readonly YamlEntry[] {
  const seen = new Set<string>();
  return pairs.map((pair) => {
    const keyStart = (isNode(pair.key) ? pair.key.range?.[0] : undefined) ?? offset;
    const key = keyOf(pair.key, keyStart, report);
    if (seen.has(key)) {
      report({
        code: "duplicate-key",
        offset: keyStart,
        message: `The key "${key}" stands twice in one map.`,
        hint: "remove one of them, or move their content together",
      });
    }
    seen.add(key);
    return { key, keyStart, value: childOf(pair.value, keyStart, report) };
  });
}

function keyOf(key: unknown, offset: number, report: Report): string {
  const text = isScalar(key) ? (key.source ?? "") : "";
  if (!isScalar(key) || typeof key.value !== "string") {
    report({
      code: "yaml-key-not-string",
      offset,
      message: text === "" ? "A key is no string." : `The key ${text} is read as no string.`,
      hint: text === "" ? "write a plain word as the key" : `quote it: "${text}"`,
    });
    return text;
  }
  if (key.value === "<<" && key.type === "PLAIN") {
    report({
      code: "yaml-merge-key",
      offset,
      message: "<< is a YAML merge key; these files have none.",
      hint: "write the keys out where they are meant",
    });
  }
  if (key.tag !== undefined) {
    report({
      code: "yaml-tag",
      offset,
      message: `The key has the YAML tag ${key.tag}.`,
      hint: "remove the tag",
    });
  }
  return key.value;
}

function scalarOf(node: Scalar, start: number, end: number): YamlScalar {
  const { value } = node;
  const known =
    typeof value === "string" || typeof value === "number" || typeof value === "boolean"
      ? value
      : null;
  return {
    kind: "scalar",
    value: known,
    source: node.source ?? "",
    plain: node.type === "PLAIN",
    start,
    end,
  };
}

function nothingAt(offset: number): YamlScalar {
  return { kind: "scalar", value: null, source: "", plain: true, start: offset, end: offset };
}
