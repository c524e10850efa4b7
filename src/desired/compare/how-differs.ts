import { Lexer } from "yaml";
import { readYaml, type SourceFile } from "../yaml/read.ts";
import { saying } from "./saying.ts";

/**
 * How a file differs from the base: not at all; in comments, white space and order only; in how it is written, while it
 * says the same; or in what it says (issue 6 §1).
 */
export type Difference = "none" | "comments-and-order" | "form" | "content";

/** Compares a file with what it was; a file that is not there says nothing. */
export function howDiffers(
  before: SourceFile | undefined,
  now: SourceFile | undefined,
): Difference {
  if (before?.text === now?.text) return "none";
  if (before === undefined || now === undefined) return "content";
  const [old, current] = [readYaml(before), readYaml(now)];
  // What does not parse may say anything.
  if (old.diagnostics.length + current.diagnostics.length > 0) return "content";
  if (saying(old.tree.root) !== saying(current.tree.root)) return "content";
  return words(before.text) === words(now.text) ? "comments-and-order" : "form";
}

/** The words that a text is written with, in no order: what is left without comments, white space and commas. */
function words(text: string): string {
  return [...new Lexer().lex(text)]
    .map((lexeme) => lexeme.trim())
    .filter((lexeme) => !/^(?:#.*|,|[\u0002\u0018\u001f\ufeff]?)$/s.test(lexeme))
    .toSorted()
    .join("\n");
}
