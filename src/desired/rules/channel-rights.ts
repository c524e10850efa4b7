import {
  isTimeZone,
  parseClock,
  parseTime,
  type Channel,
  type Diagnostic,
  type Position,
} from "#model";
import { errorAt, shown, warningAt } from "../diagnostics.ts";
import type { ChannelsDocument } from "../documents/channels.ts";
import { itemsOf, nodeAt, textOf, valueOf, type YamlNode, type YamlTree } from "../yaml/tree.ts";

/** What `freeze` and `limits` of a channel say wrong by themselves (issue 6 §3). */
export function checkChannelRights(
  { tree }: ChannelsDocument,
  channel: Channel,
): readonly Diagnostic[] {
  const path = ["channels", channel.name];
  const windows = itemsOf(nodeAt(tree.root, [...path, "freeze"]));
  const limits = nodeAt(tree.root, [...path, "limits"]);
  return [
    ...windows.flatMap((node) => checkWindow(tree, node)),
    ...checkAlways(tree, windows, channel),
    ...["remove", "move"].flatMap((name) => checkFloor(tree, valueOf(limits, name))),
  ];
}

function checkWindow(tree: YamlTree, node: YamlNode): readonly Diagnostic[] {
  if (node.kind !== "map") return [];
  return valueOf(node, "days") === undefined ? checkSpan(tree, node) : checkWeekly(tree, node);
}

function checkSpan(tree: YamlTree, node: YamlNode): readonly Diagnostic[] {
  const zone = valueOf(node, "timeZone");
  const ends = endsOf(node, parseTime);
  return [
    ...badEnds(tree, ends, {
      code: "time-form",
      is: "no time",
      expected: "a time as RFC 3339 has it, such as 2026-12-20T00:00:00Z",
      hint: "look at month, day and hour; a freeze that comes every week also needs days",
    }),
    ...(zone === undefined
      ? []
      : [
          errorAt(tree.positionAt(zone.start), "freeze-form", {
            message: "A span of time has no time zone of its own: its ends say theirs.",
            expected: "timeZone only beside days",
            hint: "remove timeZone, and write the offset at the times",
          }),
        ]),
    ...emptyWindow(
      tree,
      node,
      ends.from.value !== undefined &&
        ends.to.value !== undefined &&
        ends.from.value >= ends.to.value,
    ),
  ];
}

function checkWeekly(tree: YamlTree, node: YamlNode): readonly Diagnostic[] {
  const zone = valueOf(node, "timeZone");
  const name = textOf(zone);
  const ends = endsOf(node, parseClock);
  return [
    ...badEnds(tree, ends, {
      code: "clock-form",
      is: "no time of a day",
      expected: "HH:MM from 00:00 to 24:00",
      hint: "write hours and minutes, in quotes",
    }),
    ...(zone === undefined || name === undefined || isTimeZone(name)
      ? []
      : [
          errorAt(tree.positionAt(zone.start), "unknown-time-zone", {
            message: `${shown(name)} is no time zone.`,
            expected: "a name of the IANA time zone database, such as Europe/Oslo",
            hint: "an offset or an abbreviation does not say when clocks are changed",
          }),
        ]),
    ...emptyWindow(tree, node, ends.from.value !== undefined && ends.from.value === ends.to.value),
  ];
}

interface End {
  readonly node: YamlNode | undefined;
  readonly text: string | undefined;
  readonly value: number | undefined;
}

interface Ends {
  readonly from: End;
  readonly to: End;
}

function endsOf(node: YamlNode, parse: (text: string) => number | undefined): Ends {
  function end(key: string): End {
    const value = valueOf(node, key);
    const text = textOf(value);
    return { node: value, text, value: text === undefined ? undefined : parse(text) };
  }
  return { from: end("from"), to: end("to") };
}

interface BadEnd {
  readonly code: string;
  readonly is: string;
  readonly expected: string;
  readonly hint: string;
}

function badEnds(tree: YamlTree, { from, to }: Ends, bad: BadEnd): readonly Diagnostic[] {
  return [from, to].flatMap(({ node, text, value }) => {
    if (node === undefined || text === undefined || value !== undefined) return [];
    return [
      errorAt(tree.positionAt(node.start), bad.code, {
        message: `${shown(text)} is ${bad.is}.`,
        expected: bad.expected,
        hint: bad.hint,
      }),
    ];
  });
}

function emptyWindow(tree: YamlTree, node: YamlNode, isEmpty: boolean): readonly Diagnostic[] {
  if (!isEmpty) return [];
  return [
    errorAt(tree.positionAt(node.start), "freeze-empty", {
      message: "The freeze ends where it begins, or before: it would freeze nothing.",
      expected: "a from before to",
      hint: "turn them round, or remove the freeze",
    }),
  ];
}

/** A week that is frozen through can only be lifted, never waited for. */
function checkAlways(
  tree: YamlTree,
  windows: readonly YamlNode[],
  { name, freeze }: Channel,
): readonly Diagnostic[] {
  const days = new Set(
    (freeze ?? []).flatMap((window) => {
      if (window.kind === "span") return [];
      const [from, to] = [parseClock(window.from), parseClock(window.to)];
      return from === 0 && to === 1440 ? window.days : [];
    }),
  );
  const [first] = windows;
  if (days.size < 7 || first === undefined) return [];
  return [
    warningAt(tree.positionAt(first.start), "freeze-always", {
      message: `Channel ${shown(name)} is frozen on every day of the week: nothing could ever enter.`,
      hint: "leave a day, or give the channel no sites",
    }),
  ];
}

function checkFloor(tree: YamlTree, node: YamlNode | undefined): readonly Diagnostic[] {
  const floor = valueOf(node, "floor");
  if (floor === undefined || valueOf(node, "share") !== undefined) return [];
  const at: Position = tree.positionAt(floor.start);
  return [
    errorAt(at, "floor-without-share", {
      message: "floor says from how many on share is asked, and there is no share.",
      expected: "share beside floor",
      hint: "add share, or take count",
    }),
  ];
}
