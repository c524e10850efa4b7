import {
  isVersion,
  KINDS,
  parseAddress,
  parseDigest,
  repositoryAt,
  versionIdentity,
  type ChannelUse,
  type Diagnostic,
  type Kind,
  type Pin,
  type Position,
  type Repository,
  type SourceType,
  type VersionLine,
} from "#model";
import { flawsOf, type Flaws } from "../diagnostics.ts";
import {
  entriesOf,
  itemsOf,
  nodeAt,
  textOf,
  textsOf,
  valueOf,
  type YamlNode,
  type YamlTree,
} from "../yaml/tree.ts";

/** A promotion file, typed as far as it could be understood: what is broken is left out, and was reported. */
export interface PromotionDocument {
  readonly file: string;
  readonly text: string;
  readonly flaws: Flaws;
  /** It is YAML to its end: what is not in it is not cut off, but not said. */
  readonly isWhole: boolean;
  readonly tree: YamlTree;
  /** `project/name`, by the file's own path; the keys `project` and `name` must say the same. */
  readonly id: string;
  readonly project: string;
  readonly name: string;
  readonly artifact: ArtifactHead;
  readonly lines: readonly VersionLine[];
  /** What each line and each channel item was read from, for exact positions. */
  readonly nodes: ReadonlyMap<VersionLine | ChannelUse, YamlNode>;
  /** The identities of all versions that are named, broken lines included. */
  readonly mentioned: ReadonlySet<string>;
  /** Channel → moving tag → pin. */
  readonly pins: ReadonlyMap<string, ReadonlyMap<string, Pin>>;
  readonly at: Position;
}

/** What `artifact:` says; a field is undefined where it is not said or not understood. */
export interface ArtifactHead {
  readonly kind: Kind | undefined;
  readonly sourceType: SourceType | undefined;
  readonly source: Repository | undefined;
  readonly runtimeClass: string | undefined;
  readonly owner: string | undefined;
  readonly description: string | undefined;
}

/** The project and name that a path `promotions/<project>/<name>.yaml` stands for; undefined for every other path. */
export function artifactOfPath(path: string): { project: string; name: string } | undefined {
  const match = /^promotions\/([^/]+)\/(.+)\.yaml$/.exec(path);
  const [, project, name] = match ?? [];
  return project === undefined || name === undefined ? undefined : { project, name };
}

/** Tells whether a promotion file is read at this path. */
export function isPromotionPath(path: string): boolean {
  return artifactOfPath(path) !== undefined;
}

/** What a tree alone does not say: the text as it was, and what is wrong with its form. */
export interface ReadText {
  readonly text: string;
  readonly mistakes: readonly Diagnostic[];
}

/** What is read only to some place, or not at all. */
const BREAKS_OFF: ReadonlySet<string> = new Set(["yaml-syntax", "yaml-too-deep", "file-too-large"]);

/** Reads the tree of a promotion file leniently; the path must be one that `artifactOfPath` knows. */
export function promotionOf(tree: YamlTree, { text, mistakes }: ReadText): PromotionDocument {
  const { project, name } = artifactOfPath(tree.file) ?? { project: "", name: tree.file };
  const items = itemsOf(valueOf(tree.root, "versions"));
  const nodes = new Map<VersionLine | ChannelUse, YamlNode>();
  const lines = items.flatMap((item) => lineOf(tree, item, nodes));
  return {
    file: tree.file,
    text,
    flaws: flawsOf(mistakes),
    isWhole: !mistakes.some(({ code }) => BREAKS_OFF.has(code)),
    tree,
    id: `${project}/${name}`,
    project,
    name,
    artifact: headOf(valueOf(tree.root, "artifact")),
    lines,
    nodes,
    mentioned: new Set(items.flatMap(mentionOf)),
    pins: pinsOf(tree),
    at: tree.positionAt(tree.root?.start ?? 0),
  };
}

function headOf(node: YamlNode | undefined): ArtifactHead {
  const kind = textOf(valueOf(node, "kind"));
  const type = textOf(nodeAt(node, ["source", "type"]));
  const address = parseAddress(textOf(nodeAt(node, ["source", "repository"])) ?? "");
  return {
    kind: KINDS.find((known) => known === kind),
    sourceType: SOURCE_TYPES.find((known) => known === type),
    source: typeof address === "string" ? undefined : repositoryAt(address),
    runtimeClass: textOf(valueOf(node, "runtimeClass")),
    owner: textOf(valueOf(node, "owner")),
    description: textOf(valueOf(node, "description")),
  };
}

/** The keys of a site's `stores`, which are the types of a source. */
export const SOURCE_TYPES: readonly SourceType[] = ["oci", "file", "s3"];

function mentionOf(item: YamlNode): readonly string[] {
  const version = valueOf(item, "version");
  return version?.kind === "scalar"
    ? [versionIdentity(version.source), versionIdentity(String(version.value))]
    : [];
}

function lineOf(tree: YamlTree, node: YamlNode, nodes: Nodes): readonly VersionLine[] {
  const version = textOf(valueOf(node, "version"));
  const digest = parseDigest(textOf(valueOf(node, "digest")) ?? "");
  if (version === undefined || !isVersion(version) || digest === undefined) return [];
  const state = textOf(valueOf(node, "state"));
  const line: VersionLine = {
    version,
    digest,
    state: state === "deprecated" || state === "retired" ? state : undefined,
    reason: textOf(valueOf(node, "reason")),
    from: textOf(valueOf(node, "from")),
    channels: itemsOf(valueOf(node, "channels")).flatMap((item) => useOf(tree, item, nodes)),
    at: tree.positionAt(node.start),
  };
  nodes.set(line, node);
  return [line];
}

type Nodes = Map<VersionLine | ChannelUse, YamlNode>;

function useOf(tree: YamlTree, node: YamlNode, nodes: Nodes): readonly ChannelUse[] {
  const named = node.kind === "map" ? valueOf(node, "channel") : node;
  const channel = textOf(named);
  if (named === undefined || channel === undefined) return [];
  const sites = textsOf(valueOf(node, "sites"));
  const use: ChannelUse = {
    channel,
    environment: textOf(valueOf(node, "environment")),
    sites: sites.length === 0 ? undefined : sites,
    at: tree.positionAt(named.start),
  };
  nodes.set(use, node);
  return [use];
}

function pinsOf(tree: YamlTree): ReadonlyMap<string, ReadonlyMap<string, Pin>> {
  const channels = entriesOf(valueOf(tree.root, "pins"));
  return new Map(
    channels.map(({ key, value }) => [
      key,
      new Map(entriesOf(value).flatMap((entry) => pinEntry(tree, entry.key, entry.value))),
    ]),
  );
}

function pinEntry(
  tree: YamlTree,
  tag: string,
  node: YamlNode,
): readonly (readonly [string, Pin])[] {
  const named = node.kind === "map" ? valueOf(node, "version") : node;
  const version = textOf(named);
  if (named === undefined || version === undefined) return [];
  const pin = {
    version,
    reason: textOf(valueOf(node, "reason")),
    until: textOf(valueOf(node, "until")),
    at: tree.positionAt(named.start),
  };
  return [[tag, pin]];
}

/** Where a key's value stands in the line or channel item; where that begins, if it has no such key. */
export function positionIn(
  document: PromotionDocument,
  part: VersionLine | ChannelUse,
  key: string,
): Position {
  const value = valueOf(document.nodes.get(part), key);
  return value === undefined ? part.at : document.tree.positionAt(value.start);
}
