import { KINDS, type NamedPerson, type OwnerGroup, type Owners, type OwnersRow } from "#model";
import {
  entriesOf,
  itemsOf,
  textsOf,
  valueOf,
  type YamlEntry,
  type YamlNode,
  type YamlTree,
} from "../yaml/tree.ts";

/** `policies/owners.yaml`, typed as far as it could be understood. */
export interface OwnersDocument {
  readonly file: string;
  readonly tree: YamlTree;
  readonly owners: Owners;
}

/** Reads the tree of an owners file leniently (issue 6 §3). */
export function ownersOf(tree: YamlTree): OwnersDocument {
  const groups = entriesOf(valueOf(tree.root, "groups"));
  return {
    file: tree.file,
    tree,
    owners: {
      groups: new Map(groups.map((entry) => [entry.key, groupOf(tree, entry)])),
      rows: itemsOf(valueOf(tree.root, "owners")).map((node) => rowOf(tree, node)),
      admins: textsOf(valueOf(tree.root, "admins")),
    },
  };
}

function groupOf(tree: YamlTree, { key, keyStart, value }: YamlEntry): OwnerGroup {
  return {
    name: key,
    people: textsOf(valueOf(value, "people")).map(personOf),
    teams: textsOf(valueOf(value, "teams")),
    apps: textsOf(valueOf(value, "apps")),
    at: tree.positionAt(keyStart),
  };
}

/** A number that cannot be read is one that nobody has, so that a mistake never names somebody else. */
function personOf(text: string): NamedPerson {
  const [login = "", number] = text.split("#");
  return { login, id: number === undefined ? undefined : Number(number) };
}

function rowOf(tree: YamlTree, node: YamlNode): OwnersRow {
  const kinds = valueOf(node, "kinds");
  return {
    paths: textsOf(valueOf(node, "paths")),
    kinds: kinds === undefined ? undefined : KINDS.filter((kind) => textsOf(kinds).includes(kind)),
    from: textsOf(valueOf(node, "from")),
    at: tree.positionAt(node.start),
  };
}
