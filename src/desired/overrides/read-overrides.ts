import { parseTime, type Diagnostic, type Override } from "#model";
import { errorAt, listed, shown } from "../diagnostics.ts";
import { suggestion } from "../nearest.ts";
import { readYaml } from "../yaml/read.ts";
import {
  entriesOf,
  numberOf,
  textOf,
  valueOf,
  type YamlNode,
  type YamlTree,
} from "../yaml/tree.ts";
import { fencedBlocks, type FencedBlock } from "./fences.ts";

/** What the body of a pull request asks to be lifted, and all that is wrong with how it asks. */
export interface OverridesReading {
  readonly overrides: readonly Override[];
  /** With the lines of the body. */
  readonly diagnostics: readonly Diagnostic[];
}

const INFO = "waybill-override";
const KEYS = ["limit", "channel", "site", "value", "reason", "expires"];
const REQUIRED = ["limit", "channel", "reason", "expires"];
const LIMITS = ["remove", "move", "freeze", "soak"] as const;
const MAX_BODY = 262_144;
const MAX_BLOCKS = 50;
const MAX_REASON = 1024;
const LONGEST = 30 * 86_400_000;
const WORD = /^[a-z][a-z0-9-]{0,62}$/;
const PLACE = "the pull request's body";

/**
 * Reads the fenced blocks `waybill-override` of a pull request's body (issue 6 §3). The body is anybody's text: a block
 * that is not exactly of the form lifts nothing, and says so. `writtenAt` is when the body was last changed, from which
 * on an override may last 30 days.
 */
export function readOverrides(body: string, writtenAt: string): OverridesReading {
  if (body.length > MAX_BODY) return { overrides: [], diagnostics: [tooLong()] };
  const blocks = fencedBlocks(body).filter(({ info }) => /^waybill-override(?:\s|$)/i.test(info));
  if (blocks.length > MAX_BLOCKS) return { overrides: [], diagnostics: [tooMany(blocks.length)] };
  const read = blocks.map((block) => readBlock(block, writtenAt));
  return {
    overrides: read.flatMap(({ overrides }) => overrides),
    diagnostics: read.flatMap(({ diagnostics }) => diagnostics),
  };
}

function tooLong(): Diagnostic {
  return form(1, {
    message: "The body is longer than any that is read.",
    hint: "keep it under 262,144 characters",
  });
}

function tooMany(count: number): Diagnostic {
  return form(1, {
    message: `The body has ${count} overrides.`,
    hint: `keep to ${MAX_BLOCKS}; several small pull requests are easier to approve`,
  });
}

function form(
  line: number,
  told: { readonly message: string; readonly expected?: string; readonly hint: string },
): Diagnostic {
  return errorAt({ file: PLACE, line, column: 1 }, "override-form", told);
}

function readBlock(block: FencedBlock, writtenAt: string): OverridesReading {
  const flaw = flawOf(block);
  if (flaw !== undefined) return { overrides: [], diagnostics: [form(block.line, flaw)] };
  const { tree: inner, diagnostics: syntax } = readYaml({ path: PLACE, text: block.text });
  const tree = shifted(inner, block.line);
  if (syntax.length > 0) {
    const moved = syntax.map((item) => ({ ...item, line: item.line + block.line }));
    return { overrides: [], diagnostics: moved };
  }
  const diagnostics = checkKeys(tree, block.line);
  const more = diagnostics.length > 0 ? [] : checkValues(tree, writtenAt);
  const override = overrideOf(tree, block.line);
  return diagnostics.length + more.length > 0 || override === undefined
    ? { overrides: [], diagnostics: [...diagnostics, ...more] }
    : { overrides: [override], diagnostics: [] };
}

function flawOf({ info, isClosed, isHidden }: FencedBlock):
  | {
      readonly message: string;
      readonly hint: string;
    }
  | undefined {
  if (isHidden)
    return {
      message: "The override stands in a comment, where nobody sees it.",
      hint: "write it where the reviewer reads it",
    };
  if (!isClosed)
    return { message: "The override's fence is never closed.", hint: "end it with ```" };
  if (info === INFO) return undefined;
  return {
    message: `${shown(info)} is no override: behind the fence stands ${INFO}, and nothing else.`,
    hint: `write ${INFO}`,
  };
}

/** The block's places, counted from the begin of the body. */
function shifted(tree: YamlTree, line: number): YamlTree {
  return {
    ...tree,
    positionAt(offset) {
      const at = tree.positionAt(offset);
      return { ...at, line: at.line + line };
    },
  };
}

function checkKeys(tree: YamlTree, line: number): readonly Diagnostic[] {
  if (tree.root?.kind !== "map")
    return [
      form(line, {
        message: "The override says nothing.",
        expected: listed(REQUIRED),
        hint: "write key: value lines",
      }),
    ];
  const unknown = entriesOf(tree.root).filter(({ key }) => !KEYS.includes(key));
  const missing = REQUIRED.filter((key) => valueOf(tree.root, key) === undefined);
  return [
    ...unknown.map(({ key, keyStart }) =>
      errorAt(tree.positionAt(keyStart), "unknown-key", {
        message: `${shown(key)} is no key of an override.`,
        expected: listed(KEYS, "or"),
        hint: suggestion(key, KEYS, "remove it"),
      }),
    ),
    ...missing.map((key) =>
      errorAt({ file: PLACE, line, column: 1 }, "missing-key", {
        message: `The override has no ${key}.`,
        expected: listed(REQUIRED),
        hint: `add ${key}`,
      }),
    ),
  ];
}

function checkValues(tree: YamlTree, writtenAt: string): readonly Diagnostic[] {
  const limit = valueOf(tree.root, "limit");
  const value = valueOf(tree.root, "value");
  const isCounted = ["remove", "move"].includes(textOf(limit) ?? "");
  return [
    ...wrong(tree, limit, {
      isRight: LIMITS.some((known) => known === textOf(limit)),
      expected: listed(LIMITS, "or"),
    }),
    ...["channel", "site"].flatMap((key) => {
      const node = valueOf(tree.root, key);
      return wrong(tree, node, { isRight: WORD.test(textOf(node) ?? ""), expected: `a ${key}` });
    }),
    ...wrong(tree, value, {
      isRight: isCounted && isCount(numberOf(value)),
      expected: "a whole number, and only where remove or move is lifted",
    }),
    ...checkReason(tree),
    ...checkExpiry(tree, writtenAt),
  ];
}

interface Expected {
  readonly isRight: boolean;
  readonly expected: string;
}

function wrong(
  tree: YamlTree,
  node: YamlNode | undefined,
  { isRight, expected }: Expected,
): readonly Diagnostic[] {
  if (node === undefined || isRight) return [];
  const written = node.kind === "scalar" ? shown(node.source) : `a ${node.kind}`;
  return [
    errorAt(tree.positionAt(node.start), "override-form", {
      message: `${written} is not ${expected}.`,
      expected,
      hint: "correct it; whoever approved before must approve again",
    }),
  ];
}

function isCount(value: number | undefined): boolean {
  return value !== undefined && Number.isSafeInteger(value) && value > 0;
}

function checkReason(tree: YamlTree): readonly Diagnostic[] {
  const node = valueOf(tree.root, "reason");
  const text = textOf(node)?.trim() ?? "";
  const isRight = text !== "" && text.length <= MAX_REASON;
  return wrong(tree, node, { isRight, expected: `a text of 1 to ${MAX_REASON} characters` });
}

function checkExpiry(tree: YamlTree, writtenAt: string): readonly Diagnostic[] {
  const node = valueOf(tree.root, "expires");
  const [end, begin] = [parseTime(textOf(node) ?? ""), parseTime(writtenAt)];
  const time = wrong(tree, node, {
    isRight: end !== undefined,
    expected: "a time as RFC 3339 has it, such as 2026-12-01T00:00:00Z",
  });
  if (node === undefined || end === undefined || begin === undefined) return time;
  if (end <= begin + LONGEST) return [];
  return [
    errorAt(tree.positionAt(node.start), "override-too-long", {
      message: `The override would last longer than 30 days from ${writtenAt}, when the body was written.`,
      expected: "at most 30 days",
      hint: "what has to last is a policy: change policies/channels.yaml",
    }),
  ];
}

function overrideOf(tree: YamlTree, line: number): Override | undefined {
  function text(key: string): string | undefined {
    return textOf(valueOf(tree.root, key));
  }
  const [channel, reason, expires] = [text("channel"), text("reason"), text("expires")];
  const limit = LIMITS.find((known) => known === text("limit"));
  if (limit === undefined || channel === undefined) return undefined;
  if (reason === undefined || expires === undefined) return undefined;
  const value = numberOf(valueOf(tree.root, "value"));
  return { limit, channel, site: text("site"), value, reason: reason.trim(), expires, line };
}
