import { parseAddress, type Address, type Diagnostic, type SourceType } from "#model";
import { errorAt, shown } from "../diagnostics.ts";
import { textOf, type YamlNode, type YamlTree } from "../yaml/tree.ts";

/** How strictly paths in files are read. */
export interface PathRules {
  /** Refuse paths that are absolute or leave the promotions root, as the action and the bot do (contract §1). */
  readonly restrictPaths: boolean;
}

/** The store kinds that fit each source type. */
const STORES: Readonly<Record<SourceType, ReadonlySet<Address["kind"]>>> = {
  oci: new Set(["registry", "layout"]),
  file: new Set(["file", "s3"]),
  s3: new Set(["s3"]),
};

/** Checks the address of a site's store. */
export function checkStore(
  tree: YamlTree,
  node: YamlNode,
  rules: PathRules,
): readonly Diagnostic[] {
  const text = textOf(node);
  if (text === undefined || text === "") return [];
  const at = tree.positionAt(node.start);
  const address = parseAddress(text);
  if (typeof address === "string") {
    return [
      errorAt(at, "address-form", {
        message: `${shown(text)} is no store: ${address}.`,
        expected: "registry.example.com/path, oci-layout:PATH, file:PATH or s3://bucket/prefix",
        hint: "correct the address",
      }),
    ];
  }
  return checkPath(tree, node, { path: pathOf(address), rules });
}

/** Checks the address of an artifact's source: a store's address that names one repository and fits the type. */
export function checkSource(
  tree: YamlTree,
  node: YamlNode,
  type: SourceType | undefined,
  rules: PathRules,
): readonly Diagnostic[] {
  const text = textOf(node);
  const address = parseAddress(text ?? "");
  if (text === undefined || text === "") return [];
  if (typeof address === "string" || (address.kind === "registry" && address.path === "")) {
    return [
      sourceForm(
        tree,
        node,
        typeof address === "string" ? address : "it names a host and no repository",
      ),
    ];
  }
  const mismatch =
    type === undefined || STORES[type].has(address.kind) ? [] : [typeMismatch(tree, node, type)];
  return [...mismatch, ...checkPath(tree, node, { path: pathOf(address), rules })];
}

function sourceForm(tree: YamlTree, node: YamlNode, why: string): Diagnostic {
  const text = textOf(node) ?? "";
  const named = /[@]|:[^/]*$/.test(text) && !/^(?:oci-layout|file|s3):/.test(text);
  return errorAt(tree.positionAt(node.start), "address-form", {
    message: `${shown(text)} is no source repository: ${why}.`,
    expected: "registry.example.com/path, oci-layout:PATH, file:PATH or s3://bucket/prefix",
    hint: named
      ? "name the repository alone, without tag and digest: digests stand in the version lines"
      : "correct the address",
  });
}

function typeMismatch(tree: YamlTree, node: YamlNode, type: SourceType): Diagnostic {
  return errorAt(tree.positionAt(node.start), "source-type-mismatch", {
    message: `${shown(textOf(node) ?? "")} is no store of type ${type}.`,
    expected: EXPECTED[type],
    hint: "correct source.type, or the repository",
  });
}

const EXPECTED: Readonly<Record<SourceType, string>> = {
  oci: "a registry's repository or oci-layout:PATH",
  file: "file:PATH or s3://bucket/prefix",
  s3: "s3://bucket/prefix",
};

/** A path to judge; undefined where the value has none. */
interface Judged {
  readonly path: string | undefined;
  readonly rules: PathRules;
}

/** Refuses a path that is absolute or leaves the root, where that is asked (contract §1). */
export function checkPath(tree: YamlTree, node: YamlNode, judged: Judged): readonly Diagnostic[] {
  const { path, rules } = judged;
  if (!rules.restrictPaths || path === undefined || staysInRoot(path)) return [];
  return [
    errorAt(tree.positionAt(node.start), "path-outside-root", {
      message: `${shown(textOf(node) ?? "")} is a path outside the promotions root; it is refused here.`,
      expected: "a relative path that stays in the promotions root",
      hint: "take a registry, or a path inside the repository",
    }),
  ];
}

function pathOf(address: Address): string | undefined {
  return address.kind === "layout" || address.kind === "file" ? address.path : undefined;
}

function staysInRoot(path: string): boolean {
  if (/^(?:[/\\~]|[A-Za-z]:)/.test(path)) return false;
  let depth = 0;
  for (const part of path.split(/[/\\]/)) {
    if (part === "..") depth -= 1;
    else if (part !== "" && part !== ".") depth += 1;
    if (depth < 0) return false;
  }
  return true;
}
