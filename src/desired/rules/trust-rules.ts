import type { Diagnostic, TrustPolicy } from "#model";
import { errorAt, shown } from "../diagnostics.ts";
import type { TrustDocument } from "../documents/trust.ts";
import {
  entriesOf,
  itemsOf,
  numberOf,
  textOf,
  valueOf,
  type YamlNode,
  type YamlTree,
} from "../yaml/tree.ts";

/** Each rule has a name of its own and asks for nothing that could never be. */
export function checkRules({ tree, policy }: TrustDocument): readonly Diagnostic[] {
  const rules = itemsOf(valueOf(tree.root, "rules"));
  return [
    ...checkNamedOnce(tree, rules),
    ...rules.flatMap((rule) =>
      itemsOf(valueOf(rule, "require"))
        .flatMap((item) => entriesOf(item))
        .flatMap(({ key, value }) => [
          ...(key === "signature" ? checkOrder(tree, rule, value) : []),
          ...checkCount(tree, value, policy),
        ]),
    ),
  ];
}

function checkNamedOnce(tree: YamlTree, rules: readonly YamlNode[]): readonly Diagnostic[] {
  const first = new Map<string, number>();
  return rules.flatMap((rule) => {
    const node = valueOf(rule, "name");
    const name = textOf(node);
    if (node === undefined || name === undefined) return [];
    const at = tree.positionAt(node.start);
    const before = first.get(name);
    if (before === undefined) first.set(name, at.line);
    if (before === undefined) return [];
    return [
      errorAt(at, "duplicate-rule", {
        message: `A rule ${shown(name)} stands in line ${before} already.`,
        expected: "each name once",
        hint: "give this rule another name",
      }),
    ];
  });
}

function checkOrder(tree: YamlTree, rule: YamlNode, signature: YamlNode): readonly Diagnostic[] {
  const after = valueOf(signature, "after");
  const scans = itemsOf(valueOf(rule, "require")).some((item) => valueOf(item, "vulnerabilities"));
  if (after === undefined || scans) return [];
  return [
    errorAt(tree.positionAt(after.start), "after-without-scan", {
      message: "The rule asks for a signature after its scan, and asks for no scan.",
      expected: "a vulnerabilities requirement in the same rule",
      hint: "add it, or remove after",
    }),
  ];
}

function checkCount(
  tree: YamlTree,
  requirement: YamlNode,
  policy: TrustPolicy,
): readonly Diagnostic[] {
  const node = valueOf(requirement, "count");
  const count = numberOf(node);
  if (node === undefined || count === undefined) return [];
  const list = valueOf(requirement, "anyOf") ?? valueOf(requirement, "signedBy");
  const names = new Set(itemsOf(list).flatMap((item) => textOf(item) ?? []));
  const most = [...names].reduce((sum, name) => sum + signersOf(policy, name), 0);
  if (count <= most) return [];
  return [
    errorAt(tree.positionAt(node.start), "count-too-large", {
      message: `${count} distinct signers are asked for, and there can be ${most}: nothing could ever pass.`,
      expected: `at most ${most}`,
      hint: "lower the count, or name more authorities",
    }),
  ];
}

/** Keys can be counted; a keyless authority with a pattern may stand for any number of identities. */
function signersOf(policy: TrustPolicy, name: string): number {
  const identity = policy.authorities.get(name)?.identity;
  switch (identity?.kind) {
    case "keys":
      return identity.keys.length;
    case "keyless":
      return identity.keyless.subject.kind === "exactly" ? 1 : Infinity;
    case "harbor":
      return 1;
    case undefined:
      return Infinity;
  }
}
