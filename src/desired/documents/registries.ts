import type { RegistryHost } from "#model";
import {
  booleanOf,
  entriesOf,
  numberOf,
  textOf,
  textsOf,
  valueOf,
  type YamlEntry,
  type YamlNode,
  type YamlTree,
} from "../yaml/tree.ts";

/** `policies/registries.yaml`, or the file of `--registries`, typed as far as it could be understood. */
export interface RegistriesDocument {
  readonly file: string;
  readonly tree: YamlTree;
  /** In file order; the exact host wins over a pattern (contract §2). */
  readonly hosts: readonly RegistryHost[];
}

/** Reads the tree of a registries file leniently. */
export function registriesOf(tree: YamlTree): RegistriesDocument {
  return { file: tree.file, tree, hosts: entriesOf(valueOf(tree.root, "hosts")).map(hostOf) };
}

function hostOf({ key, value }: YamlEntry): RegistryHost {
  return {
    match: key.toLowerCase(),
    endpoint: textOf(valueOf(value, "endpoint")),
    plainHttp: booleanOf(valueOf(value, "plainHttp")) ?? false,
    caFile: textOf(valueOf(value, "caFile")),
    maxConcurrency: numberOf(valueOf(value, "maxConcurrency")),
    requestsPerSecond: numberOf(valueOf(value, "requestsPerSecond")),
    product: textOf(valueOf(value, "product")),
    maxManifestBytes: numberOf(valueOf(value, "maxManifestBytes")),
    capabilities: capabilitiesOf(valueOf(value, "capabilities")),
    blobRedirectHosts: hostsOf(valueOf(value, "blobRedirectHosts")),
    tokenHosts: hostsOf(valueOf(value, "tokenHosts")) ?? [],
  };
}

function capabilitiesOf(node: YamlNode | undefined): RegistryHost["capabilities"] {
  const untag = booleanOf(valueOf(node, "untag"));
  const referrers = booleanOf(valueOf(node, "referrers"));
  const deletes = deleteOf(valueOf(node, "delete"));
  return {
    ...(deletes === undefined ? {} : { delete: deletes }),
    ...(untag === undefined ? {} : { untag }),
    ...(referrers === undefined ? {} : { referrers }),
  };
}

function deleteOf(node: YamlNode | undefined): RegistryHost["capabilities"]["delete"] {
  const text = textOf(node);
  if (text === "digest" || text === "tag" || text === "both") return text;
  return booleanOf(node) === false ? false : undefined;
}

function hostsOf(node: YamlNode | undefined): readonly string[] | undefined {
  if (node?.kind !== "list") return undefined;
  return textsOf(node).map((host) => host.toLowerCase());
}
