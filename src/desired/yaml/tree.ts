import type { Position } from "#model";

/** A scalar; `source` is how it is written, and `plain` that it stands without quotes. */
export interface YamlScalar {
  readonly kind: "scalar";
  readonly value: string | number | boolean | null;
  readonly source: string;
  readonly plain: boolean;
  /** Offsets into the text (UTF-16 code units), end exclusive. */
  readonly start: number;
  readonly end: number;
}

export interface YamlList {
  readonly kind: "list";
  readonly items: readonly YamlNode[];
  readonly start: number;
  readonly end: number;
}

export interface YamlMap {
  readonly kind: "map";
  /** In file order; a key that stands twice is here twice, and was reported. */
  readonly entries: readonly YamlEntry[];
  readonly start: number;
  readonly end: number;
}

/** One `key: value` of a map. */
export interface YamlEntry {
  readonly key: string;
  readonly keyStart: number;
  readonly value: YamlNode;
}

export type YamlNode = YamlScalar | YamlList | YamlMap;

/** A way into a tree: keys of maps and indexes of lists. */
export type YamlPath = readonly (string | number)[];

/** A file as a tree; `root` is undefined where there is nothing, or nothing that can be used. */
export interface YamlTree {
  readonly file: string;
  readonly root: YamlNode | undefined;
  /** The place of an offset in the file. */
  readonly positionAt: (offset: number) => Position;
}

/** The node that a path leads to. */
export function nodeAt(root: YamlNode | undefined, path: YamlPath): YamlNode | undefined {
  let node = root;
  for (const part of path) {
    if (node === undefined) return undefined;
    node = typeof part === "number" ? itemAt(node, part) : valueOf(node, part);
  }
  return node;
}

function itemAt(node: YamlNode, index: number): YamlNode | undefined {
  return node.kind === "list" ? node.items[index] : undefined;
}

/** The entry of a map under a key; undefined for no such key and for what is no map. */
export function entryOf(node: YamlNode | undefined, key: string): YamlEntry | undefined {
  return node?.kind === "map" ? node.entries.find((entry) => entry.key === key) : undefined;
}

/** The value of a map under a key; undefined for no such key and for what is no map. */
export function valueOf(node: YamlNode | undefined, key: string): YamlNode | undefined {
  return entryOf(node, key)?.value;
}

/** The text of a string scalar; undefined for everything else. */
export function textOf(node: YamlNode | undefined): string | undefined {
  return node?.kind === "scalar" && typeof node.value === "string" ? node.value : undefined;
}

/** A boolean scalar's value; undefined for everything else. */
export function booleanOf(node: YamlNode | undefined): boolean | undefined {
  return node?.kind === "scalar" && typeof node.value === "boolean" ? node.value : undefined;
}

/** A number scalar's value; undefined for everything else. */
export function numberOf(node: YamlNode | undefined): number | undefined {
  return node?.kind === "scalar" && typeof node.value === "number" ? node.value : undefined;
}

/** The strings of a list; what is no string is left out. */
export function textsOf(node: YamlNode | undefined): readonly string[] {
  return itemsOf(node).flatMap((item) => textOf(item) ?? []);
}

/** The items of a list; none for everything else. */
export function itemsOf(node: YamlNode | undefined): readonly YamlNode[] {
  return node?.kind === "list" ? node.items : [];
}

/** The entries of a map; none for everything else. */
export function entriesOf(node: YamlNode | undefined): readonly YamlEntry[] {
  return node?.kind === "map" ? node.entries : [];
}

/** Where the value at a path begins; the nearest ancestor's place where it is missing. */
export function positionOf(tree: YamlTree, path: YamlPath): Position {
  for (let length = path.length; length > 0; length -= 1) {
    const node = nodeAt(tree.root, path.slice(0, length));
    if (node !== undefined) return tree.positionAt(node.start);
  }
  return tree.positionAt(tree.root?.start ?? 0);
}

/** Where the key at the end of a path stands; the value's place for an item of a list. */
export function keyPositionOf(tree: YamlTree, path: YamlPath): Position {
  const last = path.at(-1);
  const parent = nodeAt(tree.root, path.slice(0, -1));
  const entry = typeof last === "string" ? entryOf(parent, last) : undefined;
  return entry === undefined ? positionOf(tree, path) : tree.positionAt(entry.keyStart);
}

/** A tree's node as plain data, for ajv. */
export function plainValue(node: YamlNode): unknown {
  if (node.kind === "scalar") return node.value;
  if (node.kind === "list") return node.items.map(plainValue);
  const object: Record<string, unknown> = {};
  for (const { key, value } of node.entries) {
    if (key === "__proto__") define(object, key, plainValue(value));
    else object[key] = plainValue(value);
  }
  return object;
}

/** Assigning to this one key would change what the object inherits, and the key would go unseen. */
function define(object: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true });
}
