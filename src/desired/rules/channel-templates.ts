import { type Channel, type Diagnostic, type MovingRule, type Position } from "#model";
import { errorAt, listed, shown } from "../diagnostics.ts";
import type { ChannelsDocument } from "../documents/channels.ts";
import {
  canBePlace,
  canBeTag,
  PLACE_WORDS,
  placeholdersOf,
  TAG_WORDS,
} from "../documents/template.ts";
import { suggestion } from "../nearest.ts";
import { keyPositionOf, positionOf } from "../yaml/tree.ts";

/** Checks a channel's `to` and tag templates: known words, and nothing that could never be a path or tag. */
export function checkTemplates(
  document: ChannelsDocument,
  channel: Channel,
): readonly Diagnostic[] {
  const path = ["channels", channel.name];
  const to =
    channel.to === undefined
      ? []
      : checkPlace(positionOf(document.tree, [...path, "to"]), channel.to);
  const immutable = channel.immutable.flatMap((template, index) =>
    checkTag(
      positionOf(document.tree, [...path, "tags", "immutable", index]),
      template,
      "immutable tags",
    ),
  );
  const moving = [...channel.moving].flatMap(([template, rule]) => {
    const at = keyPositionOf(document.tree, [...path, "tags", "moving", template]);
    const wrong = checkTag(at, template, "moving tags");
    return wrong.length > 0 ? wrong : checkMovingWords(at, template, rule);
  });
  return [...to, ...immutable, ...moving];
}

function checkPlace(at: Position, to: string): readonly Diagnostic[] {
  const unknown = checkWords(at, to, { known: PLACE_WORDS, what: "to" });
  if (unknown.length > 0 || canBePlace(to)) return unknown;
  return [
    errorAt(at, "place-form", {
      message: `${shown(to)} can be no repository path.`,
      expected:
        "lower-case path components joined by /, with {project}, {name}, {channel} and {kind}",
      hint: "leave out the host, a leading or trailing /, upper case and ..",
    }),
  ];
}

function checkTag(at: Position, template: string, what: string): readonly Diagnostic[] {
  const unknown = checkWords(at, template, { known: TAG_WORDS, what });
  if (unknown.length > 0 || canBeTag(template)) return unknown;
  return [
    errorAt(at, "tag-form", {
      message: `${shown(template)} can be no tag.`,
      expected: "letters, digits, ., _ and -, not beginning with . or -, at most 128 characters",
      hint: "correct the literal part of the template",
    }),
  ];
}

interface Words {
  readonly known: readonly string[];
  readonly what: string;
}

function checkWords(at: Position, template: string, { known, what }: Words): readonly Diagnostic[] {
  const braced = known.map((word) => `{${word}}`);
  return placeholdersOf(template)
    .filter(({ word }) => !known.includes(word))
    .map(({ word }) =>
      errorAt(at, "unknown-placeholder", {
        message: `${shown(`{${word}}`)} is not known in ${what}.`,
        expected: listed(braced, "or"),
        hint: suggestion(
          `{${word}}`,
          braced,
          "remove the braces where the text is meant literally",
        ),
      }),
    );
}

/** A line's numbers in a literal tag, such as `1.4`, `v1` or `release-1.4`. */
const LINE_NUMBERS = /(?:^|[^0-9A-Za-z.])[vV]?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?![0-9A-Za-z.])/;

/** A tag of `newest-in-line` names its line, by words or literally; the other rules compute one tag (contract §2). */
function checkMovingWords(at: Position, template: string, rule: MovingRule): readonly Diagnostic[] {
  const words = placeholdersOf(template).map(({ word }) => word);
  if (rule !== "newest-in-line") return words.length === 0 ? [] : [manyTags(at, template, rule)];
  const byWords =
    words.includes("major") && words.every((word) => word === "major" || word === "minor");
  const literally = words.length === 0 && LINE_NUMBERS.test(template);
  return byWords || literally ? [] : [noLine(at, template)];
}

function manyTags(at: Position, template: string, rule: MovingRule): Diagnostic {
  return errorAt(at, "moving-tag-form", {
    message: `${shown(template)} would be many tags, and ${rule} computes one.`,
    expected: "a literal tag",
    hint: "write a literal tag, or take newest-in-line",
  });
}

function noLine(at: Position, template: string): Diagnostic {
  return errorAt(at, "moving-tag-form", {
    message: `${shown(template)} names no line of versions.`,
    expected: "{major}, or {major} and {minor}, or a line's own numbers, such as 1.4",
    hint: 'for example "{major}.{minor}": newest-in-line',
  });
}
