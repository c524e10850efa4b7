import type { YamlNode } from "../yaml/tree.ts";

/** What a tree says, as text: the same for two trees that differ in order alone, of keys or of items. */
export function saying(node: YamlNode | undefined): string {
  switch (node?.kind) {
    case undefined:
      return "";
    case "scalar":
      return JSON.stringify(node.value);
    case "list":
      return `[${node.items.map(saying).toSorted().join(",")}]`;
    case "map":
      return `{${node.entries
        .map(({ key, value }) => `${JSON.stringify(key)}:${saying(value)}`)
        .toSorted()
        .join(",")}}`;
  }
}
