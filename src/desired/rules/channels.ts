import type { Channel, Diagnostic, Position } from "#model";
import { errorAt, shown, warningAt } from "../diagnostics.ts";
import type { ChannelsDocument } from "../documents/channels.ts";
import type { SitesDocument } from "../documents/sites.ts";
import { suggestion } from "../nearest.ts";
import { itemsOf, keyPositionOf, nodeAt, positionOf, textOf, valueOf } from "../yaml/tree.ts";
import { checkChannelRights } from "./channel-rights.ts";
import { checkRequires } from "./channel-requires.ts";
import { checkTemplates } from "./channel-templates.ts";

/** What a channels file says wrong by itself: templates, `after`, sites and quorum. */
export function checkChannels(document: ChannelsDocument): readonly Diagnostic[] {
  const channels = [...document.channels.values()];
  return [
    ...channels.flatMap((channel) => checkTemplates(document, channel)),
    ...channels.flatMap((channel) => checkAfterNames(document, channel)),
    ...checkAfterCycles(document),
    ...channels.flatMap((channel) => checkChannelSites(document, channel)),
    ...channels.flatMap((channel) => checkRequires(document, channel)),
    ...channels.flatMap((channel) => checkChannelRights(document, channel)),
  ];
}

function checkAfterNames(document: ChannelsDocument, channel: Channel): readonly Diagnostic[] {
  return channel.after.flatMap((name) => {
    if (document.channels.has(name)) return [];
    return [
      errorAt(afterPosition(document, channel.name, name), "unknown-channel", {
        message: `Channel ${shown(channel.name)} comes after ${shown(name)}, which is no channel.`,
        expected: "a channel of this file",
        hint: suggestion(name, document.channels.keys(), "add the channel, or remove it here"),
      }),
    ];
  });
}

function afterPosition({ tree }: ChannelsDocument, channel: string, name: string): Position {
  const path = ["channels", channel, "after"];
  const index = itemsOf(nodeAt(tree.root, path)).findIndex((item) => textOf(item) === name);
  return positionOf(tree, [...path, index]);
}

/** Reports each cycle once, at the `after` item that closes it in file order. */
function checkAfterCycles(document: ChannelsDocument): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const done = new Set<string>();
  function visit(name: string, path: readonly string[]): void {
    for (const before of document.channels.get(name)?.after ?? []) {
      const start = path.indexOf(before);
      if (start >= 0) diagnostics.push(cycle(document, [...path.slice(start), before], name));
      else if (!done.has(before)) visit(before, [...path, before]);
    }
    done.add(name);
  }
  for (const name of document.channels.keys()) if (!done.has(name)) visit(name, [name]);
  return diagnostics;
}

function cycle(document: ChannelsDocument, path: readonly string[], channel: string): Diagnostic {
  return errorAt(afterPosition(document, channel, path.at(-1) ?? ""), "after-cycle", {
    message: `The channels come after one another in a circle: ${path.join(" after ")}.`,
    expected: "channels in an order that ends",
    hint: "remove one of these after items",
  });
}

function checkChannelSites({ tree }: ChannelsDocument, channel: Channel): readonly Diagnostic[] {
  const path = ["channels", channel.name, "sites"];
  if (nodeAt(tree.root, path)?.kind !== "map") return [];
  const sites = new Set([...channel.require, ...channel.bestEffort]);
  const twice = channel.bestEffort.flatMap((site, index) =>
    channel.require.includes(site)
      ? [siteTwice(positionOf(tree, [...path, "bestEffort", index]), channel.name, site)]
      : [],
  );
  return [...twice, ...checkNumbers(tree, channel, sites.size)];
}

function siteTwice(at: Position, channel: string, site: string): Diagnostic {
  return errorAt(at, "site-twice", {
    message: `Site ${shown(site)} is both required and best effort in channel ${shown(channel)}.`,
    expected: "each site once",
    hint: "remove it from one of the lists",
  });
}

function checkNumbers(
  tree: ChannelsDocument["tree"],
  channel: Channel,
  sites: number,
): readonly Diagnostic[] {
  const path = ["channels", channel.name, "sites"];
  if (channel.quorum > sites) {
    return [
      errorAt(positionOf(tree, [...path, "quorum"]), "quorum-too-large", {
        message: `Channel ${shown(channel.name)} has a quorum of ${channel.quorum} and ${sites} sites: its moving tags could never move.`,
        expected: `at most ${sites}`,
        hint: "lower the quorum, or add sites",
      }),
    ];
  }
  if (sites > 0) return [];
  return [
    warningAt(keyPositionOf(tree, path), "channel-without-sites", {
      message: `Channel ${shown(channel.name)} has no sites: promoting to it places nothing.`,
      expected: "require or bestEffort with a site",
      hint: "name its sites",
    }),
  ];
}

/** Every site that a channel names must be in the sites file. */
export function checkChannelSiteNames(
  document: ChannelsDocument,
  sites: SitesDocument | undefined,
): readonly Diagnostic[] {
  const known = sites?.sites ?? new Map<string, never>();
  const fallback =
    sites === undefined
      ? "there is no policies/sites.yaml: write one"
      : "add the site to policies/sites.yaml";
  return [...document.channels.keys()].flatMap((channel) =>
    ["require", "bestEffort"].flatMap((list) => {
      const node = valueOf(nodeAt(document.tree.root, ["channels", channel, "sites"]), list);
      return itemsOf(node).flatMap((item) => {
        const name = textOf(item);
        if (name === undefined || known.has(name)) return [];
        return [
          errorAt(document.tree.positionAt(item.start), "unknown-site", {
            message: `Channel ${shown(channel)} names ${shown(name)}, which is no site.`,
            expected: "a site of policies/sites.yaml",
            hint: suggestion(name, known.keys(), fallback),
          }),
        ];
      });
    }),
  );
}
