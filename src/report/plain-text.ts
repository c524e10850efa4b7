/** Control characters, and the ones that turn the direction of text: none of them may come from outside into a terminal. */
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g;

/** Makes foreign text safe for a terminal or a log: one line, no control characters, at most `limit` characters. */
export function plain(text: string, limit = 2_000): string {
  const safe = text.replace(UNSAFE, (character) =>
    character === "\n" || character === "\t" ? " " : "\ufffd",
  );
  return safe.length > limit ? `${safe.slice(0, limit - 1)}…` : safe;
}

/** What GitHub looks for after Markdown is rendered, where an entity hides nothing: `@name`, an email address, `#12`, `GH-12`. */
const AFTER_RENDERING = /@|#(?=\w)|\bGH(?=-\d)/gi;
/** A space without width, which no name and no number has. */
const BETWEEN = "\u200b";

/** Makes foreign text safe for a cell of a GitHub-flavoured Markdown table: no markup, no mention, no link. */
export function markdown(text: string, limit = 500): string {
  return plain(text, limit)
    .replace(AFTER_RENDERING, (found) => `${found}${BETWEEN}`)
    .replace(
      /[\\`*_{}[\]<>()#+!|~&:@-]|(?<=www)\./gi,
      (character) => `&#${character.codePointAt(0)};`,
    );
}

/** Text as a Markdown code span, which nothing inside can end; nothing for nothing. */
export function code(text: string): string {
  if (text === "") return "";
  const safe = plain(text, 500).replaceAll("|", "\\|");
  const longest = Math.max(0, ...(safe.match(/`+/g) ?? []).map((run) => run.length));
  const fence = "`".repeat(longest + 1);
  const pad = longest > 0 ? " " : "";
  return `${fence}${pad}${safe}${pad}${fence}`;
}
