import { Lexer } from "yaml";
import type { Word } from "./images-file.ts";

/** A line of YAML without spaces and comments: what it is made of, and its words. */
export interface Line {
  /** One character a token: `-`, `:`, `,`, `[`, `]`, and `w` for a word. */
  readonly shape: string;
  readonly words: readonly Word[];
  /** Of its first token, from 0. */
  readonly column: number;
  /** Of its first word, from 0. */
  readonly wordColumn: number;
}

/** What the lexer puts before a plain scalar, and before a document (yaml, `CST.SCALAR`, `CST.DOCUMENT`). */
const BEFORE_PLAIN = "\u001f";
const BEFORE_DOCUMENT = "\u0002";
const PLAIN = /^[A-Za-z0-9_./+][^\r\n]{0,999}$/;
const READ_AS_NULL = /^(?:null|Null|NULL)$/;
const DOUBLE_QUOTED = /^"[^"\\\r\n]{0,999}"$/;
const SINGLE_QUOTED = /^'[^'\r\n]{0,999}'$/;
const MARKS = "-:,[]";

/**
 * Gives the lines of a text made of lists, maps and words only, each word on one line; gives `undefined`
 * and ends at the first thing beyond that. The lexer is yaml's own; what is saved is its parser, which
 * takes five times as long. `starts` gets the offset of each line.
 */
export function* scanLines(text: string, starts: number[]): Generator<Line | undefined, void> {
  const state: State = { offset: 0, start: 0, plain: false, previous: "\n", line: emptyLine() };
  for (const token of new Lexer().lex(text)) {
    if (token === BEFORE_PLAIN) state.plain = true;
    if (token === BEFORE_PLAIN || token === BEFORE_DOCUMENT) continue;
    if (token === "\n" || token === "\r\n") {
      if (state.line.shape !== "") {
        yield state.line;
        state.line = emptyLine();
      }
      state.start = state.offset + token.length;
      starts.push(state.start);
    } else if (!addToken(state, token)) {
      yield undefined;
      return;
    }
    state.plain = false;
    state.previous = token;
    state.offset += token.length;
  }
  if (state.line.shape !== "") yield state.line;
}

interface GrowingLine {
  shape: string;
  readonly words: Word[];
  column: number;
  wordColumn: number;
}

interface State {
  /** Of the token at hand, and of its line. */
  offset: number;
  start: number;
  /** The token at hand is a plain scalar. */
  plain: boolean;
  /** The token before it, spaces and line ends included. */
  previous: string;
  line: GrowingLine;
}

function emptyLine(): GrowingLine {
  return { shape: "", words: [], column: 0, wordColumn: 0 };
}

function addToken(state: State, token: string): boolean {
  if (state.plain) return addWord(state, plainWord(token));
  if (token.startsWith(" ")) return !token.includes("\t");
  if (token.startsWith("#")) return /^[ \n\r]/.test(state.previous);
  if (token.length > 1 || !MARKS.includes(token)) return addWord(state, quotedWord(token));
  const { line } = state;
  if (line.shape === "") line.column = state.offset - state.start;
  line.shape += token;
  return true;
}

function addWord({ line, offset, start }: State, text: string | undefined): boolean {
  if (text === undefined) return false;
  const column = offset - start;
  if (line.shape === "") line.column = column;
  if (line.words.length === 0) line.wordColumn = column;
  line.words.push({ text, offset });
  line.shape += "w";
  return true;
}

function plainWord(token: string): string | undefined {
  return PLAIN.test(token) && !READ_AS_NULL.test(token) ? token : undefined;
}

function quotedWord(token: string): string | undefined {
  return DOUBLE_QUOTED.test(token) || SINGLE_QUOTED.test(token) ? token.slice(1, -1) : undefined;
}
