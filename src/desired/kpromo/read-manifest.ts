import {
  parseAddress,
  repositoryAt,
  repositoryIdentity,
  type Address,
  type Diagnostic,
  type Position,
} from "#model";
import { shown } from "../diagnostics.ts";
import { readYaml, type SourceFile } from "../yaml/read.ts";
import { entryOf, itemsOf, valueOf, type YamlNode } from "../yaml/tree.ts";
import { findingsIn, type Findings, type Mistake } from "./findings.ts";
import type { Word } from "./images-file.ts";
import { reportShape, reportUnknownKeys, wordOf } from "./shape.ts";

/** One registry of a manifest: where images come from or go to. */
export interface Registry extends Word {
  /** `text` as an address: images lie at exactly `<root>/<image name>`. */
  readonly root: Address;
}

/** What a `promoter-manifest.yaml` says. */
export interface Manifest {
  readonly source: Registry;
  /** In file order, no two of them one place. */
  readonly destinations: readonly Registry[];
  readonly positionAt: (offset: number) => Position;
}

/** A manifest, undefined where it could not be understood, and what is wrong with it. */
export interface ManifestReading {
  readonly manifest: Manifest | undefined;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads `manifests/<folder>/promoter-manifest.yaml`: registries, exactly one of them with `src: true`. */
export function readManifest(file: SourceFile): ManifestReading {
  const { tree, diagnostics } = readYaml(file);
  const { positionAt, root } = tree;
  const findings = findingsIn(positionAt);
  const isReadable = diagnostics.every(({ code }) => code === "duplicate-key");
  const registries = isReadable ? registriesOf(root, findings) : [];
  const source = isReadable ? sourceOf(registries, root, findings) : undefined;
  const destinations = source && destinationsOf(source, registries, findings);
  return {
    manifest: source && destinations && { source, destinations, positionAt },
    diagnostics: [...diagnostics, ...findings.diagnostics],
  };
}

interface ReadRegistry extends Word {
  /** Undefined where the name is missing or no registry, which was reported. */
  readonly root: Address | undefined;
  readonly isSource: boolean;
}

function registriesOf(root: YamlNode | undefined, findings: Findings): readonly ReadRegistry[] {
  if (root?.kind !== "map") {
    if (root !== undefined) reportShape(findings, root, "a map with registries");
    return [];
  }
  reportUnknownKeys(findings, root, ["registries", "imagesPath", "provenance"]);
  reportProvenance(root, findings);
  const list = valueOf(root, "registries");
  if (list !== undefined && list.kind !== "list")
    reportShape(findings, list, "a list of registries");
  return itemsOf(list).flatMap((item) => registryOf(item, findings));
}

function reportProvenance(root: YamlNode, { report }: Findings): void {
  const entry = entryOf(root, "provenance");
  if (entry === undefined) return;
  report({
    code: "provenance-not-checked",
    offset: entry.keyStart,
    severity: "warning",
    message: "This manifest has a provenance policy, and nothing here checks it.",
    hint: "do not count on it: the images are promoted whatever the policy says",
  });
}

function registryOf(node: YamlNode, findings: Findings): readonly ReadRegistry[] {
  if (node.kind !== "map") {
    reportShape(findings, node, "a registry: name, src, service-account");
    return [];
  }
  reportUnknownKeys(findings, node, ["name", "src", "service-account"]);
  const name = valueOf(node, "name");
  if (name === undefined) findings.report(noName(node.start));
  const word = name && wordOf(findings, name, "the registry's name");
  const root = word && rootOf(word, findings);
  const { text, offset } = word ?? { text: "", offset: node.start };
  return [{ text, offset, root, isSource: isSource(node, findings) }];
}

function noName(offset: number): Mistake {
  return {
    code: "missing-key",
    offset,
    message: 'The registry has no "name".',
    expected: "name: a registry's host, with the path under which images lie",
    hint: "add its name",
  };
}

function isSource(node: YamlNode, findings: Findings): boolean {
  const src = valueOf(node, "src");
  if (src === undefined || (src.kind === "scalar" && typeof src.value === "boolean"))
    return src?.value === true;
  reportShape(findings, src, "true or false");
  return false;
}

/** kpromo drops slashes at the end and ignores the case of the host; so two spellings of a place are one. */
function rootOf({ text, offset }: Word, { report }: Findings): Address | undefined {
  const root = parseAddress(text.replace(/\/+$/, ""));
  if (typeof root !== "string" && root.kind === "registry") return root;
  const why = typeof root === "string" ? root : "kpromo's images lie in registries";
  report({
    code: "address-form",
    offset,
    message: `${shown(text)} is no registry: ${why}.`,
    expected: "host/path",
    hint: "write the registry's host and path, without a scheme",
  });
  return undefined;
}

function sourceOf(
  registries: readonly ReadRegistry[],
  root: YamlNode | undefined,
  { report }: Findings,
): Registry | undefined {
  const [source, ...others] = registries.filter((registry) => registry.isSource);
  for (const other of others) {
    report({
      code: "several-sources",
      offset: other.offset,
      message: `${shown(other.text)} is marked src: true, and so is ${shown(source?.text ?? "")}.`,
      expected: "exactly one registry with src: true",
      hint: "keep the mark where images come from, and give the other a manifest of its own",
    });
  }
  if (source === undefined) {
    report({
      code: "no-source",
      offset: root?.start ?? 0,
      message: "No registry is marked src: true, so there is nowhere to promote from.",
      expected: "exactly one registry with src: true",
      hint: "mark the registry that images come from",
    });
  }
  return others.length === 0 ? asRegistry(source) : undefined;
}

function asRegistry(registry: ReadRegistry | undefined): Registry | undefined {
  return registry?.root && { text: registry.text, offset: registry.offset, root: registry.root };
}

function destinationsOf(
  source: Registry,
  registries: readonly ReadRegistry[],
  { report }: Findings,
): readonly Registry[] {
  const seen = new Map<string, Registry>();
  for (const read of registries) {
    const registry = read.isSource ? undefined : asRegistry(read);
    if (registry === undefined) continue;
    const place = repositoryIdentity(repositoryAt(registry.root));
    const first = seen.get(place);
    if (place === repositoryIdentity(repositoryAt(source.root))) report(ownSource(registry));
    else if (first !== undefined) report(sameDestination(registry, first));
    else seen.set(place, registry);
  }
  return [...seen.values()];
}

function ownSource({ text, offset }: Registry): Mistake {
  return {
    code: "place-is-source",
    offset,
    message: `${shown(text)} is the source of this manifest and a destination too.`,
    hint: "remove this destination: an image is never promoted onto itself",
  };
}

function sameDestination({ text, offset }: Registry, first: Registry): Mistake {
  return {
    code: "duplicate-destination",
    offset,
    message: `${shown(text)} is the same place as the destination ${shown(first.text)} above.`,
    hint: "remove one of them",
  };
}
