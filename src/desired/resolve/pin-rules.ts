import { parseSemVer, type Diagnostic, type Pin } from "#model";
import { errorAt, listed, shown } from "../diagnostics.ts";
import type { PromotionDocument } from "../documents/promotion.ts";
import { fillTag, placeholdersOf, wordsOf } from "../documents/template.ts";
import { suggestion } from "../nearest.ts";
import { keyPositionOf } from "../yaml/tree.ts";
import type { Lane, Topology } from "./context.ts";

/** A pin stands under a channel, at the resolved name of one of its moving tags, and keeps to that tag's line (contract §2). */
export function checkPinKeys(
  document: PromotionDocument,
  topology: Topology,
): readonly Diagnostic[] {
  return [...document.pins].flatMap(([name, pins]) => {
    const lane = topology.lanes.get(name);
    if (lane === undefined) return [unknownChannel(document, name, topology)];
    return [...pins].flatMap(([tag, pin]) => checkPin(document, lane, { tag, pin }));
  });
}

function unknownChannel(
  document: PromotionDocument,
  name: string,
  { channels }: Topology,
): Diagnostic {
  return errorAt(keyPositionOf(document.tree, ["pins", name]), "unknown-channel", {
    message: `${shown(name)} is no channel.`,
    expected:
      channels.size === 0
        ? "a channel of policies/channels.yaml"
        : listed([...channels.keys()], "or"),
    hint: suggestion(name, channels.keys(), "remove its pins"),
  });
}

function checkPin(
  document: PromotionDocument,
  { channel, moving }: Lane,
  { tag, pin }: { readonly tag: string; readonly pin: Pin },
): readonly Diagnostic[] {
  const template = moving.find(({ names }) => names.test(tag))?.template;
  if (template === undefined) {
    const names = [...channel.moving.keys()];
    return [
      errorAt(keyPositionOf(document.tree, ["pins", channel.name, tag]), "pin-not-moving", {
        message: `${shown(tag)} is no moving tag of channel ${shown(channel.name)}.`,
        expected:
          names.length === 0
            ? "no pin: the channel has no moving tags"
            : `the name that ${listed(names, "or")} gives`,
        hint: suggestion(
          tag,
          names,
          "remove the pin, or declare the moving tag in policies/channels.yaml",
        ),
      }),
    ];
  }
  const named = fillTag(template, wordsOf(pin.version));
  if (placeholdersOf(template).length === 0 || named === undefined || named === tag) return [];
  if (parseSemVer(pin.version) === undefined) return [];
  return [
    errorAt(pin.at, "pin-out-of-line", {
      message: `The tag ${shown(tag)} is pinned to ${shown(pin.version)}, which belongs to ${shown(named)}.`,
      expected: `a version of the line ${tag}`,
      hint: `pin ${named}, or another version`,
    }),
  ];
}
