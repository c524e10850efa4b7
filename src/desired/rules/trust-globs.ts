import { globFault, type Diagnostic } from "#model";
import { errorAt, shown } from "../diagnostics.ts";
import type { TrustDocument } from "../documents/trust.ts";
import { itemsOf, nodeAt, textOf, valueOf, type YamlNode, type YamlTree } from "../yaml/tree.ts";

const RULE_KEYS = ["projects", "names", "sources", "channels", "environments", "runtimeClasses"];
const NEVER_KEYS = ["sources", "projects", "names", "channels"];

/** Every glob of the file is of the one dialect. */
export function checkGlobs({ tree }: TrustDocument): readonly Diagnostic[] {
  const { root } = tree;
  const matches = itemsOf(valueOf(root, "rules")).flatMap((rule) =>
    RULE_KEYS.flatMap((key) => itemsOf(nodeAt(rule, ["match", key]))),
  );
  const nevers = itemsOf(valueOf(root, "neverPromote")).flatMap((item) =>
    NEVER_KEYS.flatMap((key) => itemsOf(valueOf(item, key))),
  );
  const artifacts = itemsOf(valueOf(root, "exceptions")).flatMap(
    (item) => valueOf(item, "artifact") ?? [],
  );
  const allowed = itemsOf(nodeAt(root, ["sources", "allow"]));
  return [
    ...[...matches, ...nevers, ...artifacts].flatMap((node) => checkGlob(tree, node)),
    ...allowed.flatMap((node) => checkGlob(tree, node, "{project}")),
  ];
}

/** One glob; `placeholder` may stand in it, where it is filled before matching. */
export function checkGlob(
  tree: YamlTree,
  node: YamlNode,
  placeholder?: string,
): readonly Diagnostic[] {
  const text = textOf(node);
  if (text === undefined || text === "") return [];
  const fault = globFault(placeholder === undefined ? text : text.replaceAll(placeholder, "x"));
  if (fault === undefined) return [];
  return [
    errorAt(tree.positionAt(node.start), "glob-form", {
      message: `${shown(text)} is no glob here: ${fault}.`,
      expected: "literal text, with * within a part and ** across parts",
      hint:
        placeholder === undefined
          ? "write one item for each text that is meant"
          : `only ${placeholder} may stand in braces`,
    }),
  ];
}
