import { listed, shown } from "../diagnostics.ts";
import { suggestion } from "../nearest.ts";
import type { YamlMap, YamlNode } from "../yaml/tree.ts";
import type { Findings } from "./findings.ts";
import type { Word } from "./images-file.ts";

/** Reports a node of the wrong kind. */
export function reportShape({ report }: Findings, node: YamlNode, expected: string): void {
  const found = node.kind === "scalar" ? shown(node.source) : `a ${node.kind}`;
  report({
    code: "wrong-type",
    offset: node.start,
    message: `Found ${found} where ${expected} is expected.`,
    expected,
    hint: "write it in the form that kpromo reads",
  });
}

/** Reports each key of a map that kpromo does not know: it refuses such files, and so do we. */
export function reportUnknownKeys(
  { report }: Findings,
  node: YamlMap,
  known: readonly string[],
): void {
  for (const { key, keyStart } of node.entries) {
    if (known.includes(key)) continue;
    report({
      code: "unknown-key",
      offset: keyStart,
      message: `${shown(key)} is no key that kpromo knows here.`,
      expected: listed(known, "or"),
      hint: suggestion(key, known, "remove it"),
    });
  }
}

/**
 * The text of a scalar. A plain one is taken as it is written, as kpromo does: `1.10` is the tag 1.10, not
 * the number 1.1.
 */
export function wordOf(findings: Findings, node: YamlNode, what: string): Word | undefined {
  if (node.kind !== "scalar" || node.value === null) {
    reportShape(findings, node, what);
    return undefined;
  }
  const text = node.plain ? node.source : String(node.value);
  return { text, offset: node.start };
}
