import type { ChannelUse, Diagnostic, VersionLine } from "#model";
import { errorAt, listed, shown } from "../diagnostics.ts";
import { positionIn, type PromotionDocument } from "../documents/promotion.ts";
import { suggestion } from "../nearest.ts";
import { itemsOf, textOf, valueOf } from "../yaml/tree.ts";
import type { Lane, Topology } from "./context.ts";

/** The sites of its channel that an item means (contract §2); none for an unknown channel. */
export function sitesOfUse(use: ChannelUse, { lanes, sites }: Topology): readonly string[] {
  const own = lanes.get(use.channel)?.sites ?? [];
  if (use.environment === undefined && use.sites === undefined) return own;
  return own.filter(
    (name) =>
      (use.environment === undefined || sites.get(name)?.environment === use.environment) &&
      (use.sites === undefined || use.sites.includes(name)),
  );
}

/** Checks every channel item of a file: the channel, its sites and environment, and that no required site is left out. */
export function checkUses(document: PromotionDocument, topology: Topology): readonly Diagnostic[] {
  return document.lines.flatMap((line) =>
    line.channels.flatMap((use) => {
      const lane = topology.lanes.get(use.channel);
      if (lane === undefined) return [unknownChannel(use, topology)];
      if (use.channel === "kpromo") return [kpromoChannel(use)];
      const used = { document, use, lane, topology };
      const names = [...checkEnvironment(used), ...checkSiteNames(used)];
      if (names.length > 0 || line.state === "retired") return names;
      const meant = sitesOfUse(use, topology);
      return [...checkRequired(used, meant), ...checkStores(used, meant, line)];
    }),
  );
}

interface Used {
  readonly document: PromotionDocument;
  readonly use: ChannelUse;
  readonly lane: Lane;
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

function checkEnvironment({ document, use, lane, topology }: Used): readonly Diagnostic[] {
  if (use.environment === undefined) return [];
  const known = lane.sites.flatMap((name) => topology.sites.get(name)?.environment ?? []);
  if (known.includes(use.environment)) return [];
  return [
    errorAt(positionIn(document, use, "environment"), "unknown-environment", {
      message: `Channel ${shown(use.channel)} has no site of environment ${shown(use.environment)}.`,
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

function checkSiteNames({ document, use, lane, topology }: Used): readonly Diagnostic[] {
  if (use.sites === undefined) return [];
  const own = lane.sites;
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
            ? `Site ${shown(name)} is none of channel ${shown(use.channel)}.`
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

function checkRequired({ use, lane }: Used, meant: readonly string[]): readonly Diagnostic[] {
  const { channel } = lane;
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
  { document, use, topology }: Used,
  meant: readonly string[],
  line: VersionLine,
): readonly Diagnostic[] {
  const type = document.artifact.sourceType;
  if (type === undefined) return [];
  const without = meant.filter((name) => topology.sites.get(name)?.stores.has(type) === false);
  if (without.length === 0) return [];
  return [
    errorAt(use.at, "site-without-store", {
      message: `${listed(without.map(shown))} of channel ${shown(use.channel)} has no store for ${type}, which ${shown(line.version)} needs.`,
      expected: `a store ${type}: at ${without.length === 1 ? "that site" : "those sites"}`,
      hint: "add the store to policies/sites.yaml, or name other sites of the channel",
    }),
  ];
}
