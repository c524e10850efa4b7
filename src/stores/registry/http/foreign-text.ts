/** Longest text of a registry that is repeated in an error. */
const MAX_TEXT = 300;

/** Control characters, and the invisible ones that turn or hide text; a line break becomes a space. */
const UNSAFE = /[ \u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202f\u2060-\u2069\ufeff]+/g;

/** Makes a stranger's text fit to stand in one line of an error: nothing invisible, nothing long. */
export function foreignText(text: string): string {
  const plain = text.replaceAll(UNSAFE, " ").trim();
  return plain.length <= MAX_TEXT ? plain : `${plain.slice(0, MAX_TEXT)}…`;
}
