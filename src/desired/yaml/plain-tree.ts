import { readInline, type Inline } from "./plain-inline.ts";
import type { YamlEntry, YamlNode } from "./tree.ts";

/**
 * Reads a text that is written as people write these files: maps and lists by indentation, flow collections on one line,
 * plain and quoted words without escapes, comments. It gives exactly the tree that the YAML library would, at a tenth of
 * its cost, and undefined for anything else, mistakes included: then the library reads the text and says what is wrong.
 * A promotions repository has thousands of such files, and each run reads them all.
 */
export function readPlain(text: string): YamlNode | undefined {
  const lines = linesOf(text);
  if (lines === undefined) return undefined;
  const reader = { text, lines, at: 0 };
  const root = readBlock(reader, 0, 0);
  return reader.at === lines.length && root?.kind === "map" ? root : undefined;
}

/** No file of ours is nested so deep; what is goes to the library, which says so. */
const MAX_DEPTH = 12;

/** A line that holds something: from its first character to its end, with the line break. */
interface Line {
  /** How many spaces it begins with. */
  readonly indent: number;
  readonly start: number;
  /** After the line break, or the end of the text. */
  readonly next: number;
}

interface Reader {
  readonly text: string;
  readonly lines: readonly Line[];
  at: number;
}

const NOTHING = /^ *(?:#[^\u0000-\u001f\u007f-\u009f\ufeff]*)?$/;
const ORDINARY = /^[ -~]*$/;

function linesOf(text: string): readonly Line[] | undefined {
  const lines: Line[] = [];
  let deep = 0;
  for (let start = 0; start < text.length;) {
    const found = text.indexOf("\n", start);
    const end = found < 0 ? text.length : found;
    const line = text.slice(start, end);
    const next = found < 0 ? end : end + 1;
    const indent = line.search(/[^ ]/);
    if (!NOTHING.test(line)) {
      if (!ORDINARY.test(line) || deep > indent) return undefined;
      lines.push({ indent, start: start + indent, next });
      deep = 0;
    } else if (indent > (lines.at(-1)?.indent ?? 0)) deep = Math.max(deep, indent);
    start = next;
  }
  // A comment that is deeper than what stands before and behind it: the library counts some of them in.
  return deep > 0 ? undefined : lines;
}

/** A map or list whose lines all begin at one column. */
function readBlock(reader: Reader, indent: number, depth: number): YamlNode | undefined {
  const line = reader.lines[reader.at];
  if (line === undefined || line.indent !== indent || depth > MAX_DEPTH) return undefined;
  return isItem(reader.text, line.start)
    ? readList(reader, indent, depth)
    : readMap(reader, { indent, start: line.start, depth });
}

function isItem(text: string, start: number): boolean {
  return text.startsWith("- ", start);
}

function readList(reader: Reader, indent: number, depth: number): YamlNode | undefined {
  const { text, lines } = reader;
  const items: YamlNode[] = [];
  const start = lines[reader.at]?.start ?? 0;
  let end = start;
  for (;;) {
    const line = lines[reader.at];
    if (line === undefined || line.indent < indent || !isItem(text, line.start)) break;
    if (line.indent !== indent) return undefined;
    const item = readItem(reader, line, depth);
    if (item === undefined) return undefined;
    items.push(item);
    end = lines[reader.at - 1]?.next ?? text.length;
  }
  return { kind: "list", items, start, end };
}

/** What stands after `- `: a value on the line, or a map whose first key stands there. */
function readItem(reader: Reader, line: Line, depth: number): YamlNode | undefined {
  const { text } = reader;
  const start = skipSpaces(text, line.start + 1);
  if (keyAt(text, start) !== undefined)
    return readMap(reader, { indent: line.indent + (start - line.start), start, depth: depth + 1 });
  const value = readInline(text, start);
  return value === undefined || !endsLine(text, value) ? undefined : taken(reader, value);
}

function taken(reader: Reader, { node }: Inline): YamlNode {
  reader.at += 1;
  return node;
}

interface MapStart {
  readonly indent: number;
  /** Of the first key, which may stand behind `- `. */
  readonly start: number;
  readonly depth: number;
}

function readMap(reader: Reader, { indent, start, depth }: MapStart): YamlNode | undefined {
  if (depth > MAX_DEPTH) return undefined;
  const { text, lines } = reader;
  const entries: YamlEntry[] = [];
  const seen = new Set<string>();
  for (let keyStart = start; ;) {
    const entry = readEntry(reader, { keyStart, indent, depth });
    if (entry === undefined || seen.has(entry.key)) return undefined;
    seen.add(entry.key);
    entries.push(entry);
    const line = lines[reader.at];
    if (line === undefined || line.indent < indent) break;
    if (line.indent !== indent) return undefined;
    if (isItem(text, line.start)) return undefined;
    keyStart = line.start;
  }
  return { kind: "map", entries, start, end: lines[reader.at - 1]?.next ?? text.length };
}

interface EntryStart {
  readonly keyStart: number;
  readonly indent: number;
  readonly depth: number;
}

const KEY = /[A-Za-z][A-Za-z0-9_-]{0,127}(?=:(?:[ \n]|$))/y;
/** Words that YAML reads as something else than a string. */
const NO_STRING = /^(?:null|true|false)$/i;

function keyAt(text: string, at: number): string | undefined {
  KEY.lastIndex = at;
  const key = KEY.exec(text)?.[0];
  return key === undefined || NO_STRING.test(key) ? undefined : key;
}

function readEntry(reader: Reader, { keyStart, indent, depth }: EntryStart): YamlEntry | undefined {
  const { text, lines } = reader;
  const key = keyAt(text, keyStart);
  if (key === undefined) return undefined;
  const at = skipSpaces(text, keyStart + key.length + 1);
  if (at < text.length && text[at] !== "\n" && text[at] !== "#") {
    const value = readInline(text, at);
    if (value === undefined || !endsLine(text, value)) return undefined;
    return { key, keyStart, value: taken(reader, value) };
  }
  reader.at += 1;
  const next = lines[reader.at];
  // A list may stand at the column of its key; a map may not.
  const least = next !== undefined && isItem(text, next.start) ? indent : indent + 1;
  if (next === undefined || next.indent < least) return undefined;
  const value = readBlock(reader, next.indent, depth + 1);
  return value && { key, keyStart, value };
}

/** Nothing but spaces and a comment follows. */
function endsLine(text: string, { end }: Inline): boolean {
  const at = skipSpaces(text, end);
  return at >= text.length || text[at] === "\n" || (text[at] === "#" && at > end);
}

function skipSpaces(text: string, from: number): number {
  let at = from;
  while (text[at] === " ") at += 1;
  return at;
}
