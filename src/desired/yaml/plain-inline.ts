import type { YamlEntry, YamlNode } from "./tree.ts";

/** A value on one line, and where what follows it begins. */
export interface Inline {
  readonly node: YamlNode;
  readonly end: number;
}

const MAX_DEPTH = 12;
/** Words of a plain scalar; inside of brackets without commas and brackets. A colon only before more of the word. */
const WORD =
  /[A-Za-z0-9](?:[A-Za-z0-9_./+@=;()'-]|,(?=[ A-Za-z0-9])|:(?=[A-Za-z0-9./])| +(?=[A-Za-z0-9(]))*/y;
const WORD_IN_FLOW =
  /[A-Za-z0-9](?:[A-Za-z0-9_./+@=;()'-]|:(?=[A-Za-z0-9./])| +(?=[A-Za-z0-9(]))*/y;
const DOUBLE_QUOTED = /"[^"\\\n]*"/y;
const SINGLE_QUOTED = /'[^'\n]*'(?!')/y;
const KEY = /[A-Za-z][A-Za-z0-9_-]{0,127}(?=: )/y;
/** What the core schema reads as null, a boolean or a number (YAML 1.2.2, 10.3.2). */
const NO_STRING =
  /^(?:null|true|false|0x[0-9a-f]+|0o[0-7]+|[0-9]+(?:\.[0-9]*)?(?:e[-+]?[0-9]+)?)$/i;

/** Reads a value that stands whole on one line; undefined for anything that is not as plain as that. */
export function readInline(text: string, at: number): Inline | undefined {
  return text[at] === "{" || text[at] === "["
    ? readFlow(text, at, 0)
    : (quoted(text, at) ?? plain(text, at, WORD));
}

function readValue(text: string, at: number, depth: number): Inline | undefined {
  if (text[at] === "{" || text[at] === "[") return readFlow(text, at, depth + 1);
  return quoted(text, at) ?? plain(text, at, WORD_IN_FLOW);
}

function quoted(text: string, at: number): Inline | undefined {
  const source = matched(DOUBLE_QUOTED, text, at) ?? matched(SINGLE_QUOTED, text, at);
  if (source === undefined) return undefined;
  const value = source.slice(1, -1);
  const end = at + source.length;
  return { node: { kind: "scalar", value, source: value, plain: false, start: at, end }, end };
}

function plain(text: string, at: number, word: RegExp): Inline | undefined {
  const source = matched(word, text, at);
  if (source === undefined || NO_STRING.test(source)) return undefined;
  const end = at + source.length;
  return {
    node: { kind: "scalar", value: source, source, plain: true, start: at, end },
    end,
  };
}

function matched(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}

function readFlow(text: string, start: number, depth: number): Inline | undefined {
  if (depth > MAX_DEPTH) return undefined;
  return text[start] === "{" ? readFlowMap(text, start, depth) : readFlowList(text, start, depth);
}

function readFlowMap(text: string, start: number, depth: number): Inline | undefined {
  const entries: YamlEntry[] = [];
  let at = skip(text, start + 1);
  while (text[at] !== "}") {
    const key = matched(KEY, text, at);
    if (key === undefined || NO_STRING.test(key) || entries.some((entry) => entry.key === key))
      return undefined;
    const value = readValue(text, skip(text, at + key.length + 1), depth);
    if (value === undefined) return undefined;
    entries.push({ key, keyStart: at, value: value.node });
    const next = afterItem(text, value.end, "}");
    if (next === undefined) return undefined;
    at = next;
  }
  const end = at + 1;
  return { node: { kind: "map", entries, start, end }, end };
}

function readFlowList(text: string, start: number, depth: number): Inline | undefined {
  const items: YamlNode[] = [];
  let at = skip(text, start + 1);
  while (text[at] !== "]") {
    const value = readValue(text, at, depth);
    if (value === undefined) return undefined;
    items.push(value.node);
    const next = afterItem(text, value.end, "]");
    if (next === undefined) return undefined;
    at = next;
  }
  const end = at + 1;
  return { node: { kind: "list", items, start, end }, end };
}

/** Where the next item begins, or the bracket that closes. */
function afterItem(text: string, end: number, close: "}" | "]"): number | undefined {
  const at = skip(text, end);
  if (text[at] === close) return at;
  return text[at] === "," ? skip(text, at + 1) : undefined;
}

function skip(text: string, from: number): number {
  let at = from;
  while (text[at] === " ") at += 1;
  return at;
}
