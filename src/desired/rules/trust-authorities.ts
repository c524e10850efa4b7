import { parsePattern, type Diagnostic } from "#model";
import { errorAt, listed, shown, type Told } from "../diagnostics.ts";
import type { TrustDocument } from "../documents/trust.ts";
import { suggestion } from "../nearest.ts";
import {
  entriesOf,
  textOf,
  valueOf,
  type YamlEntry,
  type YamlNode,
  type YamlTree,
} from "../yaml/tree.ts";

const FORMS = ["keyless", "key", "keys", "harbor"];

/** Each authority is one thing, with one issuer and one subject, and roots that exist. */
export function checkAuthorities(document: TrustDocument): readonly Diagnostic[] {
  const { tree } = document;
  return entriesOf(valueOf(tree.root, "authorities")).flatMap((entry) => [
    ...checkForm(tree, entry),
    ...checkKeyless(document, valueOf(entry.value, "keyless")),
  ]);
}

function checkForm(tree: YamlTree, { key, keyStart, value }: YamlEntry): readonly Diagnostic[] {
  const forms = FORMS.filter((form) => valueOf(value, form) !== undefined);
  if (forms.length === 1 || value.kind !== "map") return [];
  const says = forms.length === 0 ? "says not who it is" : `is ${listed(forms)} at once`;
  return [
    errorAt(tree.positionAt(keyStart), "authority-form", {
      message: `The authority ${shown(key)} ${says}.`,
      expected: `exactly one of ${listed(FORMS, "or")}`,
      hint: "make an authority of each",
    }),
  ];
}

function checkKeyless(
  { tree, policy }: TrustDocument,
  keyless: YamlNode | undefined,
): readonly Diagnostic[] {
  if (keyless?.kind !== "map") return [];
  const root = valueOf(keyless, "root");
  const name = textOf(root);
  const unknown =
    root === undefined || name === undefined || policy.roots.has(name)
      ? []
      : [
          errorAt(tree.positionAt(root.start), "unknown-root", {
            message: `${shown(name)} is no root of this file.`,
            expected: "a key under roots",
            hint: suggestion(name, policy.roots.keys(), "define it under roots"),
          }),
        ];
  return [...unknown, ...["issuer", "subject"].flatMap((key) => checkText(tree, keyless, key))];
}

function checkText(tree: YamlTree, keyless: YamlNode, key: string): readonly Diagnostic[] {
  const exact = valueOf(keyless, key);
  const pattern = valueOf(keyless, `${key}RegExp`);
  const wrong = pattern === undefined ? [] : checkPattern(tree, pattern);
  if ((exact === undefined) !== (pattern === undefined)) return wrong;
  return [
    ...wrong,
    errorAt(tree.positionAt((pattern ?? keyless).start), "identity-form", {
      message:
        exact === undefined
          ? `The identity says no ${key}: anybody's would do.`
          : `The identity says both ${key} and ${key}RegExp.`,
      expected: `exactly one of ${key} and ${key}RegExp`,
      hint: exact === undefined ? `add ${key}` : "remove one of them",
    }),
  ];
}

/** A regular expression is one of RE2's, so that none can run for ever. */
export function checkPattern(tree: YamlTree, node: YamlNode): readonly Diagnostic[] {
  const text = textOf(node);
  const pattern = text === undefined ? undefined : parsePattern(text);
  if (text === undefined || typeof pattern !== "string") return [];
  const told: Told = {
    message: `${shown(text)} is no pattern: ${pattern}.`,
    expected: "a regular expression in RE2's syntax",
    hint: "it is anchored at both ends already; look-around and back-references do not exist",
  };
  return [errorAt(tree.positionAt(node.start), "pattern-form", told)];
}
