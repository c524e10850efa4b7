import { formatAddress, parseAddress, type Site, type SourceType } from "#model";
import {
  entriesOf,
  textOf,
  valueOf,
  type YamlEntry,
  type YamlNode,
  type YamlTree,
} from "../yaml/tree.ts";
import { SOURCE_TYPES } from "./promotion.ts";

/** `policies/sites.yaml`, typed as far as it could be understood. */
export interface SitesDocument {
  readonly file: string;
  readonly tree: YamlTree;
  readonly sites: ReadonlyMap<string, Site>;
}

/** Reads the tree of a sites file leniently. */
export function sitesOf(tree: YamlTree): SitesDocument {
  const entries = entriesOf(valueOf(tree.root, "sites"));
  const sites = new Map(entries.map((entry) => [entry.key, siteOf(tree, entry)]));
  return { file: tree.file, tree, sites };
}

function siteOf(tree: YamlTree, { key, keyStart, value }: YamlEntry): Site {
  return {
    name: key,
    environment: textOf(valueOf(value, "environment")),
    stores: new Map(SOURCE_TYPES.flatMap((type) => storeOf(valueOf(value, "stores"), type))),
    at: tree.positionAt(keyStart),
  };
}

function storeOf(
  stores: YamlNode | undefined,
  type: SourceType,
): readonly (readonly [SourceType, string])[] {
  const address = parseAddress(textOf(valueOf(stores, type)) ?? "");
  return typeof address === "string" ? [] : [[type, formatAddress(address)]];
}
