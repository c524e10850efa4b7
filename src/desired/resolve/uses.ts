import type { Channel, ChannelUse, Diagnostic, VersionLine } from "#model";
import { errorAt, listed, shown } from "../diagnostics.ts";
import { positionIn, type PromotionDocument } from "../documents/promotion.ts";
import { suggestion } from "../nearest.ts";
import { itemsOf, textOf, valueOf } from "../yaml/tree.ts";
import { sitesOfChannel, type Topology } from "./context.ts";

/** The sites of its channel that an item means (contract §2); none for an unknown channel. */
export function sitesOfUse(use: ChannelUse, { channels, sites }: Topology): readonly string[] {
  const channel = channels.get(use.channel);
  if (channel === undefined) return [];
  return sitesOfChannel(channel).filter(
    (name) =>
      (use.environment === undefined || sites.get(name)?.environment === use.environment) &&
      (use.sites === undefined || use.sites.includes(name)),
  );
}

/** Checks every channel item of a file: the channel, its sites and environment, and that no required site is left out. */
export function checkUses(document: PromotionDocument, topology: Topology): readonly Diagnostic[] {
  return document.lines.flatMap((line) =>
    line.channels.flatMap((use) => {
      const channel = topology.channels.get(use.channel);
      if (channel === undefined) return [unknownChannel(use, topology)];
      if (channel.name === "kpromo") return [kpromoChannel(use)];
      const names = checkNames({ document, use, channel, topology });
      if (names.length > 0 || line.state === "retired") return names;
      return [
        ...checkRequired(use, channel, topology),
        ...checkStores({ document, use, channel, topology }, line),
      ];
    }),
  );
}

interface Used {
  readonly document: PromotionDocument;
  readonly use: ChannelUse;
  readonly channel: Channel;
  readonly topology: Topology;
}

function unknownChannel(use: ChannelUse, { channels, hasChannels }: Topology): Diagnostic {
  const fallback = hasChannels
    ? "add it to policies/channels.yaml, or remove it here"
    : "there is no policies/channels.yaml: write one";
  return errorAt(use.at, "unknown-channel", {
    message: `${shown(use.channel)} is no channel.`,
    expected:
      channels.size === 0
        ? "a channel of policies/channels.yaml"
        : listed([...channels.keys()], "or"),
    hint: suggestion(use.channel, channels.keys(), fallback),
  });
}

function kpromoChannel(use: ChannelUse): Diagnostic {
  return errorAt(use.at, "kpromo-channel", {
    message:
      "The channel kpromo is that of kpromo's manifests and has no place for other artifacts.",
    expected: "a channel with a place (to)",
    hint: "name another channel, or list the image in kpromo's manifests",
  });
}

function checkNames({ document, use, channel, topology }: Used): readonly Diagnostic[] {
  return [
    ...checkEnvironment({ document, use, channel, topology }),
    ...checkSiteNames({ document, use, channel, topology }),
  ];
}

function checkEnvironment({ document, use, channel, topology }: Used): readonly Diagnostic[] {
  if (use.environment === undefined) return [];
  const known = sitesOfChannel(channel).flatMap(
    (name) => topology.sites.get(name)?.environment ?? [],
  );
  if (known.includes(use.environment)) return [];
  return [
    errorAt(positionIn(document, use, "environment"), "unknown-environment", {
      message: `Channel ${shown(channel.name)} has no site of environment ${shown(use.environment)}.`,
      expected:
        known.length === 0
          ? "no environment: none of its sites has one"
          : listed([...new Set(known)], "or"),
      hint: suggestion(
        use.environment,
        known,
        "correct it, or add a site of that environment to the channel",
      ),
    }),
  ];
}

function checkSiteNames({ document, use, channel, topology }: Used): readonly Diagnostic[] {
  const own = sitesOfChannel(channel);
  return itemsOf(valueOf(document.nodes.get(use), "sites")).flatMap((item) => {
    const name = textOf(item);
    if (name === undefined || own.includes(name)) return [];
    const known = topology.sites.has(name);
    return [
      errorAt(
        document.tree.positionAt(item.start),
        known ? "site-not-in-channel" : "unknown-site",
        {
          message: known
            ? `Site ${shown(name)} is none of channel ${shown(channel.name)}.`
            : `${shown(name)} is no site.`,
          expected: listed(own, "or"),
          hint: known
            ? "name one of the channel's sites, or add the site to the channel"
            : suggestion(name, own, "name one of the channel's sites"),
        },
      ),
    ];
  });
}

function checkRequired(
  use: ChannelUse,
  channel: Channel,
  topology: Topology,
): readonly Diagnostic[] {
  const meant = sitesOfUse(use, topology);
  const missing = channel.require.filter((name) => !meant.includes(name));
  if (missing.length === 0) return [];
  return [
    errorAt(use.at, "required-site-left-out", {
      message: `The item leaves out ${listed(missing)}, which channel ${shown(channel.name)} requires.`,
      expected: `at least ${listed(channel.require)}`,
      hint: "name the channel alone, or add the required sites; which sites are required stands in policies/channels.yaml",
    }),
  ];
}

/** A site that is meant must have a store for what the artifact is. */
function checkStores(
  { document, use, channel, topology }: Used,
  line: VersionLine,
): readonly Diagnostic[] {
  const type = document.artifact.sourceType;
  if (type === undefined) return [];
  const without = sitesOfUse(use, topology).filter(
    (name) => topology.sites.get(name)?.stores.has(type) === false,
  );
  if (without.length === 0) return [];
  return [
    errorAt(use.at, "site-without-store", {
      message: `${listed(without.map(shown))} of channel ${shown(channel.name)} has no store for ${type}, which ${shown(line.version)} needs.`,
      expected: `a store ${type}: at ${without.length === 1 ? "that site" : "those sites"}`,
      hint: "add the store to policies/sites.yaml, or name other sites of the channel",
    }),
  ];
}
