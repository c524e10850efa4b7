import type { Channel, Diagnostic, Position } from "#model";
import { errorAt, listed, shown } from "../diagnostics.ts";
import type { ChannelsDocument } from "../documents/channels.ts";
import { placeholdersOf } from "../documents/template.ts";
import { suggestion } from "../nearest.ts";
import { entriesOf, itemsOf, nodeAt, positionOf, valueOf } from "../yaml/tree.ts";
import { checkPattern } from "./trust-authorities.ts";
import { checkGlob } from "./trust-globs.ts";

/** What a channel's `requires` and `attestation` say wrong by themselves (issue 5 §2). */
export function checkRequires(document: ChannelsDocument, channel: Channel): readonly Diagnostic[] {
  const { tree } = document;
  const path = ["channels", channel.name];
  const requires = nodeAt(tree.root, [...path, "requires"]);
  const patterns = entriesOf(valueOf(requires, "annotations")).flatMap(
    ({ value }) => valueOf(value, "matches") ?? [],
  );
  return [
    ...patterns.flatMap((node) => checkPattern(tree, node)),
    ...itemsOf(valueOf(requires, "projects")).flatMap((node) => checkGlob(tree, node)),
    ...checkSoak(positionOf(tree, [...path, "requires", "soak"]), channel),
    ...checkSameDigest(document, channel),
    ...checkRepository(positionOf(tree, [...path, "attestation", "repository"]), channel),
  ];
}

function checkSoak(at: Position, { name, after, requires }: Channel): readonly Diagnostic[] {
  if (requires?.soak === undefined || after.length > 0) return [];
  return [
    errorAt(at, "soak-without-after", {
      message: `Channel ${shown(name)} asks for soak and comes after no channel: nothing could ever have soaked.`,
      expected: "a channel with after",
      hint: "add after, or remove soak",
    }),
  ];
}

/** The tags of `after` channels that one name can mean; templates give names that only versions know. */
function checkSameDigest(
  { tree, channels }: ChannelsDocument,
  { name, after, requires }: Channel,
): readonly Diagnostic[] {
  const tag = requires?.sameDigestAs;
  if (tag === undefined) return [];
  const tags = after.flatMap((before) => [...(channels.get(before)?.moving.keys() ?? [])]);
  if (tags.includes(tag) || tags.some((known) => placeholdersOf(known).length > 0)) return [];
  return [
    errorAt(positionOf(tree, ["channels", name, "requires", "sameDigestAs"]), "unknown-tag", {
      message: `${shown(tag)} is no moving tag of a channel that ${shown(name)} comes after.`,
      expected: tags.length === 0 ? "a moving tag of an after channel" : listed(tags, "or"),
      hint: suggestion(tag, tags, "declare the tag there, or remove sameDigestAs"),
    }),
  ];
}

function checkRepository(at: Position, { attestation }: Channel): readonly Diagnostic[] {
  const words = placeholdersOf(attestation?.repository ?? "").map(({ word }) => word);
  const unknown = words.find((word) => word !== "repository");
  if (unknown === undefined) return [];
  return [
    errorAt(at, "unknown-placeholder", {
      message: `${shown(`{${unknown}}`)} is not known in attestation.repository.`,
      expected: "{repository}",
      hint: suggestion(`{${unknown}}`, ["{repository}"], "remove the braces"),
    }),
  ];
}
