import type { Channel, MovingRule } from "#model";
import {
  booleanOf,
  entriesOf,
  nodeAt,
  numberOf,
  textOf,
  textsOf,
  valueOf,
  type YamlEntry,
  type YamlTree,
} from "../yaml/tree.ts";
import { rightsOf } from "./channel-rights.ts";
import { placementOf, requiresOf } from "./requires.ts";

/** `policies/channels.yaml`, typed as far as it could be understood. */
export interface ChannelsDocument {
  readonly file: string;
  readonly tree: YamlTree;
  readonly channels: ReadonlyMap<string, Channel>;
}

const MOVING_RULES: readonly MovingRule[] = [
  "newest-stable",
  "newest-prerelease",
  "newest-in-line",
];
const DEFAULT_IMMUTABLE: readonly string[] = ["{version}"];

/** Reads the tree of a channels file leniently. */
export function channelsOf(tree: YamlTree): ChannelsDocument {
  const entries = entriesOf(valueOf(tree.root, "channels"));
  const channels = new Map(entries.map((entry) => [entry.key, channelOf(tree, entry)]));
  return { file: tree.file, tree, channels };
}

function channelOf(tree: YamlTree, { key, keyStart, value }: YamlEntry): Channel {
  const require = textsOf(nodeAt(value, ["sites", "require"]));
  const quorum = nodeAt(value, ["sites", "quorum"]);
  const immutable = nodeAt(value, ["tags", "immutable"]);
  return {
    name: key,
    to: textOf(valueOf(value, "to")),
    after: textsOf(valueOf(value, "after")),
    samePullRequest: booleanOf(valueOf(value, "samePullRequest")) ?? false,
    require,
    bestEffort: textsOf(nodeAt(value, ["sites", "bestEffort"])),
    quorum: Math.max(numberOf(quorum) ?? 0, require.length),
    immutable: immutable === undefined ? DEFAULT_IMMUTABLE : textsOf(immutable),
    moving: new Map(entriesOf(nodeAt(value, ["tags", "moving"])).flatMap(movingOf)),
    requires: requiresOf(tree, valueOf(value, "requires")),
    attestation: placementOf(valueOf(value, "attestation")),
    ...rightsOf(tree, value),
    at: tree.positionAt(keyStart),
  };
}

function movingOf({ key, value }: YamlEntry): readonly (readonly [string, MovingRule])[] {
  const rule = MOVING_RULES.find((known) => known === textOf(value));
  return rule === undefined ? [] : [[key, rule]];
}
